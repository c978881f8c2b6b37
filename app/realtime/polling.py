"""The HTTP long-polling transport of a session, as revision 4 of the Engine.IO protocol has it."""

from __future__ import annotations

import _socket
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import engineio.socket
import gevent
from engineio import packet
from engineio.exceptions import ContentTooLongError, EngineIOError, QueueEmpty
from gevent import get_hub
from gevent.event import Event
from gevent.queue import Empty

from app.realtime import handshake
from app.realtime.body import TooSlow
from app.realtime.connection import READ, TRANSPORT_CLOSE, TRANSPORT_ERROR
from app.realtime.handshake import Environ
from app.realtime.inbox import Inbox
from app.realtime.packets import Malformed

SEPARATOR = "\x1e"
CLOSE = "1"
POLL_PACKETS = 16  # in one answer: engineio's own client takes no more


class PollingSession(engineio.socket.Socket):  # type: ignore[misc]
    """The half of a session that answers GET and POST. Packets wait in engineio's queue for the next GET."""

    inbox: Inbox
    queue: Any
    closing: bool
    upgraded: bool

    def __init__(self, server: Any, sid: str) -> None:
        super().__init__(server, sid)
        self._is_polled = False
        self._queued = 0  # bytes that no poll has fetched
        self._room: Event | None = None

    def handle_get_request(self, environ: Environ, start_response: Any) -> Any:  # noqa: ARG002
        """Answer a poll with a list of packets, once there are any; or take an upgrade to a WebSocket.

        A second poll at the same time ends the session: which one an answer went to would be anyone's guess.
        """
        if handshake.is_asked(environ):
            return self.server.upgrade(self, environ)
        if self.closing:
            raise EngineIOError("the session has ended")
        if self.upgrading or self.upgraded:
            return [packet.Packet(packet.NOOP)]
        if self._is_polled:
            self.close(reason=TRANSPORT_ERROR, at_once=True)
            raise EngineIOError("two polls at once")
        self._is_polled = True
        try:
            with self._noticing_the_end(environ):
                packets = self.poll()
        finally:
            self._poll_ended()
        return packets

    def handle_post_request(self, environ: Environ) -> None:
        """Take the packets of a POST; raise EngineIOError, once the session is ended, if they are malformed."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length > self.server.max_http_buffer_size:
            self.fail(f"a payload of {length} bytes")
            raise ContentTooLongError
        try:
            body = environ["wsgi.input"].read(length)
            messages = decode_payload(body, self.server.limits.payload_packets)
        except (Malformed, TooSlow, OSError) as error:  # engineio would answer "ok" to the last two
            self.fail(str(error))
            raise EngineIOError("malformed payload") from None
        if CLOSE in messages and not self._is_polled:
            gevent.sleep(0)  # its poll came at the same time, and may have a turn before the session is gone
        for message in messages:
            self._wait_for_room()
            was_closing = self.closing
            self.received(message, in_hub=False)
            if self.closing and message != CLOSE and not was_closing:
                raise EngineIOError("malformed packet")

    def _poll_ended(self) -> None:
        self._is_polled = False
        if self.upgraded:
            self.queue = None

    def poll(self) -> list[Any]:
        """Wait for packets and return some of them, none if the session has ended; raise QueueEmpty."""
        try:
            packets = [self.queue.get(timeout=self.server.ping_interval + self.server.ping_timeout)]
        except Empty:
            raise QueueEmpty from None
        while packets[-1] is not None and len(packets) < POLL_PACKETS and not self.queue.empty():
            packets.append(self.queue.get_nowait())
        if packets[-1] is None:
            packets.pop()
        self._queued -= sum(map(_size, packets))
        return packets

    def enqueue(self, pkt: Any) -> None:
        """Keep a packet for the next poll; end the session, if far too much waits."""
        self._queued += _size(pkt)
        self.queue.put(pkt)
        if self._queued > self.server.limits.backlog_bytes and not self.closing:
            self.fail("too little polling for what is sent")

    def take_queue(self) -> list[Any]:
        """Empty the queue and return the packets that polling has not fetched, without the NOOP that ended a poll."""
        waiting = []
        while not self.queue.empty():
            waiting.append(self.queue.get_nowait())
        if self._is_polled:
            self.queue.put(packet.Packet(packet.NOOP))
        else:
            self.queue = None
        return [pkt for pkt in waiting if pkt is not None and pkt.packet_type != packet.NOOP]

    def close_queue(self, abort: bool) -> None:
        """Let a pending poll go, with a CLOSE packet, or, where the client knows of the end, with a NOOP."""
        if not abort or self._is_polled:
            self.queue.put(packet.Packet(packet.NOOP if abort else packet.CLOSE))
        self.queue.put(None)
        self.make_room()

    def make_room(self) -> None:
        """Let a POST go on that waited for the handlers."""
        room, self._room = self._room, None
        if room is not None:
            room.set()

    def _wait_for_room(self) -> None:
        if self.inbox.is_full and not self.closing:
            self._room = self._room or Event()
            self._room.wait()

    @contextmanager
    def _noticing_the_end(self, environ: Environ) -> Iterator[None]:
        """End the session when the client hangs up in the middle of a poll."""
        sock = getattr(environ.get("gunicorn.sock"), "_sock", None)
        if sock is None:
            yield
            return
        watcher = get_hub().loop.io(sock.fileno(), READ)

        def look() -> None:
            watcher.stop()  # either it is the end, or the next request, which is not ours to read
            try:
                is_end = not sock.recv(1, _socket.MSG_PEEK | _socket.MSG_DONTWAIT)
            except OSError:
                is_end = True
            if is_end:
                self.close(abort=True, reason=TRANSPORT_CLOSE)

        watcher.start(look)
        try:
            yield
        finally:
            watcher.stop()
            watcher.close()


def _size(pkt: Any) -> int:
    return len(pkt.data) if isinstance(pkt.data, str | bytes) else 0


def decode_payload(body: bytes, most: int) -> list[str | bytes]:
    """Split the body of a POST into at most `most` packets; raise Malformed."""
    try:
        parts = body.decode().split(SEPARATOR)
        if len(parts) > most:
            raise Malformed(f"more than {most} packets in one payload")
        return [b64decode(part[1:], validate=True) if part.startswith("b") else part for part in parts]
    except ValueError as error:  # no UTF-8, or no base64
        raise Malformed(str(error)) from None
