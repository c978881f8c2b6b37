"""HTTP requests as the worker reads them: with deadlines, and with WebSockets only where the app wants one."""

from __future__ import annotations

import _socket
from contextlib import suppress
from typing import Any

import gevent
from geventwebsocket.handler import WebSocketHandler
from gunicorn.workers.ggevent import PyWSGIHandler, PyWSGIServer  # type: ignore[import-untyped]

from app.realtime import handshake
from app.realtime.body import Body, TooSlow
from app.realtime.connection import CHUNK, Connection
from app.realtime.handshake import Environ, Refused
from app.realtime.limits import DEFAULT, Limits
from app.realtime.log import mishaps

ACCEPTED_AT_ONCE = 1  # each brings a request that takes a while: then it is the turn of the others

_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class HeadTooLarge(Exception):
    """A request brings more headers than any browser or proxy does."""


class Head:
    """Reads a head line by line, up to its bound. By itself http.client takes a hundred lines of 64 KiB each, and
    whoever reads lists of languages or types in these then holds up everyone for seconds."""

    def __init__(self, rfile: Any, largest: int) -> None:
        self._rfile = rfile
        self._left = largest

    def readline(self, most: int) -> bytes:
        line: bytes = self._rfile.readline(min(most, self._left + 1))
        self._left -= len(line)
        if self._left < 0:
            raise HeadTooLarge("its head is too large")
        return line


class Listener(PyWSGIServer):  # type: ignore[misc]
    """gunicorn's server, which on `close` also ends the connections that wait for another request."""

    max_accept = ACCEPTED_AT_ONCE

    def __init__(self, *args: Any, **options: Any) -> None:
        self.idle: set[gevent.Greenlet] = set()
        super().__init__(*args, **options)

    def close(self) -> None:
        """Stop accepting. Requests under way run on."""
        super().close()
        gevent.killall(list(self.idle), block=False)


class Handler(WebSocketHandler, PyWSGIHandler):  # type: ignore[misc]
    """gevent-websocket's handler, which hands a WebSocket over instead of keeping a greenlet with it.

    It answers no handshake itself. It offers `upgrade` in the environment, and the app takes it where it serves a
    socket; on any other route the request is one like others.
    """

    limits: Limits = DEFAULT
    ignored_socket_errors = (*WebSocketHandler.ignored_socket_errors, "timed out")
    environ: Any
    result: Any
    socket: Any
    rfile: Any
    wsgi_input: Any
    _is_first = True
    _head_timer: Any = None
    _is_handed_over = False

    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:
        sock.settimeout(self.limits.write_seconds)
        super().__init__(sock, *args, **options)

    def handle(self) -> None:
        """Answer the requests of one connection, until either side has enough."""
        with suppress(OSError):  # the client is gone; gevent would print a traceback for each
            super().handle()

    def handle_one_request(self) -> Any:
        """Answer one request; see pywsgi for what is returned."""
        try:
            return super().handle_one_request()
        except TooSlow:
            return "408 Request Timeout", _TIMEOUT
        finally:
            self._stop_timer()

    def read_requestline(self) -> str:
        """Read the first line; an empty one, if the client has no more requests. Raise TooSlow."""
        self.environ = None
        if not self._is_first and not self._is_next_coming():
            return ""
        self._is_first = False
        self._head_timer = TooSlow.start_new(self.limits.header_seconds)
        return str(super().read_requestline())

    def read_request(self, raw_requestline: str) -> Any:
        """Read the headers; raise TooSlow."""
        try:
            return super().read_request(raw_requestline)
        finally:
            self._stop_timer()

    def MessageClass(self, rfile: Any, *args: Any) -> Any:  # noqa: N802 - pywsgi's
        """Read the headers, when pywsgi wants them."""
        return super().MessageClass(Head(rfile, self.limits.head_bytes), *args)

    def _handle_client_error(self, error: Exception) -> Any:
        """Answer a request that is none; pywsgi would log each at length."""
        if isinstance(error, OSError):  # the client is gone
            return None
        mishaps.warn("A client sent a malformed request", f"{self.client_address}: {error}")
        if isinstance(error, HeadTooLarge):
            return "431 Request Header Fields Too Large", _TOO_LARGE
        return "400 Bad Request", _BAD_REQUEST

    def get_environ(self) -> Environ:
        """Build the WSGI environment, with a body that has a deadline."""
        environ: Environ = super().get_environ()
        sock = self.socket if environ.get("HTTP_EXPECT") == "100-continue" else None
        is_chunked = environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked"
        self.wsgi_input = Body(self.limits.body_seconds, self.rfile, self.content_length, sock, is_chunked)
        environ["wsgi.input"] = self.wsgi_input
        environ["wsgi.input_terminated"] = True
        environ[handshake.UPGRADE] = self.upgrade
        return environ

    def upgrade(self, largest: int, limits: Limits) -> tuple[Connection, bytes]:
        """Answer the handshake and give the socket away; also return what the client sent after it already.

        Messages may have `largest` bytes. Raises Refused, after which the app answers as usual.
        """
        answer = handshake.accept(self.environ)
        if Connection.count >= self.server.pool.size:  # those handed over have left the pool that limits the others
            raise Refused("503 Service Unavailable", "Too many connections", [("Retry-After", "10")])
        sock = self.socket
        sock.sendall(answer)
        early = self._early()
        family, kind, proto = sock.family, sock.type, sock.proto
        if family in (_socket.AF_INET, _socket.AF_INET6):
            sock.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        plain = _socket.socket(family, kind, proto, sock.detach())
        plain.setblocking(False)
        self.socket = None
        self.status, self.code, self.response_length = b"101 Switching Protocols", 101, len(answer)
        self.close_connection = self._is_handed_over = True
        return Connection(plain, largest, limits), early

    def run_application(self) -> None:
        """Call the app. gevent-websocket's version, passed over here, answers 101 before it does."""
        try:
            super(WebSocketHandler, self).run_application()
        except TooSlow:
            self.close_connection = True
            if not self.headers_sent:
                self.result = []
                self.start_response("408 Request Timeout", [("Connection", "close")])
                self.write(b"")
        finally:
            self.environ.pop(handshake.UPGRADE, None)  # it holds this handler, which holds the environment

    def process_result(self) -> None:
        """Send the app's answer, unless there is a WebSocket by now."""
        if not self._is_handed_over:
            super().process_result()

    def handle_one_response(self) -> None:
        """Answer; keep the connection only if its next request can be found and the process is not ending."""
        super().handle_one_response()
        if self.wsgi_input.is_abandoned or not self.server.started:
            self.close_connection = True

    def log_request(self) -> None:
        """Write gunicorn's access log, not gevent-websocket's."""
        if self.environ is not None:
            PyWSGIHandler.log_request(self)

    def _is_next_coming(self) -> bool:
        """Wait for another request on this connection."""
        greenlet = gevent.getcurrent()
        self.server.idle.add(greenlet)
        first = b""
        try:
            with gevent.Timeout(self.limits.keep_alive_seconds, False):
                first = self.rfile.peek(1)
        except OSError:
            pass
        finally:
            self.server.idle.discard(greenlet)
        return bool(first)

    def _early(self) -> bytes:
        """Return what lies in the reader's buffer; without blocking."""
        self.socket.settimeout(0.0)
        return bytes(self.rfile.read1(CHUNK) or b"") if self.rfile.peek(1) else b""

    def _stop_timer(self) -> None:
        timer, self._head_timer = self._head_timer, None
        if timer is not None:
            timer.close()
