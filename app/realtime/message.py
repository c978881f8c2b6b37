"""A Socket.IO packet in the forms its receivers take, each made once, however many they are."""

from __future__ import annotations

from typing import Any

from engineio import packet as engine_packet

from app.realtime import frames

Encoded = str | bytes


class Message:
    """A text packet and its attachments, for WebSockets as frames, for others as Engine.IO packets."""

    __slots__ = ("_frames", "_packets", "_parts")

    def __init__(self, encoded: Encoded | list[Encoded]) -> None:
        """Take what `Packet.encode` returned."""
        self._parts = encoded if isinstance(encoded, list) else [encoded]
        self._frames: bytes | None = None
        self._packets: list[Any] | None = None

    @property
    def frames(self) -> bytes:
        """The WebSocket frames, one after the other."""
        if self._frames is None:
            self._frames = b"".join(map(_frame, self._parts))
        return self._frames

    @property
    def packets(self) -> list[Any]:
        """The Engine.IO packets."""
        if self._packets is None:
            self._packets = [engine_packet.Packet(engine_packet.MESSAGE, part) for part in self._parts]
        return self._packets


def _frame(part: Encoded) -> bytes:
    if isinstance(part, str):
        return frames.encode(frames.TEXT, b"4" + part.encode())
    return frames.encode(frames.BINARY, bytes(part))
