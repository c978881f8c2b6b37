"""The two exports, each a stream of text. Neither holds the database in memory, nor a cursor open for long.

They may run while the app is in use. Where each room ends is noted before anything else is read, so that whoever
wrote a message of the file is in the file as well; what is said meanwhile is left out.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from bson import ObjectId
from mongoengine import Document

from app.auth.models import User
from app.chat import payloads, places
from app.chat.kept import Bookmark, Reminder, Scheduled
from app.chat.models import Connection, Membership, Message, Room
from app.chat.payloads import MessagePayload
from app.chat.stand_in.models import StandIn
from app.chat.transfer import records

PAGE = 1000
FIRST_ID = ObjectId(b"\0" * 12)

Page = list[Any]
"""Documents as they are stored."""


def size() -> int:
    """About how many pieces a full export yields: for a progress bar."""
    return sum(kind.model._get_collection().estimated_document_count() for kind in records.KINDS.values())


def full() -> Iterator[str]:
    """The full export, line by line. It holds the hashes of passwords."""
    ends = _room_ends()
    counts = Counter(dict.fromkeys(records.KINDS, 0))
    yield records.header_line()
    for collection, document in _documents(ends):
        counts[collection] += 1
        yield records.document_line(collection, document)
    yield records.end_line(counts)


def original() -> Iterator[str]:
    """The JSON of the original: `{"users": {socketID: who}, "messages": [{socketID: who, "message": text}]}`.

    `who` is `{"username", "socketID"}`. Users are the live connections and every socket that a message came from;
    messages stand room by room, each in its order. A message that came from no socket, as those of stand-ins, has
    a made-up one that is always the same for its author: `standin-<id of the owner>`.
    """
    ends = _room_ends()
    yield '{"users": {'
    yield from _separated(f"{json.dumps(who['socketID'])}: {_json(who)}" for who in _speakers())
    yield '}, "messages": ['
    yield from _separated(_json({who["socketID"]: who, "message": body}) for who, body in _utterances(ends))
    yield "]}\n"


def _documents(ends: dict[ObjectId, int]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every document in the order of the file. A membership of someone who came after the users is left out."""
    users, rooms = set(), set()
    for document in _by_id(User):
        users.add(document["_id"])
        yield "users", document
    for document in _by_id(Room):
        rooms.add(document["_id"])
        yield "rooms", document
    for document in _by_id(Membership):
        if document["user"] in users and document["room"] in rooms:
            yield "memberships", document
    for page in _messages(ends):
        yield from (("messages", document) for document in page)
    yield from (("stand_ins", chosen) for chosen in _by_id(StandIn) if chosen["_id"] in users)
    yield from _kept(users, rooms, ends)


def _kept(
    users: set[ObjectId], rooms: set[ObjectId], ends: dict[ObjectId, int]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What these users keep for later, of what is in the file."""
    for model in (Bookmark, Scheduled, Reminder):
        for page in _pages(model, "_id", FIRST_ID):
            held = _held([document.get("message") for document in page], ends)
            for document in page:
                has_all = "message" not in document or document["message"] in held
                if has_all and document["user"] in users and document["room"] in rooms:
                    yield model._get_collection().name, document


def _held(message_ids: list[ObjectId | None], ends: dict[ObjectId, int]) -> set[ObjectId]:
    """Which of these messages are in the file."""
    found = Message._get_collection().find({"_id": {"$in": message_ids}}, {"room": 1, "seq": 1})
    return {message["_id"] for message in found if message["seq"] <= ends.get(message["room"], 0)}


def _room_ends() -> dict[ObjectId, int]:
    """The last seq of every room that has messages. There are no holes below it, and there never will be."""
    return places.last_seqs(Room.objects.scalar("id"))


def _by_id(model: type[Document]) -> Iterator[dict[str, Any]]:
    for page in _pages(model, "_id", FIRST_ID):
        yield from page


def _messages(ends: dict[ObjectId, int]) -> Iterator[Page]:
    for room, end in sorted(ends.items()):
        yield from _pages(Message, "seq", 0, {"room": room}, end)


def _pages(
    model: type[Document], key: str, after: Any, query: dict[str, Any] | None = None, up_to: Any = None
) -> Iterator[Page]:
    """Documents by `key`, page by page. Each page is a query of its own: a reader may take as long as it likes."""
    bound = {} if up_to is None else {"$lte": up_to}
    while True:
        found = model._get_collection().find({**(query or {}), key: {"$gt": after, **bound}})
        page = list(found.sort(key, 1).limit(PAGE))
        if page:
            yield page
            after = page[-1][key]
        if len(page) < PAGE:
            return


def _speakers() -> Iterator[dict[str, str]]:
    """Everyone as the original kept them, each socket once."""
    live = {connection.socket_id: connection.username for connection in Connection.objects}
    for socket_id, username in live.items():
        yield {"username": username, "socketID": socket_id}
    made_up = {"$concat": ["$origin", "-", {"$toString": "$sender"}]}
    first_messages: list[dict[str, Any]] = [
        {"$group": {"_id": {"$ifNull": ["$socket_id", made_up]}, "message": {"$first": "$_id"}}},
    ]
    page: list[ObjectId] = []
    for row in Message._get_collection().aggregate(first_messages, allowDiskUse=True):
        if row["_id"] not in live:
            page.append(row["message"])
        if len(page) == PAGE:
            yield from _authors(page)
            page = []
    yield from _authors(page)


def _authors(message_ids: list[ObjectId]) -> Iterator[dict[str, str]]:
    page = list(Message._get_collection().find({"_id": {"$in": message_ids}}))
    for stored, message in zip(page, payloads.messages(page), strict=True):
        yield _who(stored, message)


def _utterances(ends: dict[ObjectId, int]) -> Iterator[tuple[dict[str, str], str]]:
    for page in _messages(ends):
        for stored, message in zip(page, payloads.messages(page), strict=True):
            yield _who(stored, message), message["body"]


def _who(stored: dict[str, Any], message: MessagePayload) -> dict[str, str]:
    made_up = f"{stored['origin']}-{stored['sender']}"
    return {"username": message["sender"]["name"], "socketID": stored.get("socket_id") or made_up}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _separated(pieces: Iterator[str]) -> Iterator[str]:
    """One to a line, with commas between."""
    separator = "\n"
    for piece in pieces:
        yield separator + piece
        separator = ",\n"
    yield "\n"
