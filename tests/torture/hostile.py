"""Clients that only want to hold a server up: each goes on until it is sent away, or for as long as it was told."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlsplit

from tests.server import PATIENCE
from tests.torture.wire import Wire, frame

PAUSE = 0.1
WINDOW = 4096  # of what is never read
BODY = "POST /users/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n"


def never_read(url: str, token: str, room_id: str, seconds: float) -> str:
    """Ask for what was said in a room again and again, and take none of the answers."""
    ask = json.dumps(["room:catch_up", {"room_id": room_id, "after": 0}]).encode()
    with closing(_joined(url, token, WINDOW)) as wire:
        return _until_sent_away(wire.sock, lambda number: frame(b"42/chat,%d" % number + ask), seconds)


def trickle_a_head(url: str, _token: str, _room_id: str, seconds: float) -> str:
    """A request's head, byte by byte."""
    with closing(_connected(url)) as sock:
        sock.sendall(b"GET /users HTTP/1.1\r\nX-Slow: ")
        return _until_sent_away(sock, lambda _: b"x", seconds)


def trickle_a_body(url: str, _token: str, _room_id: str, seconds: float) -> str:
    """A login, byte by byte."""
    with closing(_connected(url)) as sock:
        sock.sendall(BODY.encode())
        return _until_sent_away(sock, lambda _: b" ", seconds)


def trickle_a_frame(url: str, token: str, _room_id: str, seconds: float) -> str:
    """Let in, and then the beginning of a large frame and a byte of it now and then."""
    with closing(_joined(url, token)) as wire:
        wire.sock.sendall(b"\x81\xfe\xff\xff\0\0\0\0")
        return _until_sent_away(wire.sock, lambda _: b"4", seconds)


def _until_sent_away(sock: socket.socket, make: Callable[[int], bytes], seconds: float) -> str:
    sock.settimeout(PAUSE)
    deadline = time.monotonic() + seconds
    number, left = 0, b""
    while time.monotonic() < deadline:
        time.sleep(PAUSE)
        if not left:
            number += 1
            left = make(number)
        try:
            left = left[sock.send(left) :]
        except TimeoutError:  # the server reads no more either
            continue
        except OSError:
            return "sent away"
    return "still there"


def _connected(url: str) -> socket.socket:
    address = urlsplit(url)
    assert address.hostname
    return socket.create_connection((address.hostname, address.port or 80), PATIENCE)


def _joined(url: str, token: str, window: int | None = None) -> Wire:
    wire = Wire(url, PATIENCE, window)
    wire.send("40/chat," + json.dumps({"token": token}))
    while not (packet := wire.read()).startswith(b"40/chat,"):
        assert not packet.startswith(b"44"), packet
    return wire
