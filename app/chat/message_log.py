"""The order of a room: where messages and what becomes of them get their places and become durable.

A room has two sequences. A message's `seq` is one more than that of the last message; every change, be it a new
message, an edit or a reaction, has a place `n` one behind that of the last change. No counter hands either out: a batch
claims the next places by writing into them, in order, and the unique indexes (room, seq) and (room, changes.n) refuse
whoever comes second. A change is written by the same atomic update as its effect. So there is never a hole, and nobody
can see place n + 1 before place n, on however many processes: what a client has got up to is all there is. See
docs/adr/0004-message-order.md.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import bson
import bson.errors
from bson import ObjectId
from cachetools import LRUCache
from pymongo import ReturnDocument, timeout
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from app.chat import unconfirmed
from app.chat.documents import StoredMessage
from app.chat.models import Message
from app.chat.places import End, end
from app.errors import Conflict, Unavailable
from app.language import N_
from app.realtime.group_commit import GroupCommit
from app.realtime.later import Later

logger = logging.getLogger(__name__)

DUPLICATE_KEY = 11000
WRITE_SECONDS = 5.0  # how long one batch may take; whoever waits behind it waits at most twice as long
REMEMBERED = 10_000
UNFIT = (bson.errors.BSONError, OverflowError, TypeError, ValueError, RecursionError)  # of what cannot be encoded
MOST_CHARACTERS = 1_000_000  # in one write: a command has at most 16 MB
MOST_CHANGES = 5_000  # of one message: it is one document
MOST_BY_OTHERS = 4_000  # of these before others can change nothing more: its author still can


class NotConfirmed(Unavailable):
    message = N_("The database did not confirm in time, so this may not be saved. Send it again in a few seconds.")


class PlaceTaken(Exception):
    """The update would have given the message something that another has, and that only one may have."""


class TooManyChanges(Conflict):
    code = "too_many_changes"
    message = N_("This message has been changed too often to be changed again. Write a new one.")


@dataclass(frozen=True, slots=True)
class Amendment:
    """A change to a message that is stored: `update` is done where the message fits `where`, and takes a place."""

    message: ObjectId
    room: ObjectId
    kind: str
    update: Mapping[str, Any]
    where: Mapping[str, Any]


class Look:
    """Asks whether what was not confirmed is stored, in its turn: so it is told before what is written after that."""


Item = StoredMessage | Amendment | Look
Numbered = tuple[int, StoredMessage]  # with its place in the batch
Outcome = tuple[StoredMessage | None, bool] | Exception

# How far a room is as far as this process knows. Only a guess to try first: the indexes decide.
_ends: LRUCache[ObjectId, End] = LRUCache(REMEMBERED)
# Rooms in which this process has written, for whoever follows the changes at leisure.
_written: set[ObjectId] = set()


def append(message: StoredMessage) -> tuple[StoredMessage, bool]:
    """Store `message` at the end of its room; durable when this returns.

    Returns the stored message and whether it is new: one that was sent before comes back as it is. Errors:
    `NotConfirmed`, after which it may or may not be stored, so that the sender should try again with the same
    client_message_id.
    """
    return appending(message).wait()


def appending(message: StoredMessage) -> Later[tuple[StoredMessage, bool]]:
    """The same without waiting for it."""
    return _commits.later(message).followed_by(_confirmed)


def _confirmed(outcome: tuple[StoredMessage | None, bool]) -> tuple[StoredMessage, bool]:
    stored, is_new = outcome
    if stored is None:
        raise NotConfirmed
    return stored, is_new


def amend(
    message: StoredMessage, kind: str, update: Mapping[str, Any], where: Mapping[str, Any] | None = None
) -> StoredMessage | None:
    """Change a stored message by one of MongoDB's updates, as the room's next change; durable when this returns.

    Returns the message as it is then, or None, and no place is taken, if by now it does not fit `where`. Errors:
    `TooManyChanges`; `PlaceTaken` by a unique index of its own; `NotConfirmed`, after which the change may or may not
    be made.
    """
    bson.encode(update)
    stored, _ = _commits.submit(Amendment(message["_id"], message["room"], kind, update, where or {}))
    if stored is None and Message._get_collection().find_one({"_id": message["_id"], **_full(kind)}, {"_id": 1}):
        raise TooManyChanges
    return stored


def _full(kind: str) -> dict[str, Any]:
    """What a message is like that takes no more changes of this kind: there is a last one.

    Anyone may react and pin, so these end earlier; what was changed as often as it can be is deleted all the same.
    """
    most = {"reacted": MOST_BY_OTHERS, "pinned": MOST_BY_OTHERS, "deleted": MOST_CHANGES + 1}.get(kind, MOST_CHANGES)
    return {f"changes.{most - 1}": {"$exists": True}}


def look() -> None:
    """Tell of what was stored without being confirmed, as far as the database answers by now."""
    if unconfirmed.is_any():
        with suppress(NotConfirmed):
            _commits.submit(Look())


def take_written() -> set[ObjectId]:
    """The rooms in which this process has written since this was asked before."""
    global _written
    written, _written = _written, set()
    return written


def _write(batch: list[Item]) -> list[Outcome]:
    outcomes: dict[int, Outcome] = {}
    try:
        with timeout(WRITE_SECONDS):
            for is_message, run in groupby(enumerate(batch), lambda pair: isinstance(pair[1], dict)):
                if is_message:
                    _insert_all(list(run), outcomes)  # type: ignore[arg-type]
                else:
                    outcomes.update((index, _do(item)) for index, item in run)  # type: ignore[arg-type]
    except PyMongoError as error:
        # Not its text, which may quote messages.
        logger.error("%d writes are not confirmed: %s", len(batch) - len(outcomes), type(error).__name__)  # noqa: TRY400
        _ends.clear()
        for index, item in enumerate(batch):
            if index not in outcomes:
                outcomes[index] = NotConfirmed()
                if isinstance(item, dict):
                    unconfirmed.note(item)
    return [outcomes[index] for index in range(len(batch))]


def _do(item: Amendment | Look) -> Outcome:
    if isinstance(item, Amendment):
        return _amend(item)
    _written.update(unconfirmed.tell())
    return None, False


def _amend(amendment: Amendment) -> Outcome:
    """Try the next place until it is free. Each round some process gets on, so nobody tries for ever."""
    query = {"_id": amendment.message, **amendment.where, "$nor": [_full(amendment.kind)]}
    while True:
        known = _known_end(amendment.room)
        change = {"$push": {"changes": {"n": known.change + 1, "kind": amendment.kind}}}
        try:
            stored: StoredMessage | None = Message._get_collection().find_one_and_update(
                query, _merged(amendment.update, change), return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError as error:
            if "changes.n" not in (error.details or {}).get("keyPattern", {}):
                return PlaceTaken()
            _ends.pop(amendment.room, None)
            continue
        if stored is not None:
            _ends[amendment.room] = known._replace(change=known.change + 1)
            _written.add(amendment.room)
        return stored, False


def _merged(update: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {**update.get(name, {}), **more.get(name, {})} for name in update.keys() | more.keys()}


def _insert_all(pending: list[Numbered], outcomes: dict[int, Outcome]) -> None:
    while pending:
        pending = pending[_insert(pending[: _fitting(pending)], outcomes) :]


def _fitting(pending: list[Numbered]) -> int:
    """How many are sure to be small enough for one command."""
    characters = 0
    for count, (_, message) in enumerate(pending):
        characters += len(message["body"])
        if characters > MOST_CHARACTERS:
            return max(count, 1)
    return len(pending)


def _insert(pending: list[Numbered], outcomes: dict[int, Outcome]) -> int:
    """Insert from the front, in order, until one is refused. Returns how many of `pending` are settled."""
    lasts = _number([message for _, message in pending])
    try:
        _store([message for _, message in pending])
    except UNFIT:
        return _pass_over_unfit(pending, outcomes)
    except BulkWriteError as error:
        if error.details["writeConcernErrors"]:
            raise  # written perhaps, but not durable
        written, refusal = error.details["nInserted"], error.details["writeErrors"][0]
        _settle_new(pending[:written], outcomes)
        if refusal["code"] != DUPLICATE_KEY:
            raise
        return int(written) + _settle_refused(pending[written], refusal, outcomes)
    _ends.update(lasts)
    _written.update(lasts)
    for index, message in pending:
        outcomes[index] = (message, True)
    return len(pending)


def _pass_over_unfit(pending: list[Numbered], outcomes: dict[int, Outcome]) -> int:
    """Nothing was sent, because one could not be encoded: settle those up to the first such one."""
    for place, (index, message) in enumerate(pending):
        try:
            bson.encode(message)
        except UNFIT as error:
            outcomes[index] = error
            _insert_all(pending[:place], outcomes)
            return place + 1
    raise RuntimeError("a batch cannot be encoded, although each of its messages can")


def _store(messages: list[StoredMessage]) -> None:
    """Insert in order, until one is refused. Errors: `BulkWriteError`, as of insert_many.

    The command itself, because insert_many spends several times on a document what it takes to encode it. It tries
    again when the connection is lost, the command does not: so what went wrong goes that way.
    """
    collection = Message._get_collection()
    concern = collection.write_concern.document
    try:
        reply = collection.database.command("insert", collection.name, documents=messages, writeConcern=concern)
    except PyMongoError:
        collection.insert_many(messages, ordered=True)
        return
    if "writeErrors" in reply or "writeConcernError" in reply:
        concerns = [reply["writeConcernError"]] if "writeConcernError" in reply else []
        refusals = reply.get("writeErrors", [])
        raise BulkWriteError({"nInserted": reply["n"], "writeErrors": refusals, "writeConcernErrors": concerns})


def _known_end(room: ObjectId) -> End:
    known = _ends.get(room)
    if known is None:
        known = _ends[room] = end(room)
        # Before anything is written behind them. One that is stored only after the end was read, by a database that was
        # slow to read what it was sent, takes the place that is claimed next: that is refused, and all this done again.
        _written.update(unconfirmed.tell(room))
    return known


def _number(messages: list[StoredMessage]) -> dict[ObjectId, End]:
    """Give each its places; returns how far the rooms are with them."""
    lasts: dict[ObjectId, End] = {}
    for message in messages:
        room = message["room"]
        last = lasts.get(room) or _known_end(room)
        seq, change = last[0] + 1, last[1] + 1
        message["seq"], message["changes"] = seq, [{"n": change, "kind": "created"}]
        lasts[room] = End(seq, change)
    return lasts


def _settle_new(written: list[Numbered], outcomes: dict[int, Outcome]) -> None:
    for index, message in written:
        _ends[message["room"]] = End(message["seq"], message["changes"][0]["n"])
        _written.add(message["room"])
        outcomes[index] = (message, True)


def _settle_refused(refused: Numbered, refusal: dict[str, Any], outcomes: dict[int, Outcome]) -> int:
    """A place that another process took is claimed anew (0 settled); a message that is there already is answered."""
    index, message = refused
    if "room" in refusal["keyPattern"]:
        _ends.pop(message["room"], None)
        return 0
    # A write that changes nothing, because a write waits for the journal: another process may just be storing this.
    key = {name: message[name] for name in ("sender", "origin", "client_message_id")}
    first = Message._get_collection().find_one_and_update(key, {"$set": key})
    if first is None:
        raise DuplicateKeyError(str(refusal["errmsg"]))
    # News if it is the very document, stored as the connection was lost, or one that nobody was told of.
    outcomes[index] = (first, first["_id"] == message["_id"] or unconfirmed.settle(first["_id"]))
    return 1


_commits: GroupCommit[Item, tuple[StoredMessage | None, bool]] = GroupCommit(_write)
