"""One WebSocket, read and written straight from the event loop: no greenlet, and little memory, while nothing happens.

Everything here runs in the hub, or in a greenlet that must not be held up, so nothing here may block.
"""

from __future__ import annotations

import _socket
import struct
from collections.abc import Callable
from typing import Any, Protocol

from gevent import get_hub

from app.realtime import frames
from app.realtime.frames import FrameReader, ProtocolError
from app.realtime.limits import Limits
from app.realtime.log import mishaps
from app.realtime.outbox import DISCARD, NOTHING, Backlog, outboxes

READ, WRITE = 1, 2  # events of libev
RESET = struct.pack("ii", 1, 0)  # for SO_LINGER: to end without sending what is left
CHUNK = 16384  # bytes taken from the kernel at once; then it is another client's turn

TRANSPORT_CLOSE, TRANSPORT_ERROR = "transport close", "transport error"  # reasons of Engine.IO

_OPEN, _CLOSING, _CLOSED = range(3)


class Receiver(Protocol):
    """Who gets what the client sends. Called in the hub: must not block."""

    def received(self, message: str | bytes) -> None:
        """Take one text or binary message."""

    def lost(self, reason: str) -> None:
        """Learn, once, that the connection ended other than by our `close`; the reason is one of Engine.IO's."""


class Connection:
    """A WebSocket after its handshake.

    It owns its socket as an object of the C library, without gevent's layer. Once that is closed, its number is -1,
    so a write that comes late fails instead of reaching the client who was given the same descriptor since.
    """

    __slots__ = (
        "_frames",
        "_limits",
        "_phase",
        "_read",
        "_receiver",
        "_sock",
        "_timer",
        "_write",
        "pending",
        "send_some",
    )

    count = 0
    """How many are open in this process."""

    def __init__(self, sock: _socket.socket, largest: int, limits: Limits) -> None:
        """Take over `sock`, non-blocking; messages have at most `largest` bytes."""
        self.pending: list[bytes] | tuple[bytes, ...] = NOTHING
        self.send_some: Callable[[bytes], int] = sock.send
        self._sock = sock
        self._frames = FrameReader(largest)
        self._limits = limits
        self._phase = _OPEN
        self._receiver: Receiver | None = None
        self._read: Any = None
        self._write: Any = None
        self._timer: Any = None
        Connection.count += 1

    def start(self, receiver: Receiver, early: bytes = b"") -> None:
        """Deliver messages to `receiver` from the next turn on; `early` is what came along with the handshake."""
        loop = get_hub().loop
        self._receiver = receiver
        # Before the requests of the same turn: libev takes what is equal in no order, and one may come after a frame.
        self._read = loop.io(self._sock.fileno(), READ, priority=loop.MAXPRI)
        self._read.start(self.read)
        if early:
            loop.run_callback(self._take, early)

    def hand_over(self, receiver: Receiver) -> None:
        """Deliver to another receiver from the next message on."""
        self._receiver = receiver

    @property
    def is_open(self) -> bool:
        """Whether frames can still be sent."""
        return self._phase == _OPEN

    def send(self, message: str | bytes) -> None:
        """Send one message at the end of the turn; silently nothing, once the connection is not open."""
        if isinstance(message, str):
            self.write(frames.encode(frames.TEXT, message.encode()))
        else:
            self.write(frames.encode(frames.BINARY, message))

    def write(self, data: bytes) -> None:
        """Send whole frames, made by `frames.encode`, at the end of the turn."""
        if self._phase == _OPEN:
            outboxes.put(self, data)

    def pause(self) -> None:
        """Stop reading: the client has sent more than its handlers get done."""
        if self._read is not None:
            self._read.stop()

    def resume(self) -> None:
        """Read again."""
        if self._read is not None and not self._read.active:
            self._read.start(self.read)

    def read(self) -> None:
        """Take what is there; called when the socket is readable."""
        try:
            data = self._sock.recv(CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._end(TRANSPORT_ERROR)
            return
        if not data:
            self._end(TRANSPORT_CLOSE)
        elif (text := self._frames.lone_text(data)) is None:
            self._take(data)
        elif self._phase == _OPEN and self._receiver is not None:
            self._receiver.received(text)

    def flush(self) -> None:
        """Write what is pending; called at the end of a turn and when the socket is writable again."""
        if self._phase == _CLOSED:
            return
        pending = self.pending
        data = pending[0] if len(pending) == 1 else b"".join(pending)
        try:
            count = self.send_some(data)
        except OSError as error:
            self.not_sent(data, 0, error)
            return
        if count != len(data):
            self._spill(data, count)
        elif self._write is None and self._phase == _OPEN:
            self.pending = NOTHING
        else:
            self._flushed()

    def not_sent(self, data: bytes, count: int, error: OSError | None) -> None:
        """Keep what the kernel did not take, or end if it never will."""
        if error is None or isinstance(error, BlockingIOError | InterruptedError):
            self._spill(data, count)
        else:
            self._end(TRANSPORT_ERROR)

    def close(self, code: int = frames.NORMAL, reason: str = "") -> None:
        """Send what is pending and a close frame, then end; RFC 6455 section 7.1.1. `lost` will not be called."""
        self._receiver = None
        if self._phase != _OPEN:
            return
        self._phase = _CLOSING
        self._start_timer(self._limits.linger_seconds, self.abort)
        self.resume()  # to see the client's side of the end
        outboxes.put(self, frames.encode_close(code, reason))

    def abort(self) -> None:
        """End now, without a word. Watchers go before the descriptor does: its number is free at once."""
        if self._phase == _CLOSED:
            return
        self._phase = _CLOSED
        self.pending = DISCARD
        for watcher in (self._read, self._write, self._timer):
            if watcher is not None:
                watcher.stop()
                watcher.close()
        self._read = self._write = self._timer = None
        self._sock.close()
        Connection.count -= 1

    def _take(self, data: bytes) -> None:
        if self._phase != _OPEN:
            return  # after our close frame we only wait for the end
        try:
            for opcode, payload in self._frames.feed(data):
                self._event(opcode, payload)
                if self._phase != _OPEN:
                    return
        except ProtocolError as error:
            self.fail(error.code, str(error))

    def _event(self, opcode: int, payload: Any) -> None:
        if opcode <= frames.BINARY:
            if self._receiver is not None:
                self._receiver.received(payload)
        elif opcode == frames.PING:
            self.write(frames.encode(frames.PONG, payload))
        elif opcode == frames.CLOSE:
            code = int.from_bytes(payload[:2], "big") if payload else frames.NORMAL
            self._close_and_tell(code, "", TRANSPORT_CLOSE)

    def fail(self, code: int, reason: str) -> None:
        """End because the client broke a rule, and say so in the log."""
        mishaps.warn("A client broke the protocol", reason)
        self._close_and_tell(code, reason, TRANSPORT_ERROR)

    def _close_and_tell(self, code: int, words: str, reason: str) -> None:
        receiver = self._receiver
        self.close(code, words)
        if receiver is not None:
            receiver.lost(reason)

    def _end(self, reason: str) -> None:
        receiver, self._receiver = self._receiver, None
        self.abort()
        if receiver is not None:
            receiver.lost(reason)

    def _flushed(self) -> None:
        self.pending = NOTHING
        if self._write is not None:
            self._write.stop()
            self._write.close()
            self._write = None
            if self._phase == _OPEN:
                self._stop_timer()
        if self._phase == _CLOSING:
            self._shut_down()

    def _spill(self, data: bytes, count: int) -> None:
        """Keep what the kernel did not take, and write on when it will."""
        backlog = self.pending
        if not isinstance(backlog, Backlog):
            self.pending = backlog = Backlog(data[count:], self._limits.backlog_bytes, self._too_slow)
            self._write = get_hub().loop.io(self._sock.fileno(), WRITE)
            self._write.start(self.flush)
            self._watch_age()
        else:
            backlog.sent(data, count)
            if backlog.marked <= 0:  # all that was there when we looked last is gone
                backlog.mark()
                self._watch_age()
        if backlog.is_too_big:
            self._too_slow()

    def _watch_age(self) -> None:
        if self._phase == _OPEN:
            self._start_timer(self._limits.backlog_seconds, self._too_slow)

    def _too_slow(self) -> None:
        """Drop a client that does not read; its kernel buffers are full, so there is no telling it.

        It is reset: after a mere `close` the kernel would keep what it had taken, up to 4 MB, for minutes.
        """
        mishaps.warn("A client does not read and was dropped", f"{sum(map(len, self.pending))} bytes were waiting")
        self._sock.setsockopt(_socket.SOL_SOCKET, _socket.SO_LINGER, RESET)
        self._end(TRANSPORT_ERROR)

    def _shut_down(self) -> None:
        """Say that nothing more will come. Closing outright would let unread input destroy what we said last."""
        try:
            self._sock.shutdown(_socket.SHUT_WR)
        except OSError:
            self.abort()

    def _start_timer(self, seconds: float, callback: Any) -> None:
        self._stop_timer()
        self._timer = get_hub().loop.timer(seconds)
        self._timer.start(callback)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None
