"""What goes over the wire, the same on HTTP and on the socket. docs/protocol.md describes each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

from bson import ObjectId

from app.auth.models import User
from app.auth.payloads import iso
from app.chat import directory
from app.chat.message_log import StoredMessage
from app.chat.models import Room


class Person(TypedDict):
    """Who, and nothing more."""

    id: str
    name: str


class UserPayload(Person):
    status: str
    status_until: str | None
    status_note: str
    is_online: bool


class RoomPayload(TypedDict):
    id: str
    name: str
    kind: str
    seq: int
    last_read_seq: int


class MessagePayload(TypedDict):
    id: str
    room_id: str
    seq: int
    client_message_id: str
    sender: Person
    origin: str
    on_behalf_of: Person | None
    body: str
    created_at: str


def user(user: User, *, is_online: bool) -> UserPayload:
    """A user as everyone sees them. A status whose time is over is not shown any more."""
    is_over = user.is_status_over
    return {
        "id": str(user.id),
        "name": user.name,
        "status": "available" if is_over else user.status,
        "status_until": None if is_over else iso(user.status_until),
        "status_note": "" if is_over else user.status_note or "",
        "is_online": is_online,
    }


def room(room: Room, *, seq: int, last_read_seq: int) -> RoomPayload:
    return {
        "id": str(room.id),
        "name": room.name,
        "kind": room.kind,
        "seq": seq,
        "last_read_seq": last_read_seq,
    }


def messages(stored: Sequence[StoredMessage]) -> list[MessagePayload]:
    """Messages with the names of today, looked up once for all."""
    names = directory.names(_people(stored))
    return [message(one, names) for one in stored]


def message(stored: StoredMessage, names: Mapping[ObjectId, str]) -> MessagePayload:
    """One message; `names` knows its sender and, for a stand-in's, the owner."""
    owner, sender = stored.get("on_behalf_of"), stored["sender"]
    # The label is made here, by the server, from where the message came from: no text can talk it away.
    sender_name = f"{names[sender]}'s stand-in (AI)" if stored["origin"] == "standin" else names[sender]
    return {
        "id": str(stored["_id"]),
        "room_id": str(stored["room"]),
        "seq": stored["seq"],
        "client_message_id": stored["client_message_id"],
        "sender": {"id": str(sender), "name": sender_name},
        "origin": stored["origin"],
        "on_behalf_of": {"id": str(owner), "name": names[owner]} if owner else None,
        "body": stored["body"],
        "created_at": str(iso(stored["created_at"])),
    }


def _people(stored: Iterable[StoredMessage]) -> Iterable[ObjectId]:
    for one in stored:
        yield one["sender"]
        if owner := one.get("on_behalf_of"):
            yield owner
