"""A Socket.IO packet in the forms its receivers take, each made once, however many they are."""

from __future__ import annotations

from typing import Any

from engineio import packet as engine_packet

from app.realtime import frames

Encoded = str | bytes


class Message:
    """A text packet and its attachments, for WebSockets as frames, for others as Engine.IO packets."""

    __slots__ = ("_encoded", "_packets", "frames")

    frames: bytes
    """The WebSocket frames, one after the other."""

    def __init__(self, encoded: Encoded | list[Encoded]) -> None:
        """Take what `Packet.encode` returned."""
        self._encoded = encoded if isinstance(encoded, list) else [encoded]
        self._packets: list[Any] | None = None
        self.frames = b"".join(map(_frame, self._encoded))

    @classmethod
    def of_text(cls, text: bytes) -> Message:
        """A packet without attachments, in UTF-8."""
        message = cls.__new__(cls)
        message._encoded = [text]
        message._packets = None
        message.frames = frames.encode(frames.TEXT, b"4" + text)
        return message

    @property
    def packets(self) -> list[Any]:
        """The Engine.IO packets."""
        if self._packets is None:
            text, *attachments = self._encoded
            first = text if isinstance(text, str) else text.decode()
            self._packets = [engine_packet.Packet(engine_packet.MESSAGE, part) for part in (first, *attachments)]
        return self._packets


def _frame(part: Encoded) -> bytes:
    if isinstance(part, str):
        return frames.encode(frames.TEXT, b"4" + part.encode())
    return frames.encode(frames.BINARY, bytes(part))
