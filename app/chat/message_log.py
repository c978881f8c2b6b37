"""The order of a room: where messages get their places and become durable.

A message's `seq` is one more than the last of its room. No counter hands it out: a batch claims the next places by
inserting into them, in order, and the unique index (room, seq) refuses whoever comes second. So there is never a
hole, and nobody can see place n + 1 before place n, on however many processes: what a client has read up to is
all there is. See docs/adr/0004-message-order.md.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, TypedDict

import bson
from bson import ObjectId
from cachetools import LRUCache
from pymongo import timeout
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from app.chat.models import Message
from app.errors import Unavailable
from app.realtime.group_commit import GroupCommit

logger = logging.getLogger(__name__)

DUPLICATE_KEY = 11000
WRITE_SECONDS = 5.0  # how long one batch may take; whoever waits behind it waits at most twice as long
REMEMBERED = 10_000


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


class NotConfirmed(Unavailable):
    message = "The database did not confirm in time, so this may not be saved. Send it again in a few seconds."


Once = tuple[ObjectId, str, str]
Numbered = tuple[int, StoredMessage]  # with its place in the batch
Outcome = tuple[StoredMessage, bool] | Exception

# The last seq of a room as far as this process knows. Only a guess to try first: the index decides.
_last_seqs: LRUCache[ObjectId, int] = LRUCache(REMEMBERED)
# Messages whose write was not confirmed. One that turns out to be stored is news to everyone all the same.
_unconfirmed: LRUCache[Once, None] = LRUCache(REMEMBERED)


def append(message: StoredMessage) -> tuple[StoredMessage, bool]:
    """Store `message` at the end of its room; durable when this returns.

    Returns the stored message and whether it is new: one that was sent before comes back as it is. Errors:
    `NotConfirmed`, after which it may or may not be stored, so that the sender should try again with the same
    client_message_id.
    """
    bson.encode(message)  # what cannot be stored fails here, and not everyone in its batch
    return _commits.submit(message)


def last_seqs(rooms: Iterable[ObjectId]) -> dict[ObjectId, int]:
    """The last seq of each of these rooms that has any message. MongoDB reads one key of the index per room."""
    pipeline: list[dict[str, Any]] = [
        {"$match": {"room": {"$in": list(rooms)}}},
        {"$sort": {"room": -1, "seq": -1}},
        {"$group": {"_id": "$room", "seq": {"$first": "$seq"}}},
    ]
    return {row["_id"]: row["seq"] for row in Message.objects.aggregate(pipeline)}


def _write(batch: list[StoredMessage]) -> list[Outcome]:
    outcomes: dict[int, Outcome] = {}
    pending = list(enumerate(batch))
    try:
        with timeout(WRITE_SECONDS):
            while pending:
                pending = pending[_insert(pending, outcomes) :]
    except PyMongoError as error:
        # Not its text, which may quote messages.
        logger.error("%d messages are not confirmed: %s", len(pending), type(error).__name__)  # noqa: TRY400
        _last_seqs.clear()
        for index, message in pending:
            if index not in outcomes:
                _unconfirmed[_once(message)] = None
                outcomes[index] = NotConfirmed()
    return [outcomes[index] for index in range(len(batch))]


def _insert(pending: list[Numbered], outcomes: dict[int, Outcome]) -> int:
    """Insert from the front, in order, until one is refused. Returns how many of `pending` are settled."""
    _number([message for _, message in pending])
    try:
        Message._get_collection().insert_many([message for _, message in pending], ordered=True)
    except BulkWriteError as error:
        if error.details["writeConcernErrors"]:
            raise  # written perhaps, but not durable
        written, refusal = error.details["nInserted"], error.details["writeErrors"][0]
        _settle_new(pending[:written], outcomes)
        if refusal["code"] != DUPLICATE_KEY:
            raise
        return int(written) + _settle_refused(pending[written], refusal, outcomes)
    _settle_new(pending, outcomes)
    return len(pending)


def _number(messages: list[StoredMessage]) -> None:
    rooms = {message["room"] for message in messages}
    lasts = {room: seq for room in rooms if (seq := _last_seqs.get(room)) is not None}
    if unknown := rooms - lasts.keys():
        lasts |= dict.fromkeys(unknown, 0) | last_seqs(unknown)
    for message in messages:
        lasts[message["room"]] += 1
        message["seq"] = lasts[message["room"]]


def _settle_new(written: list[Numbered], outcomes: dict[int, Outcome]) -> None:
    for index, message in written:
        _last_seqs[message["room"]] = message["seq"]
        outcomes[index] = (message, True)
        _was_unconfirmed(message)


def _settle_refused(refused: Numbered, refusal: dict[str, Any], outcomes: dict[int, Outcome]) -> int:
    """A place that another process took is claimed anew (0 settled); a message that is there already is answered."""
    index, message = refused
    if "seq" in refusal["keyPattern"]:
        _last_seqs.pop(message["room"], None)
        return 0
    # A write that changes nothing, because a write waits for the journal: another process may just be storing this.
    key = dict(zip(("sender", "origin", "client_message_id"), _once(message), strict=True))
    first = Message._get_collection().find_one_and_update(key, {"$set": key})
    if first is None:
        raise DuplicateKeyError(str(refusal["errmsg"]))
    outcomes[index] = (first, _was_unconfirmed(message))
    return 1


def _once(message: StoredMessage) -> Once:
    return message["sender"], message["origin"], message["client_message_id"]


def _was_unconfirmed(message: StoredMessage) -> bool:
    """Whether an earlier attempt was not confirmed. It is settled now, so the answer is yes only once."""
    if (once := _once(message)) not in _unconfirmed:
        return False
    del _unconfirmed[once]
    return True


_commits: GroupCommit[StoredMessage, tuple[StoredMessage, bool]] = GroupCommit(_write)
