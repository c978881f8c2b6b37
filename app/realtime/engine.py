"""The Engine.IO server: routes of engineio's, sessions of our own, and the refusals that the protocol wants."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import engineio
import gevent
from engineio import packet

from app.realtime import drain, frames, handshake
from app.realtime.connection import Connection
from app.realtime.handshake import Environ, Refused
from app.realtime.limits import DEFAULT, Limits
from app.realtime.log import mishaps
from app.realtime.probe import Probe
from app.realtime.session import Session
from app.realtime.strangers import Strangers

StartResponse = Callable[..., Any]


class EngineServer(engineio.Server):  # type: ignore[misc]
    """engineio.Server whose WebSockets are `Connection`s and whose sessions watch their own deadlines."""

    sockets: dict[str, Session]

    def __init__(self, limits: Limits = DEFAULT, **options: Any) -> None:
        options["monitor_clients"] = False  # every session has a timer instead
        super().__init__(**options)
        self.limits = limits
        self.strangers = Strangers(limits.strangers)
        self.path_changed: Callable[[str], None] = lambda _: None
        """Called when a session, by its id, gets a WebSocket or ends."""
        self.take_event: Callable[[Session, str, bool], bool] = lambda *_: False
        """Asked first about each message that seems to be an event; False leaves it to `message`. Must not block."""
        self._is_draining = False
        drain.register(self)

    def handle_request(self, environ: Environ, start_response: StartResponse) -> Any:
        """Answer a request of the transport; WSGI."""
        try:
            self._check(environ)
            if (session := self._moved(environ)) is not None:
                return self._turn_away(session, environ)
            return super().handle_request(environ, start_response)
        except Refused as refusal:
            return self._refuse(refusal, environ, start_response)

    def message(self, session: Session, data: str | bytes) -> None:
        """Hand a message packet to Socket.IO; raise Malformed. Must not block."""
        self.handlers["message"](session.sid, data)

    def upgrade(self, session: Session, environ: Environ) -> list[bytes]:
        """Open a WebSocket for a session that polls, and see whether it can move there."""
        if session.closing or session.probe is not None:
            return self._turn_away(session, environ)
        connection, early = self._open(environ)
        session.probe = Probe(session, connection, self.limits)
        connection.start(session.probe, early)
        return []

    def disconnect(self, sid: str | None = None) -> None:
        """End one session, or all."""
        sessions = list(self.sockets.values()) if sid is None else [self.sockets.get(sid)]
        for session in sessions:
            if session is not None:
                session.close()

    def forget(self, sid: str) -> None:
        """Drop a session that has ended."""
        self.sockets.pop(sid, None)
        self.strangers.go(sid)
        self.path_changed(sid)

    def drain(self) -> float:
        """Send all clients away, each at a random moment, so that they do not come back all at once."""
        self._is_draining = True
        gevent.spawn(self._send_away, random.sample(list(self.sockets.values()), len(self.sockets)))
        return self.limits.drain_seconds + self.limits.settle_seconds

    @property
    def is_drained(self) -> bool:
        """Whether no session is left."""
        return not self.sockets

    def _send_away(self, sessions: list[Session]) -> None:
        for session in sessions:
            session.retire()
            gevent.sleep(self.limits.drain_seconds / len(sessions))

    def _handle_connect(
        self,
        environ: Environ,
        start_response: StartResponse,  # noqa: ARG002 - engineio's
        transport: str,
        jsonp_index: int | None = None,
    ) -> Any:
        """Start a session; raise Refused."""
        if self._is_draining:
            raise Refused("503 Service Unavailable", "The server is about to restart", [("Retry-After", "1")])
        early = b""
        connection: Connection | None = None
        sid = self.generate_id()
        self.strangers.come(sid, environ)
        if transport == "websocket":
            try:
                connection, early = self._open(environ)
            except BaseException:
                self.strangers.go(sid)
                raise
        session = self.sockets[sid] = Session(self, sid)
        is_accepted = self._trigger_event("connect", sid, environ, run_async=False) is not False
        session.schedule_ping()
        if connection is None:
            session.connected = True
            session.send(self._open_packet(sid, transport))
            answer = self._ok(session.poll(), jsonp_index=jsonp_index)
            if not is_accepted:
                session.close()
            return answer
        session.attach(connection, early)
        session.send(self._open_packet(sid, transport))
        if not is_accepted:  # there was an error, which engineio has logged
            session.close(code=frames.TRY_LATER)
        return []

    def _moved(self, environ: Environ) -> Session | None:
        """Find the session of a request for a second WebSocket; engineio would refuse it as one that polls."""
        if not handshake.is_asked(environ):
            return None
        session = self.sockets.get(parse_qs(environ.get("QUERY_STRING", "")).get("sid", [""])[0])
        return session if session is not None and session.upgraded else None

    def _turn_away(self, session: Session, environ: Environ) -> list[bytes]:
        """Close a WebSocket that the session has no use for, after the handshake, as other servers do."""
        connection, _ = self._open(environ)
        connection.start(session)
        connection.close(frames.POLICY, "Already upgraded")
        return []

    def _open_packet(self, sid: str, transport: str) -> Any:
        return packet.Packet(
            packet.OPEN,
            {
                "sid": sid,
                "upgrades": self._upgrades(sid, transport),
                "pingInterval": round((self.ping_interval + self.ping_interval_grace_period) * 1000),
                "pingTimeout": round(self.ping_timeout * 1000),
                "maxPayload": self.max_http_buffer_size,
            },
        )

    def _open(self, environ: Environ) -> tuple[Connection, bytes]:
        upgrade = environ.get(handshake.UPGRADE)
        if upgrade is None:
            raise Refused("501 Not Implemented", "This server runs without app.realtime.worker.Worker")
        return upgrade(self.max_http_buffer_size, self.limits)  # type: ignore[no-any-return]

    def _check(self, environ: Environ) -> None:
        """Raise Refused for what engineio lets pass or answers otherwise than the protocol says."""
        origin = environ.get("HTTP_ORIGIN")
        allowed = self._cors_allowed_origins(environ) if self.cors_allowed_origins != [] else None
        if origin and allowed is not None and origin not in allowed:
            raise Refused("403 Forbidden", "Origin not allowed")
        method = environ["REQUEST_METHOD"]
        if method == "OPTIONS":
            return
        query = parse_qs(environ.get("QUERY_STRING", ""))
        if method not in ("GET", "POST"):
            raise Refused("400 Bad Request", "Bad handshake method")
        transports = query.get("transport", [])
        if len(transports) != 1 or transports[0] not in self.transports:
            raise Refused("400 Bad Request", "Transport unknown")
        if query.get("EIO") != ["4"]:
            raise Refused("400 Bad Request", "Unsupported protocol version")
        if "j" in query:
            raise Refused("400 Bad Request", "JSONP is not served")
        if (transports[0] == "websocket") is not handshake.is_asked(environ):
            raise Refused("400 Bad Request", "Bad request")

    def _refuse(self, refusal: Refused, environ: Environ, start_response: StartResponse) -> list[bytes]:
        headers = [("Content-Type", "application/json"), ("Connection", "close"), *refusal.headers]
        start_response(refusal.status, headers + self._cors_headers(environ))
        return [packet.Packet.json.dumps({"message": str(refusal)}).encode()]

    def _log_error_once(self, message: str, message_key: str) -> None:  # noqa: ARG002 - engineio's
        mishaps.warn("A request was refused", message)

    def _ok(self, packets: Any = None, headers: Any = None, jsonp_index: Any = None) -> dict[str, Any]:
        answer: dict[str, Any] = super()._ok(packets, headers, jsonp_index)
        if packets is None:
            answer["response"] = b"ok"  # as the protocol writes it
        return answer
