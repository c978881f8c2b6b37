"""Keeps the search entries up to date, behind the messages: whoever sends never waits for it.

It follows the changes of each room from a durable mark on, so that nothing is left out whoever is killed when, and
doing something twice changes nothing. What was written here a moment ago comes first; then what was never indexed.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import gevent
from bson import ObjectId
from pymongo import ReplaceOne, WriteConcern
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from app.chat import message_log
from app.chat.message_log import DUPLICATE_KEY, StoredMessage
from app.chat.models import Room, SearchEntry, SearchMark
from app.chat.search import entries, tokens
from app.chat.search.entries import Entry

PAGE = 200  # changes at a time
SLICE = 20  # messages of which entries are made before others get their turn
# Rests for each page, of which making it takes some hundredths of a second: whoever is here to talk comes first.
REST_SECONDS, REST_SECONDS_WHEN_BUSY = 0.03, 0.5
BUSY_SECONDS = 0.02  # that the loop takes to come round when others have much to do
MANY_FRESH = 250  # entries of a room that get their words together: that touches a small part of the index
ROOMS_AT_ONCE = 500
# All of it can be made again, so it need not wait for the journal; and what is written later is never there without
# what was written before, so that no mark is ahead of its entries.
SOON = WriteConcern(w=1)

_recent: dict[ObjectId, None] = {}  # ordered sets
_backlog: dict[ObjectId, None] = {}


def follow() -> None:
    """Index what is new, room by room, a page at a time, until there is nothing left."""
    while True:
        _recent.update(dict.fromkeys(message_log.take_written()))
        queue = _recent or _backlog
        if not queue:
            return
        share = _next_page(next(iter(queue))) / PAGE
        gevent.sleep(share * (REST_SECONDS_WHEN_BUSY if _is_busy() else REST_SECONDS))


def sweep() -> None:
    """Find the rooms that are not indexed to their end: what other processes left, earlier versions, an import."""
    rooms = list(Room.objects.scalar("id"))
    random.shuffle(rooms)  # several processes do this, and should not all begin with the same
    for first in range(0, len(rooms), ROOMS_AT_ONCE):
        some = rooms[first : first + ROOMS_AT_ONCE]
        marks = _marks(some)
        behind = [room for room, end in message_log.ends(some).items() if end.change > marks.get(room, 0)]
        _backlog.update(dict.fromkeys(behind))


def index(room: ObjectId) -> int:
    """Index the next page of changes. How many they were."""
    after = _marks([room]).get(room, 0)
    found = message_log.changes(room, after, PAGE)
    if not found:
        return 0
    _write(list({message["_id"]: message for _, message in found}.values()))
    _advance(room, found[-1][0]["n"])
    _settle(room)
    return len(found)


def _is_busy() -> bool:
    began = time.monotonic()
    gevent.sleep(0)
    return time.monotonic() - began > BUSY_SECONDS


def _next_page(room: ObjectId) -> int:
    """How many changes it has. A room whose page was not the last queues up again; so does one that failed."""
    _recent.pop(room, None)
    _backlog.pop(room, None)
    try:
        count = index(room)
    except PyMongoError:
        _backlog[room] = None
        raise
    if count == PAGE:
        _backlog[room] = None
    return count


def _write(messages: Sequence[StoredMessage]) -> None:
    made: list[Entry] = []
    for first in range(0, len(messages), SLICE):
        made += [entries.make(message) for message in messages[first : first + SLICE]]
        gevent.sleep(0)
    _replace(_insert(made))


def _insert(made: Sequence[Entry]) -> list[Entry]:
    """Those that are there already."""
    try:
        _entries().insert_many(made, ordered=False)
    except BulkWriteError as error:
        return [made[refusal["index"]] for refusal in _duplicates(error)]
    return []


def _replace(made: Iterable[Entry]) -> None:
    """Put them in place of older ones; what another process has made of a later change stays."""
    replacements = [
        ReplaceOne({"_id": entry["_id"], "$or": _older(entry["change"])}, entry, upsert=True) for entry in made
    ]
    if replacements:
        try:
            _entries().bulk_write(replacements, ordered=False)
        except BulkWriteError as error:
            _duplicates(error)


def _duplicates(error: BulkWriteError) -> list[dict[str, Any]]:
    refusals: list[dict[str, Any]] = error.details["writeErrors"]
    if error.details["writeConcernErrors"] or any(refusal["code"] != DUPLICATE_KEY for refusal in refusals):
        raise error
    return refusals


def _settle(room: ObjectId) -> None:
    """Give a room's fresh entries their words, if there are many."""
    fresh = {"room": room, "is_fresh": True}
    if _entries().count_documents(fresh, limit=MANY_FRESH, hint="fresh") == MANY_FRESH:
        words = {"$setUnion": [{"$split": [{"$trim": {"input": "$text", "chars": " "}}, " "]}]}
        _entries().update_many(fresh, [{"$set": {"words": words}}, {"$unset": "is_fresh"}], hint="fresh")


def _marks(rooms: Iterable[ObjectId]) -> dict[ObjectId, int]:
    found = SearchMark.objects(room__in=list(rooms), version=tokens.VERSION)
    return {mark.room: mark.change for mark in found}


def _advance(room: ObjectId, change: int) -> None:
    where, mark = {"_id": room, "$or": _older(change)}, {"version": tokens.VERSION, "change": change}
    with suppress(DuplicateKeyError):  # another process is further
        SearchMark._get_collection().with_options(write_concern=SOON).update_one(where, {"$set": mark}, upsert=True)


def _older(change: int) -> list[dict[str, Any]]:
    return [{"version": {"$ne": tokens.VERSION}}, {"change": {"$lt": change}}]


def _entries() -> Collection[Any]:
    collection: Collection[Any] = SearchEntry._get_collection().with_options(write_concern=SOON)
    return collection
