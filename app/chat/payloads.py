"""What goes over the wire, the same on HTTP and on the socket. docs/protocol.md describes each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NotRequired

from bson import ObjectId
from typing_extensions import TypedDict

from app.auth.models import User, now
from app.auth.payloads import avatar_url, iso
from app.chat import directory, references, rich_text
from app.chat.documents import Change, Source, StoredFile, StoredMessage
from app.chat.models import LOBBY, Room
from app.chat.references import EXCERPT, Quoted
from app.language import gettext


class Person(TypedDict):
    """Who, and nothing more."""

    id: str
    name: str


class UserPayload(Person):
    status: str
    status_until: str | None
    status_note: str
    is_online: bool
    is_away: bool
    role: str
    avatar_url: str | None


class ProfilePayload(UserPayload):
    """A user with what they tell of themselves."""

    bio: str
    time_zone: str | None


class MemberPayload(TypedDict):
    """A user in a room."""

    user: UserPayload
    role: str
    joined_at: str


class OpenRoomPayload(TypedDict):
    """An open room as whoever may join it sees it."""

    id: str
    name: str
    description: str
    member_count: int
    is_member: bool


class RoomFacts(TypedDict):
    """A room as all its members see it."""

    id: str
    name: str
    kind: str
    description: str
    is_lobby: bool
    is_archived: bool
    member_ids: list[str]


class ChangedRoomPayload(RoomFacts):
    """The same when something of it has changed."""

    member_count: int


class RoomPayload(RoomFacts):
    """The same as one member sees it."""

    seq: int
    change: int
    last_read_seq: int
    mention_count: int
    role: str
    involvement: str
    last_message_at: str | None


class QuotePayload(TypedDict):
    """What a message answers: the beginning of it as it is today."""

    id: str
    seq: int
    sender: Person
    body: str


class OriginPayload(TypedDict):
    """Where a forwarded message comes from. Not from which room: whoever may see it finds that by the message."""

    message_id: str
    sender: Person


class ReactionPayload(TypedDict):
    emoji: str
    user_ids: list[str]


class FilePayload(TypedDict):
    """A file in a message. Pictures have their size in pixels, and a small version of themselves."""

    id: str
    name: str
    type: str
    size: int
    url: str
    width: NotRequired[int]
    height: NotRequired[int]
    thumbnail_url: NotRequired[str]


class MessagePayload(TypedDict):
    id: str
    room_id: str
    seq: int
    change: int
    client_message_id: str
    sender: Person
    origin: str
    on_behalf_of: Person | None
    body: str
    html: str | None
    created_at: str
    edited_at: str | None
    deleted_at: str | None
    reply_to: QuotePayload | None
    thread_id: str | None
    thread_count: int
    mentions: list[str]
    mentions_all: bool
    reactions: list[ReactionPayload]
    files: list[FilePayload]
    previews: list[dict[str, Any]]
    pinned_at: str | None
    forwarded_from: OriginPayload | None
    state: str
    asked_by: str | None
    leave: bool
    ask: bool
    retracted_by: str | None


class ReadPayload(TypedDict):
    """Up to where a user has read a room, and how many messages behind that mention them."""

    room_id: str
    user_id: str
    seq: int
    mention_count: int


class ChangePayload(TypedDict):
    """Something that happened in a room, in its place, with the message as it is now."""

    change: int
    kind: str
    message: MessagePayload


TOLD_OF_USERS = ("name", "status", "status_until", "status_note", "role", "avatar")  # what `users` needs of each


def user(user: User, *, is_online: bool, is_away: bool = False) -> UserPayload:
    """A user as everyone sees them. A status whose time is over is not shown any more."""
    return users([user.to_mongo()], {user.id: is_away} if is_online else {})[0]


def users(documents: Iterable[Mapping[str, Any]], online: Mapping[ObjectId, bool]) -> list[UserPayload]:
    """The same for documents of the users collection: there may be thousands, of which no objects need be made.

    `online` says of each user who is online whether they are away.
    """
    moment = now()
    return [_user(document, online.get(document["_id"]), moment) for document in documents]


def _user(document: Mapping[str, Any], is_away: bool | None, moment: datetime) -> UserPayload:
    until = document.get("status_until")
    is_over = until is not None and until <= moment
    return {
        "id": str(document["_id"]),
        "name": document["name"],
        "status": "available" if is_over else document["status"],
        "status_until": None if is_over else iso(until),
        "status_note": "" if is_over else document.get("status_note") or "",
        "is_online": is_away is not None,
        "is_away": bool(is_away),
        "role": document.get("role", "member"),
        "avatar_url": avatar_url(document),
    }


def profile(one: User, told: UserPayload) -> ProfilePayload:
    """A user with what they tell of themselves."""
    return {**told, "bio": one.bio or "", "time_zone": one.time_zone or None}


def open_room(room: Room, member_count: int, *, is_member: bool) -> OpenRoomPayload:
    """An open room for those who look for one."""
    return {
        "id": str(room.id),
        "name": room.name,
        "description": room.description or "",
        "member_count": member_count,
        "is_member": is_member,
    }


def room_facts(room: Room, name: str, member_ids: Iterable[ObjectId]) -> RoomFacts:
    """`member_ids` are told of direct rooms only: those of other rooms may be thousands."""
    return {
        "id": str(room.id),
        "name": name,
        "kind": room.kind,
        "description": room.description or "",
        "is_lobby": room.key == LOBBY,
        "is_archived": room.archived_at is not None,
        "member_ids": [str(member_id) for member_id in member_ids],
    }


def messages(stored: Sequence[StoredMessage], as_of: int | None = None) -> list[MessagePayload]:
    """Messages with the names of today and all that they refer to.

    Threads are counted as they are now, or as of a change of the room.
    """
    draw = drawer(stored, references.reply_counts(stored, as_of))
    return [draw(one) for one in stored]


def drawer(
    stored: Sequence[StoredMessage], thread_counts: Mapping[ObjectId, int]
) -> Callable[[StoredMessage], MessagePayload]:
    """Look up what these messages refer to, once for all. What is returned draws each, also as it is after a change."""
    quoted = references.quoted(stored)
    names = directory.names(_people([*stored, *quoted.values()]))
    return lambda one: message(one, names, quoted, thread_counts.get(one["_id"], 0))


def message(
    stored: StoredMessage, names: Mapping[ObjectId, str], quoted: Quoted = MappingProxyType({}), thread_count: int = 0
) -> MessagePayload:
    """One message; `names` knows its sender and, for a stand-in's, the owner; `quoted` has what it answers."""
    owner, answered = stored.get("on_behalf_of"), stored.get("reply_to")
    return {
        "id": str(stored["_id"]),
        "room_id": str(stored["room"]),
        "seq": stored["seq"],
        "change": stored["changes"][-1]["n"],
        "client_message_id": stored["client_message_id"],
        "sender": _sender(stored, names),
        "origin": stored["origin"],
        "on_behalf_of": {"id": str(owner), "name": names[owner]} if owner else None,
        "body": stored["body"],
        "html": stored.get("html"),
        "created_at": str(iso(stored["created_at"])),
        "edited_at": iso(stored.get("edited_at")),
        "deleted_at": iso(stored.get("deleted_at")),
        "reply_to": _quote(quoted[answered], names) if answered and answered in quoted else None,
        "thread_id": str(stored["thread"]) if "thread" in stored else None,
        "thread_count": thread_count,
        "mentions": [str(user_id) for user_id in stored.get("mentions", ())],
        "mentions_all": "mentions_all" in stored,
        "reactions": _reactions(stored.get("reactions", {})),
        "files": [file(one) for one in stored.get("files", ())],
        "previews": stored.get("previews", []),
        "pinned_at": iso(stored.get("pinned_at")),
        "forwarded_from": _source(stored.get("forwarded_from"), names),
        "state": stored.get("state", "done"),
        "asked_by": str(stored["asked_by"]) if "asked_by" in stored else None,
        "leave": "leave" in stored,
        "ask": "ask" in stored,
        "retracted_by": str(owner) if owner and stored.get("deleted_by") == owner else None,
    }


def plain_message(name: str, stored: StoredMessage) -> MessagePayload:
    """The same of a message with nothing but its text, said by a person of this name: as nearly all are. It may be
    marked up and call people."""
    return {
        "id": str(stored["_id"]),
        "room_id": str(stored["room"]),
        "seq": stored["seq"],
        "change": stored["changes"][-1]["n"],
        "client_message_id": stored["client_message_id"],
        "sender": {"id": str(stored["sender"]), "name": name},
        "origin": "person",
        "on_behalf_of": None,
        "body": stored["body"],
        "html": stored.get("html"),
        "created_at": str(iso(stored["created_at"])),
        "edited_at": None,
        "deleted_at": None,
        "reply_to": None,
        "thread_id": None,
        "thread_count": 0,
        "mentions": [str(user_id) for user_id in stored["mentions"]] if "mentions" in stored else [],
        "mentions_all": False,
        "reactions": [],
        "files": [],
        "previews": [],
        "pinned_at": None,
        "forwarded_from": None,
        "state": "done",
        "asked_by": None,
        "leave": False,
        "ask": False,
        "retracted_by": None,
    }


def file(stored: StoredFile) -> FilePayload:
    url = f"/api/files/{stored['id']}"
    payload: FilePayload = {
        "id": str(stored["id"]),
        "name": stored["name"],
        "type": stored["type"],
        "size": stored["size"],
        "url": url,
    }
    if "width" in stored:
        payload["width"], payload["height"] = stored["width"], stored["height"]
        payload["thumbnail_url"] = f"{url}/thumbnail"
    return payload


def changes(found: Sequence[tuple[Change, StoredMessage]]) -> list[ChangePayload]:
    """Changes with the messages as they are now, each drawn once."""
    by_id = {stored["_id"]: stored for _, stored in found}
    drawn = dict(zip(by_id, messages(list(by_id.values())), strict=True))
    return [
        {"change": change["n"], "kind": change["kind"], "message": drawn[stored["_id"]]} for change, stored in found
    ]


def _sender(stored: Mapping[str, Any], names: Mapping[ObjectId, str]) -> Person:
    # The label is made here, by the server, from where the message came from: no text can talk it away.
    name = names[stored["sender"]]
    return {"id": str(stored["sender"]), "name": f"{name}'s stand-in (AI)" if stored["origin"] == "standin" else name}


def words_of(message: MessagePayload) -> str:
    """What a message says, where it cannot be shown as it was rendered."""
    return message["body"].strip() if message["html"] is None else rich_text.words(message["html"])


def speaker_of(message: MessagePayload) -> str:
    """Who speaks, in the language of whoever is told: the payload, which is for everyone, has it in English."""
    owner = message["on_behalf_of"] if message["origin"] == "standin" else None
    return gettext("%(name)s's stand-in (AI)", name=owner["name"]) if owner else message["sender"]["name"]


def _quote(stored: Mapping[str, Any], names: Mapping[ObjectId, str]) -> QuotePayload:
    body = stored["body"]
    excerpt = body if len(body) <= EXCERPT else f"{body[: EXCERPT - 1]}…"
    return {"id": str(stored["_id"]), "seq": stored["seq"], "sender": _sender(stored, names), "body": excerpt}


def _source(source: Source | None, names: Mapping[ObjectId, str]) -> OriginPayload | None:
    """Of the room that it comes from, whoever is not in it learns nothing."""
    if source is None:
        return None
    return {
        "message_id": str(source["message"]),
        "sender": _sender(source, names),
    }


def _reactions(stored: Mapping[str, Sequence[ObjectId]]) -> list[ReactionPayload]:
    return [{"emoji": emoji, "user_ids": [str(user) for user in users]} for emoji, users in stored.items() if users]


def _people(stored: Iterable[Mapping[str, Any]]) -> Iterable[ObjectId]:
    for one in stored:
        yield one["sender"]
        if owner := one.get("on_behalf_of"):
            yield owner
        if source := one.get("forwarded_from"):
            yield source["sender"]
