"""Socket.IO packets, revision 5 of its protocol: strict about what comes in, quick with what goes out."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import socketio.packet
from socketio.packet import ACK, BINARY_ACK, BINARY_EVENT, CONNECT, DISCONNECT, EVENT

from app.realtime import json

RESERVED = {"*", "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}
"""Events that happen, and that no client may make happen by sending their name; "*" takes those without a handler."""

LONGEST_ID = 15

_HEAD = re.compile(
    r"""(?P<type>[0-6])
        (?:(?P<attachments>[0-9]{1,9})-)?
        (?P<namespace>/[^,]*)?,?
        (?P<id>[0-9]{1,15})?""",
    re.VERBOSE,
)


class Malformed(ValueError):
    """The client sent something that is no Socket.IO packet, or none that may come now."""


def read_event(text: str) -> tuple[str, int | None, list[Any]] | None:
    """The namespace, the id and the payload of an EVENT in an Engine.IO message, if it is written as clients write it.

    None says nothing about a text: `Packet` reads all there are. This takes a third of its time.
    """
    start = text.find('["', 2)
    if start < 0 or not text.startswith("42"):
        return None
    namespace, comma, digits = text[2:start].rpartition(",")
    if digits and not (digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_ID):
        return None
    if comma and (namespace[:1] != "/" or "," in namespace or "?" in namespace):
        return None
    try:
        data = json.load(text[start:])
    except (ValueError, RecursionError):
        return None
    if data[0] in RESERVED:
        return None
    return namespace or "/", int(digits) if digits else None, data


def write(kind: int, namespace: str | None, data: list[Any], id: int | None = None) -> bytes | None:
    """The text of an EVENT or ACK, in UTF-8; None if it may have attachments."""
    text = json.dump_arguments(data)
    if text is None:
        return None
    return _head(kind, namespace) + text if id is None else b"%b%d%b" % (_head(kind, namespace), id, text)


@lru_cache(100)
def _head(kind: int, namespace: str | None) -> bytes:
    return f"{kind}{namespace},".encode() if namespace and namespace != "/" else b"%d" % kind


class Packet(socketio.packet.Packet):  # type: ignore[misc]
    """A packet whose `decode` raises Malformed for all that the protocol does not know."""

    json = json.Json

    def decode(self, encoded_packet: str) -> int:
        """Read a text packet and return the number of attachments that have to follow it."""
        if not isinstance(encoded_packet, str):
            raise Malformed("binary data without a packet that announces it")
        head = _HEAD.match(encoded_packet)
        if head is None:
            raise Malformed("no packet type")
        self.packet_type = int(head["type"])
        self.namespace = (head["namespace"] or "/").partition("?")[0]
        self.id = int(head["id"]) if head["id"] else None
        try:
            rest = encoded_packet[head.end() :]
            self.data = self.json.loads(rest) if rest else None
        except (ValueError, RecursionError) as error:
            raise Malformed(f"a payload that is not JSON: {error}") from None
        attachments = head["attachments"]
        if (attachments is not None) is not (self.packet_type in (BINARY_EVENT, BINARY_ACK)):
            raise Malformed("a number of attachments where none belongs, or none where one does")
        self._check()
        return int(attachments or 0)

    def add_attachment(self, attachment: bytes) -> bool:
        """Take an announced attachment; True when it was the last one and `data` is whole."""
        if not isinstance(attachment, bytes):
            raise Malformed("text where an attachment has to follow")
        try:
            return bool(super().add_attachment(attachment))
        except (IndexError, TypeError, RecursionError):
            raise Malformed("a placeholder for an attachment that is not there") from None

    @classmethod
    def data_is_binary(cls, data: Any) -> bool:
        """Tell whether there are bytes anywhere in `data`."""
        if isinstance(data, list | tuple):
            return any(map(cls.data_is_binary, data))
        if isinstance(data, dict):
            return any(map(cls.data_is_binary, data.values()))
        return isinstance(data, bytes | bytearray)

    def _check(self) -> None:
        """Raise Malformed unless the payload is one that a client may send with a packet of this type."""
        data, kind = self.data, self.packet_type
        if kind in (EVENT, BINARY_EVENT):
            is_right = isinstance(data, list) and bool(data) and isinstance(data[0], str) and data[0] not in RESERVED
        elif kind in (ACK, BINARY_ACK):
            is_right = isinstance(data, list) and self.id is not None
        elif kind == CONNECT:
            is_right = data is None or isinstance(data, dict)
        else:  # only the server sends CONNECT_ERROR
            is_right = kind == DISCONNECT and data is None
        if not is_right:
            raise Malformed(f"a payload that a packet of type {kind} does not have")
