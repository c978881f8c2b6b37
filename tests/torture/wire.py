"""The client's side of a WebSocket, with no more than a crowd needs: hundreds of them cost next to nothing."""

from __future__ import annotations

import base64
import os
import socket
import struct
from collections import deque
from contextlib import suppress
from urllib.parse import urlsplit

TEXT = 0x81
CHUNK = 65_536
HANDSHAKE = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
    "Host: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
)


class Gone(Exception):
    """The connection has ended, or nothing comes over it any more."""


class Wire:
    """A WebSocket after its handshake. It takes whole, unmasked text frames: the server sends no others."""

    def __init__(self, url: str, seconds: float, window: int | None = None) -> None:
        """With a small `window` the kernel takes little that is not read. Errors: `Gone`, OSError."""
        address = urlsplit(url)
        self.sock = socket.socket()
        self._came = b""
        self._ready: deque[bytes] = deque()
        try:
            if window:
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
            self.sock.settimeout(seconds)
            self.sock.connect((address.hostname, address.port))
            self._shake_hands(address.netloc)
        except BaseException:
            self.close()
            raise

    def read(self) -> bytes:
        """The next message. Errors: `Gone`, OSError."""
        while not self._ready:
            self._take()
            self._split()
        return self._ready.popleft()

    def send(self, message: str) -> None:
        """Errors: OSError."""
        self.sock.sendall(frame(message.encode()))

    def close(self) -> None:
        """End without a word; whoever reads is told."""
        with suppress(OSError):  # it has ended, or never began
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()

    def _shake_hands(self, host: str) -> None:
        self.sock.sendall(HANDSHAKE.format(host=host, key=base64.b64encode(os.urandom(16)).decode()).encode())
        while b"\r\n\r\n" not in self._came:
            self._take()
        head, _, self._came = self._came.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"):
            raise Gone
        self._split()

    def _take(self) -> None:
        piece = self.sock.recv(CHUNK)
        if not piece:
            raise Gone
        self._came += piece

    def _split(self) -> None:
        came, start = self._came, 0
        while len(came) >= start + 2:
            size, begin = came[start + 1], start + 2
            if size == 126:
                size, begin = int.from_bytes(came[begin : begin + 2], "big"), begin + 2
            elif size == 127:
                size, begin = int.from_bytes(came[begin : begin + 8], "big"), begin + 8
            if len(came) < begin + size:
                break
            if came[start] != TEXT:
                raise Gone
            self._ready.append(came[begin : begin + size])
            start = begin + size
        self._came = came[start:]


def frame(data: bytes) -> bytes:
    """A text frame of a client, with a mask that changes nothing."""
    size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
    return b"\x81" + size + bytes(4) + data
