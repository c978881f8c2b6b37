"""What a message points at: the one it answers, and the one that began its thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bson import ObjectId

from app.chat.documents import StoredMessage
from app.chat.models import Message
from app.errors import NotFound
from app.language import N_

EXCERPT = 200  # characters of a message that are quoted
Quoted = Mapping[ObjectId, Mapping[str, Any]]


class MessageNotFound(NotFound):
    code = "message_not_found"
    message = N_("There is no such message, or you are not a member of its room.")


def resolve(room_id: ObjectId, reply_to: ObjectId | None, thread_id: ObjectId | None) -> dict[str, ObjectId]:
    """What a new message of the room is to hold of the messages that it points at.

    A thread within a thread is the outer one. Errors: `MessageNotFound` for what is elsewhere, or deleted.
    """
    wanted = {"reply_to": reply_to, "thread": thread_id}
    found = _live(room_id, [one for one in wanted.values() if one])
    if thread_id in found and (root := found[thread_id].get("thread")):
        found |= _live(room_id, [root])
        wanted["thread"] = root
    if any(one and one not in found for one in wanted.values()):
        raise MessageNotFound
    return {name: one for name, one in wanted.items() if one}


def quoted(stored: Iterable[StoredMessage]) -> Quoted:
    """The messages that these answer, as they are today, without what a quote does not need."""
    ids = {one["reply_to"] for one in stored if "reply_to" in one}
    if not ids:
        return {}
    fields = dict.fromkeys(("seq", "sender", "origin", "on_behalf_of", "body"), 1)
    return {one["_id"]: one for one in Message._get_collection().find({"_id": {"$in": list(ids)}}, fields)}


def reply_counts(stored: Sequence[StoredMessage], as_of: int | None = None) -> dict[ObjectId, int]:
    """How many messages that are not deleted hang on each of these: now, or as of that change of their room."""
    roots = [one["_id"] for one in stored if "thread" not in one]
    if not roots:
        return {}
    live: dict[str, Any] = {"deleted_at": None}
    if as_of is not None:
        deleted_later = {"changes": {"$elemMatch": {"kind": "deleted", "n": {"$gt": as_of}}}}
        live = {"changes.0.n": {"$lte": as_of}, "$or": [live, deleted_later]}
    pipeline: list[dict[str, Any]] = [
        {"$match": {"thread": {"$in": roots}, **live}},
        {"$group": {"_id": "$thread", "count": {"$sum": 1}}},
    ]
    return {row["_id"]: row["count"] for row in Message.objects.aggregate(pipeline)}


def _live(room_id: ObjectId, ids: list[ObjectId]) -> dict[ObjectId, Mapping[str, Any]]:
    where = {"_id": {"$in": ids}, "room": room_id, "deleted_at": None}
    return {one["_id"]: one for one in Message._get_collection().find(where, {"thread": 1})}
