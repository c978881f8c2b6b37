"""One Engine.IO session: its heartbeat, its input in order, its output whatever the transport, and its end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from engineio import packet
from gevent import get_hub

from app.realtime import frames
from app.realtime.connection import TRANSPORT_ERROR, Connection
from app.realtime.inbox import Inbox
from app.realtime.log import mishaps
from app.realtime.message import Message
from app.realtime.packets import Malformed
from app.realtime.polling import PollingSession
from app.realtime.probe import Probe

if TYPE_CHECKING:
    from app.realtime.engine import EngineServer

_PING_FRAME = frames.encode(frames.TEXT, b"2")
_CLOSE_FRAME = frames.encode(frames.TEXT, b"1")


class Session(PollingSession):
    """engineio.socket.Socket without a greenlet or a queue of its own while it has a WebSocket.

    A session starts on polling or on a WebSocket; in the first case a `Probe` may move it to one later.
    """

    server: EngineServer

    def __init__(self, server: EngineServer, sid: str) -> None:
        super().__init__(server, sid)
        self.connection: Connection | None = None
        self.probe: Probe | None = None
        self.inbox = Inbox(server.limits.inbox_messages, self._has_room)
        self._timer: Any = None

    def attach(self, connection: Connection, early: bytes = b"") -> None:
        """Begin on a WebSocket."""
        self.connection = connection
        self.connected = self.upgraded = True
        self.queue = None
        connection.start(self, early)

    def move(self, connection: Connection) -> None:
        """Go on on a WebSocket, with what polling had not fetched yet first; the end of an upgrade."""
        for waiting in self.take_queue():
            connection.send(waiting.encode())
        self.connection, self.probe = connection, None
        self.upgrading, self.upgraded = False, True
        connection.hand_over(self)
        self.server.path_changed(self.sid)

    def send(self, pkt: Any) -> None:
        """Send an Engine.IO packet; nothing, if the session is ending."""
        if self.closing:
            return
        if self.connection is None:
            self.enqueue(pkt)
        else:
            self.connection.send(pkt.encode())

    def send_message(self, message: Message) -> None:
        """Send a Socket.IO packet; nothing, if the session is ending."""
        if self.closing:
            return
        if self.connection is not None:
            self.connection.write(message.frames)
            return
        for pkt in message.packets:
            self.enqueue(pkt)

    def received(self, message: str | bytes, *, in_hub: bool = True) -> None:
        """Take one Engine.IO packet from the client. Must not block: the hub calls this, unless it says otherwise."""
        if self.closing:
            return
        if not (isinstance(message, str) and self.server.take_event(self, message, in_hub)):
            try:
                self._receive(message)
            except Malformed as error:
                self.fail(str(error))
        if self.inbox.is_full and self.connection is not None:
            self.connection.pause()

    def lost(self, reason: str) -> None:
        """The WebSocket is gone."""
        self.close(abort=True, reason=reason, at_once=reason == TRANSPORT_ERROR)

    def fail(self, complaint: str) -> None:
        """End the session because the client sent something that it may not."""
        mishaps.warn("A client sent a malformed packet", complaint)
        self.close(abort=True, reason=TRANSPORT_ERROR, at_once=True, code=frames.POLICY)

    def close(
        self,
        wait: bool = True,  # noqa: ARG002 - engineio's
        abort: bool = False,
        reason: str | None = None,
        *,
        at_once: bool = False,
        code: int = frames.NORMAL,
    ) -> None:
        """End the session. Never blocks: the disconnect handlers run in a greenlet, after the handler that runs now.

        `abort` leaves out the Engine.IO CLOSE packet. `at_once` forgets what the client sent and no handler has seen.
        `code` is the WebSocket's close code.
        """
        if self.closing:
            return
        self.closing = True
        self._stop_timer()
        if self.probe is not None:
            self.probe.cancel()
        if self.connection is not None:
            if not abort:
                self.connection.write(_CLOSE_FRAME)
            self.connection.close(code)
        else:
            self.close_queue(abort)
        if at_once:
            self.inbox.clear()
        self.inbox.put(partial(self._ended, reason or self.server.reason.SERVER_DISCONNECT))

    def retire(self) -> None:
        """End the session once its handlers have done and acknowledged what is here; take nothing more."""
        if self.connection is not None:
            self.connection.pause()
        reason = self.server.reason.SERVER_DISCONNECT
        self.inbox.put(partial(self.close, reason=reason, code=frames.RESTART))

    def schedule_ping(self) -> None:
        """Start the heartbeat: a ping after the interval, then the client has the timeout to answer."""
        self._start_timer(self.server.ping_interval, self._ping)

    def _receive(self, message: str | bytes) -> None:
        kind = message[:1]
        if isinstance(message, bytes):
            self.server.message(self, message)
        elif kind == "4":
            self.server.message(self, message[1:])
        elif kind == "3":
            self.schedule_ping()
        elif kind == "1":
            self.close(abort=True, reason=self.server.reason.CLIENT_DISCONNECT)
        elif kind not in ("5", "6"):  # a late upgrade packet or a noop do no harm
            raise Malformed("no Engine.IO packet that a client may send")

    def _has_room(self) -> None:
        if self.connection is not None:
            self.connection.resume()
        self.make_room()

    def _ping(self) -> None:
        if self.connection is None:
            self.enqueue(packet.Packet(packet.PING))
        else:
            self.connection.write(_PING_FRAME)
        if not self.closing:
            self._start_timer(self.server.ping_timeout, self._late, False)

    def _late(self, has_looked: bool) -> None:
        """End the session, unless the answer may be here and only we were too busy to read it."""
        if self.inbox.is_full:  # then we do not read at all
            self.schedule_ping()
        elif self.connection is not None and not has_looked:
            self._start_timer(0, self._late, True)
            self.connection.read()
        else:
            self.close(reason=self.server.reason.PING_TIMEOUT, at_once=True, code=frames.GOING_AWAY)

    def _ended(self, reason: str) -> None:
        try:
            self.server._trigger_event("disconnect", self.sid, reason, run_async=False)
        finally:
            self.closed = True
            self.server.forget(self.sid)

    def _start_timer(self, seconds: float, callback: Callable[..., None], *args: Any) -> None:
        self._stop_timer()
        self._timer = get_hub().loop.timer(seconds)
        self._timer.start(callback, *args)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None
