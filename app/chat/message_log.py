"""The order of a room: where messages get their places and become durable.

A message's `seq` is one more than the last of its room. No counter hands it out: a batch claims the next places by
inserting into them, in order, and the unique index (room, seq) refuses whoever comes second. So there is never a
hole, and nobody can see place n + 1 before place n, on however many processes: what a client has read up to is
all there is. See docs/adr/0004-message-order.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypedDict

from bson import ObjectId
from cachetools import LRUCache
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from app.chat.models import Message
from app.errors import Unavailable
from app.realtime.group_commit import GroupCommit

DUPLICATE_KEY = 11000
ROOMS_REMEMBERED = 10_000


class StoredMessage(TypedDict):
    """A document of the messages collection."""

    _id: ObjectId
    room: ObjectId
    seq: int
    sender: ObjectId
    origin: str
    on_behalf_of: ObjectId | None
    body: str
    client_message_id: str
    socket_id: str | None
    created_at: Any


# The last seq of a room as far as this process knows. Only a guess to try first: the index decides.
_last_seqs: LRUCache[ObjectId, int] = LRUCache(ROOMS_REMEMBERED)


def append(message: StoredMessage) -> tuple[StoredMessage, bool]:
    """Store `message` at the end of its room; durable when this returns.

    Returns the stored message and whether it is new: one that was sent before comes back as it is. Errors:
    `Unavailable`, after which it may or may not be stored, so that the sender should try again with the same
    client_message_id.
    """
    return _commits.submit(message)


def last_seqs(rooms: Iterable[ObjectId]) -> dict[ObjectId, int]:
    """The last seq of each of these rooms that has any message. One pass over the index on (room, seq)."""
    pipeline: list[dict[str, Any]] = [
        {"$match": {"room": {"$in": list(rooms)}}},
        {"$sort": {"room": -1, "seq": -1}},
        {"$group": {"_id": "$room", "seq": {"$first": "$seq"}}},
    ]
    return {row["_id"]: row["seq"] for row in Message.objects.aggregate(pipeline)}


def _write(batch: list[StoredMessage]) -> list[tuple[StoredMessage, bool] | Exception]:
    outcomes: dict[int, tuple[StoredMessage, bool] | Exception] = {}
    pending = list(enumerate(batch))
    while pending:
        try:
            written = _insert(pending, outcomes)
        except PyMongoError as error:
            _last_seqs.clear()
            failure = Unavailable()
            failure.__cause__ = error
            outcomes.update((index, failure) for index, _ in pending)
            break
        pending = pending[written:]
    return [outcomes[index] for index in range(len(batch))]


def _insert(pending: list[tuple[int, StoredMessage]], outcomes: dict[int, Any]) -> int:
    """Insert from the front, in order, until one is refused. Returns how many of `pending` are settled."""
    _number([message for _, message in pending])
    try:
        Message._get_collection().insert_many([message for _, message in pending], ordered=True)
    except BulkWriteError as error:
        settled: int = error.details["nInserted"]
        _settle_new(pending[:settled], outcomes)
        refused = error.details["writeErrors"][0] if error.details["writeErrors"] else {}
        if refused.get("code") != DUPLICATE_KEY:
            raise
        return settled + _settle_refused(pending[settled], refused, outcomes)
    _settle_new(pending, outcomes)
    return len(pending)


def _number(messages: list[StoredMessage]) -> None:
    unknown = {message["room"] for message in messages} - _last_seqs.keys()
    if unknown:
        found = last_seqs(unknown)
        _last_seqs.update((room, found.get(room, 0)) for room in unknown)
    claimed: dict[ObjectId, int] = {}
    for message in messages:
        room = message["room"]
        claimed[room] = message["seq"] = claimed.get(room, _last_seqs[room]) + 1


def _settle_new(written: list[tuple[int, StoredMessage]], outcomes: dict[int, Any]) -> None:
    for index, message in written:
        _last_seqs[message["room"]] = message["seq"]
        outcomes[index] = (message, True)


def _settle_refused(refused: tuple[int, StoredMessage], error: dict[str, Any], outcomes: dict[int, Any]) -> int:
    """A place that another process took is claimed anew (0 settled); a message that is there already is answered."""
    index, message = refused
    first = Message._get_collection().find_one({key: message[key] for key in ("sender", "origin", "client_message_id")})
    if first is not None:
        outcomes[index] = (first, False)
        return 1
    if "seq" not in error.get("keyPattern", {}):
        raise DuplicateKeyError(str(error.get("errmsg")))
    _last_seqs.pop(message["room"], None)
    return 0


_commits: GroupCommit[StoredMessage, tuple[StoredMessage, bool]] = GroupCommit(_write)
