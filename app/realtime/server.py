"""The Socket.IO server: packets of one client handled in order, on top of the Engine.IO server beside it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial
from typing import Any

import gevent
import socketio
from gevent import get_hub
from socketio import packet

from app.realtime import frames, packets
from app.realtime.crew import crew
from app.realtime.engine import EngineServer
from app.realtime.environ import slim
from app.realtime.handshake import Environ
from app.realtime.later import Later
from app.realtime.limits import DEFAULT, Limits
from app.realtime.manager import Manager
from app.realtime.message import Message
from app.realtime.packets import Malformed, Packet, read_event
from app.realtime.session import Session

logger = logging.getLogger("app.realtime")


class Server(socketio.Server):  # type: ignore[misc]
    """socketio.Server with ordered input, strict packets, a deadline for CONNECT, and fan-out by `Manager`.

    A client never sees an event of a namespace before it is told that it is connected to it, and none at all when it
    is refused: what a connect handler emits is held until it has returned.
    """

    eio: EngineServer
    manager: Manager

    def __init__(
        self,
        client_manager: Manager | None = None,
        serializer: Any = "default",
        limits: Limits = DEFAULT,
        **options: Any,
    ) -> None:
        self.limits = limits
        self._held: dict[tuple[str, str], list[Message]] = {}
        self._deadlines: dict[str, Any] = {}
        self.series: set[tuple[str, str]] = set()
        """Namespaces and events: of these a client's next may begin while what one returned `Later` is awaited."""
        super().__init__(
            client_manager=client_manager or Manager(),
            serializer=Packet if serializer == "default" else serializer,
            limits=limits,
            **options,
        )
        self.eio.path_changed = self._path_changed
        if self.packet_class is Packet:
            self.eio.take_event = self._take_event

    def pack(self, kind: int, namespace: str | None, data: list[Any], id: int | None = None) -> Message:
        """Encode an event or an acknowledgement."""
        if self.packet_class is Packet and (text := packets.write(kind, namespace, data, id)) is not None:
            return Message.of_text(text)
        return Message(self.packet_class(kind, namespace=namespace, id=id, data=data).encode())

    def deliver(self, eio_sid: str, message: Message) -> None:
        """Send a packet to one session, if it is still there."""
        session = self.eio.sockets.get(eio_sid)
        if session is not None:
            session.send_message(message)
            return
        for pkt in message.packets:
            self._send_eio_packet(eio_sid, pkt)

    @property
    def has_connecting(self) -> bool:
        """Whether a connect handler runs now."""
        return bool(self._held)

    def connecting(self, namespace: str) -> Iterator[tuple[str, list[Message]]]:
        """The sessions whose connect handler for `namespace` runs now, and what is held for each."""
        return ((eio_sid, held) for (eio_sid, name), held in self._held.items() if name == namespace)

    def expect_namespace(self, eio_sid: str) -> None:
        """End the session unless it is in a namespace soon."""
        session = self.eio.sockets.get(eio_sid)
        if session is None or session.closing or eio_sid in self._deadlines:
            return
        timer = self._deadlines[eio_sid] = get_hub().loop.timer(self.limits.connect_seconds)
        timer.start(self._check_namespace, eio_sid)

    def _engineio_server_class(self) -> type[EngineServer]:
        return EngineServer

    def _handle_eio_connect(self, eio_sid: str, environ: Environ) -> None:
        super()._handle_eio_connect(eio_sid, slim(environ))
        self.expect_namespace(eio_sid)

    def _take_event(self, session: Session, message: str, in_hub: bool) -> bool:
        """Take an event the short way; False leaves the message to `_handle_eio_message`. Must not block."""
        event = read_event(message)
        if event is None or session.sid in self._binary_packet:
            return False
        namespace, id, data = event
        job, in_series = partial(self._event, session.sid, namespace, id, data), (namespace, data[0]) in self.series
        session.inbox.put(job, at_once=in_hub, in_series=in_series)
        return True

    def _handle_eio_message(self, eio_sid: str, data: str | bytes) -> None:
        """Take one message from a session; raise Malformed. Must not block."""
        pkt = self._binary_packet.get(eio_sid)
        if pkt is not None:
            size = len(data) + sum(map(len, pkt.attachments))
            if size > self.eio.max_http_buffer_size:
                raise Malformed(f"attachments of {size} bytes")
            if not pkt.add_attachment(data):
                return
            del self._binary_packet[eio_sid]
        else:
            if not data:
                raise Malformed("an empty packet")
            pkt = self.packet_class(encoded_packet=data)
            if pkt.attachment_count > self.limits.attachments:
                raise Malformed(f"{pkt.attachment_count} attachments")
            if pkt.attachment_count:
                self._binary_packet[eio_sid] = pkt
                return
        self._take(eio_sid, pkt)

    def _take(self, eio_sid: str, pkt: Any) -> None:
        """Queue a whole packet behind the client's others; answers to our calls go past them, or handlers could wait
        for what is queued behind themselves.
        """
        session = self.eio.sockets.get(eio_sid)
        if pkt.packet_type in (packet.ACK, packet.BINARY_ACK):
            self._handle_ack(eio_sid, pkt.namespace, pkt.id, pkt.data)
        elif session is None:  # Flask-SocketIO's test client
            self._handle_packet(eio_sid, pkt)
        else:
            session.inbox.put(partial(self._handle_packet, eio_sid, pkt))

    def _handle_packet(self, eio_sid: str, pkt: Any) -> bool:
        sid = self.manager.sid_from_eio_sid(eio_sid, pkt.namespace)
        if (pkt.packet_type == packet.CONNECT) is not (sid is None):
            self._refuse(eio_sid)
        elif pkt.packet_type == packet.CONNECT:
            self._handle_connect(eio_sid, pkt.namespace, pkt.data)
        elif pkt.packet_type == packet.DISCONNECT:
            self._handle_disconnect(eio_sid, pkt.namespace, self.reason.CLIENT_DISCONNECT)
        else:
            return self._event(eio_sid, pkt.namespace, pkt.id, pkt.data)
        return False

    def _refuse(self, eio_sid: str) -> None:
        session = self.eio.sockets.get(eio_sid)
        if session is not None:
            session.fail("a packet for a namespace that is not connected, or a second CONNECT")

    def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        namespace = namespace or "/"
        if not self._knows(namespace):
            reason = {"message": "Invalid namespace"}
            refusal = self.packet_class(packet.CONNECT_ERROR, data=reason, namespace=namespace)
            self._send_packet(eio_sid, refusal)
            return
        held = self._held[eio_sid, namespace] = []
        try:
            super()._handle_connect(eio_sid, namespace, data)
        finally:
            del self._held[eio_sid, namespace]
        sid = self.manager.sid_from_eio_sid(eio_sid, namespace)
        if not self.manager.is_connected(sid, namespace):
            return
        self._cancel_deadline(eio_sid)
        self.eio.strangers.go(eio_sid)
        for message in held:
            self.deliver(eio_sid, message)

    def _knows(self, namespace: str) -> bool:
        return (
            namespace in self.handlers
            or namespace in self.namespace_handlers
            or self.namespaces == "*"
            or namespace in self.namespaces
        )

    def _event(self, eio_sid: str, namespace: str, id: int | None, data: list[Any]) -> bool:
        """Run the handler here: the inbox, whose greenlet this is, keeps a client's events in order.

        Returns whether the answer is yet to come. Then the inbox is told when it is there.
        """
        sid = self.manager.sid_from_eio_sid(eio_sid, namespace)
        if sid is None:
            self._refuse(eio_sid)
        elif self.manager.is_connected(sid, namespace):
            handler = self.handlers.get(namespace, {}).get(data[0])
            answer = handler(sid, *data[1:]) if handler else self._trigger_event(data[0], namespace, sid, *data[1:])
            if type(answer) is Later:
                return self._begin(answer, eio_sid, namespace, id)
            self.acknowledge(answer, eio_sid, namespace, id)
        return False

    def acknowledge(self, answer: Any, eio_sid: str, namespace: str, id: int | None) -> None:
        """Give a handler's answer to the client, if it asked for one."""
        if id is not None and answer is not self.not_handled:
            values = [] if answer is None else list(answer) if isinstance(answer, tuple) else [answer]
            self.deliver(eio_sid, self.pack(packet.ACK, namespace, values, id))

    def _begin(self, later: Later[Any], eio_sid: str, namespace: str, id: int | None) -> bool:
        session = self.eio.sockets.get(eio_sid)
        if session is None:  # Flask-SocketIO's test client
            self.acknowledge(later.wait(), eio_sid, namespace, id)
            return False
        later.begin(_UnderWay(self, session, later, namespace, id))
        return True

    def _handle_ack(self, eio_sid: str, namespace: str | None, id: int, data: list[Any]) -> None:
        sid = self.manager.sid_from_eio_sid(eio_sid, namespace or "/")
        if id and id in self.manager.callbacks.get(sid, ()):  # under 0 it keeps its counter
            gevent.spawn_raw(self._run_callback, sid, id, data)

    def _run_callback(self, sid: str, callback_id: int, data: list[Any]) -> None:
        try:
            self.manager.trigger_callback(sid, callback_id, data)
        except Exception:
            logger.exception("A callback failed")

    def _send_packet(self, eio_sid: str, pkt: Any) -> None:
        message = Message(pkt.encode())
        held = self._held.get((eio_sid, pkt.namespace or "/"))
        if held is None or pkt.packet_type in (packet.CONNECT, packet.CONNECT_ERROR):
            self.deliver(eio_sid, message)
        else:
            held.append(message)

    def _path_changed(self, eio_sid: str) -> None:
        self.manager.path_changed(eio_sid)
        if eio_sid not in self.eio.sockets:
            self._binary_packet.pop(eio_sid, None)
            self._cancel_deadline(eio_sid)

    def _check_namespace(self, eio_sid: str) -> None:
        self._cancel_deadline(eio_sid)
        session = self.eio.sockets.get(eio_sid)
        if session is None or self.manager.has_namespace(eio_sid):
            return
        if not session.inbox.is_idle:  # its connect handler takes its time
            self.expect_namespace(eio_sid)
        else:
            session.close(reason=self.reason.TRANSPORT_CLOSE, at_once=True, code=frames.POLICY)

    def _cancel_deadline(self, eio_sid: str) -> None:
        timer = self._deadlines.pop(eio_sid, None)
        if timer is not None:
            timer.stop()
            timer.close()


class _UnderWay:
    """An event whose answer is yet to come: called with the outcome, it gives the answer in a greenlet."""

    __slots__ = ("_id", "_later", "_namespace", "_outcome", "_server", "_session")

    def __init__(self, server: Server, session: Session, later: Later[Any], namespace: str, id: int | None) -> None:
        self._server = server
        self._session = session
        self._later = later
        self._namespace = namespace
        self._id = id

    def __call__(self, outcome: Any) -> None:
        self._outcome = outcome
        crew.start(self._end)

    def _end(self) -> None:
        try:
            answer = self._later.read_guarded(self._outcome)
            self._server.acknowledge(answer, self._session.sid, self._namespace, self._id)
        except (Exception, gevent.Timeout):
            logger.exception("A handler failed")
        finally:
            self._session.inbox.ended()
