"""A push service for tests: takes what is sent to browsers, checks who sent it, and reads it as the browser would."""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from py_vapid.utils import b64urldecode

from tests.server import free_port, wait_for


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Browser:
    """One subscription: its address at the service, and the keys that only it has."""

    def __init__(self, service: PushService, name: str) -> None:
        self.name = name
        self.endpoint = f"{service.url}/push/{name}"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = secrets.token_bytes(16)
        self._service = service

    def subscription(self) -> dict[str, Any]:
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": self.endpoint, "keys": {"p256dh": encoded(point), "auth": encoded(self._auth)}}

    @property
    def notices(self) -> list[dict[str, Any]]:
        """What it was told, decrypted."""
        return [
            json.loads(http_ece.decrypt(body, private_key=self._key, auth_secret=self._auth))
            for name, body in self._service.taken
            if name == self.name
        ]

    def wait(self, count: int = 1) -> list[dict[str, Any]]:
        wait_for(lambda: len(self.notices) >= count, f"{count} notices for {self.name}")
        return self.notices


class PushService:
    """`statuses` is what it answers for a browser; 201 if nothing else is said. `keys` are those that signed."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.taken: list[tuple[str, bytes]] = []
        self.headers: list[dict[str, str]] = []
        self.keys: set[str] = set()
        self.problems: list[str] = []
        self.statuses: dict[str, int] = {}

    def browser(self, name: str = "") -> Browser:
        return Browser(self, name or secrets.token_hex(6))

    def take(self, request: BaseHTTPRequestHandler) -> int:
        name = request.path.rpartition("/")[2]
        body = request.rfile.read(int(request.headers["Content-Length"]))
        self._check(request.headers["Authorization"] or "")
        status = self.statuses.get(name, 201)
        self.headers.append(dict(request.headers))
        if status < 300:
            self.taken.append((name, body))
        return status

    def _check(self, header: str) -> None:
        """Who sends is who signed, for this service and for a while: RFC 8292."""
        scheme, _, rest = header.partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        claims = json.loads(b64urldecode(parts["t"].split(".")[1].encode()))
        if scheme != "vapid" or not Vapid02.verify(header):
            self.problems.append("not signed by the key")
        if claims["aud"] != self.url or not claims["sub"].startswith(("mailto:", "https://")):
            self.problems.append(f"wrong claims: {claims}")
        self.keys.add(parts["k"])


@contextmanager
def open_push_service() -> Iterator[PushService]:
    service = PushService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(service.take(self))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", service.port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
