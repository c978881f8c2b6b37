"""What goes over the wire, the same on HTTP and on the socket. docs/protocol.md describes each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime
from typing import Any, TypedDict

from bson import ObjectId

from app.auth.models import User, now
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
    return users([user.to_mongo()], {user.id} if is_online else set())[0]


def users(documents: Iterable[Mapping[str, Any]], online: Set[ObjectId]) -> list[UserPayload]:
    """The same for documents of the users collection: there may be thousands, of which no objects need be made."""
    moment = now()
    return [_user(document, document["_id"] in online, moment) for document in documents]


def _user(document: Mapping[str, Any], is_online: bool, moment: datetime) -> UserPayload:
    until = document.get("status_until")
    is_over = until is not None and until <= moment
    return {
        "id": str(document["_id"]),
        "name": document["name"],
        "status": "available" if is_over else document["status"],
        "status_until": None if is_over else iso(until),
        "status_note": "" if is_over else document.get("status_note") or "",
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
