"""What an idle client costs."""

from __future__ import annotations

import socket
from collections.abc import Callable

from tests.realtime.transport import Transport

COUNT = 400
BOUND = 6 * 1024  # bytes


def connect(transport: Transport) -> socket.socket:
    """The cheapest client: in the namespace, and silent."""
    sock = transport.tcp()
    sock.sendall(
        b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140\r\n\r\n"
        b"\x81\x82\0\0\0\x0040"
    )
    received = b""
    while b"auth:again" not in received:
        received += sock.recv(65536)
    return sock


def test_an_idle_client_costs_at_most_six_kilobytes(make_transport: Callable[..., Transport]) -> None:
    transport = make_transport()
    connected = [connect(transport) for _ in range(COUNT // 2)]  # what the process needs once is paid by these
    before = transport.state()["memory"]
    connected += [connect(transport) for _ in range(COUNT)]
    each = (transport.state()["memory"] - before) / COUNT
    assert each <= BOUND, f"{each:.0f} bytes for each of {len(connected)} clients"
