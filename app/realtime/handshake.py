"""The server's side of the WebSocket handshake, RFC 6455 section 4.2."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha1
from typing import Any

Environ = dict[str, Any]
VERSION = "13"
UPGRADE = "realtime.upgrade"
"""The key in the WSGI environment under which the handler offers `() -> Connection`, which answers 101."""

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Refused(Exception):
    """The request gets this HTTP answer instead of a WebSocket."""

    def __init__(self, status: str, message: str, headers: list[tuple[str, str]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or []


Upgrade = Callable[[], Any]


def is_asked(environ: Environ) -> bool:
    """Tell whether the request asks for a WebSocket at all."""
    return bool(environ.get("HTTP_UPGRADE", "").lower() == "websocket")


def accept(environ: Environ) -> bytes:
    """Check the client's opening handshake and return the answer to it; raise Refused."""
    tokens = [token.strip() for token in environ.get("HTTP_CONNECTION", "").lower().split(",")]
    if environ.get("REQUEST_METHOD") != "GET" or environ.get("SERVER_PROTOCOL") != "HTTP/1.1":
        raise Refused("400 Bad Request", "A WebSocket starts with GET and HTTP/1.1")
    if not is_asked(environ) or "upgrade" not in tokens:
        raise Refused("400 Bad Request", "No request for an upgrade to WebSocket")
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != VERSION:
        headers = [("Sec-WebSocket-Version", VERSION)]
        raise Refused("426 Upgrade Required", "WebSocket version 13 is served", headers)
    key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "").strip()
    if not _is_key(key):
        raise Refused("400 Bad Request", "Sec-WebSocket-Key is not 16 bytes in base64")
    digest = b64encode(sha1(key.encode() + _GUID, usedforsecurity=False).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + digest + b"\r\n\r\n"
    )


def _is_key(key: str) -> bool:
    try:
        return len(b64decode(key, validate=True)) == 16
    except (ValueError, binascii.Error):
        return False
