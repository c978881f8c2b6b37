"""Which requests become WebSockets, and what the others are told: RFC 6455 section 4.2."""

from __future__ import annotations

import pytest
import websocket
from websocket import WebSocketBadStatusException

from tests.realtime.transport import Transport, close_code

ROUTE = "/socket.io/?EIO=4&transport=websocket"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # of the RFC, as the answer to it


def head(transport: Transport, route: str = ROUTE, **changes: str | None) -> str:
    """An opening handshake with headers replaced, or left out."""
    headers: dict[str, str | None] = {
        "Host": f"127.0.0.1:{transport.port}",
        "Upgrade": "websocket",
        "Connection": "keep-alive, Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": KEY,
    }
    headers |= {name.replace("_", "-"): value for name, value in changes.items()}
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\n".join([f"GET {route} HTTP/1.1", *lines, "", ""])


def test_the_answer_proves_that_the_key_was_read(transport: Transport) -> None:
    with transport.tcp() as sock:
        sock.sendall(head(transport).replace("\n", "\r\n").encode())
        answer = sock.recv(65536)
    assert answer.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answer


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"Sec_WebSocket_Key": None}, b"400"),
        ({"Sec_WebSocket_Key": "c2hvcnQ="}, b"400"),
        ({"Sec_WebSocket_Key": "!!!notbase64!!!notbase64"}, b"400"),
        ({"Sec_WebSocket_Version": "8"}, b"426"),
        ({"Sec_WebSocket_Version": None}, b"426"),
        ({"Connection": "close"}, b"400"),
        ({"Upgrade": "h2c"}, b"400"),
        ({"Origin": "http://elsewhere.example"}, b"403"),
    ],
)
def test_a_handshake_that_is_wrong_is_refused(transport: Transport, changes: dict[str, str], status: bytes) -> None:
    answer = transport.http(head(transport, **changes))
    assert answer.startswith(b"HTTP/1.1 " + status), answer
    assert (b"Sec-WebSocket-Version: 13" in answer) is (status == b"426")


def test_the_own_origin_and_a_client_without_one_are_welcome(transport: Transport) -> None:
    """A page always sends its origin; what sends none has no cookies of somebody else's either."""
    for options in ({"suppress_origin": True}, {"suppress_origin": False, "origin": transport.url}):
        ws = transport.websocket(**options)
        assert ws.recv().startswith("0{")
        ws.close()


def test_a_foreign_origin_is_refused_on_polling_too(transport: Transport) -> None:
    assert transport.poll(headers={"Origin": "http://elsewhere.example"}).status_code == 403


@pytest.mark.parametrize("route", ["/state", "/nowhere"])
def test_a_route_that_is_no_socket_never_switches_protocols(transport: Transport, route: str) -> None:
    with transport.tcp() as sock:
        sock.sendall(head(transport, route).replace("\n", "\r\n").encode())
        assert sock.recv(65536).startswith((b"HTTP/1.1 400", b"HTTP/1.1 404"))


def test_what_comes_along_with_the_handshake_is_not_lost(transport: Transport) -> None:
    with transport.tcp() as sock:
        early = b"\x81\x82\0\0\0\x0040"
        sock.sendall(head(transport).replace("\n", "\r\n").encode() + early)
        received = b""
        while b"auth:again" not in received:
            received += sock.recv(65536)
    assert b"40{" in received


def test_a_client_over_the_limit_is_refused_and_welcome_once_there_is_room(make_transport) -> None:  # type: ignore[no-untyped-def]
    transport = make_transport(connections=3)
    sockets = [transport.engine() for _ in range(3)]
    with pytest.raises(WebSocketBadStatusException, match="503"):
        transport.websocket()
    sockets[0].close()
    ws: websocket.WebSocket = transport.engine()
    ws.send("1")
    assert close_code(ws) == 1000
