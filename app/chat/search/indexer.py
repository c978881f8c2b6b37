"""Keeps the search entries up to date, behind the messages: whoever sends never waits for it.

It follows the changes of each room from a durable mark on, so that nothing is left out whoever is killed when, and
doing something twice changes nothing. What was written here a moment ago comes first; then what was never indexed.

Many rooms with a little news each are one page together: what a page costs is its questions to the database, more than
its messages.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import gevent
from bson import ObjectId
from cachetools import LRUCache
from pymongo import ReplaceOne, UpdateOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, PyMongoError

from app.chat import message_log, places
from app.chat.documents import StoredMessage
from app.chat.message_log import DUPLICATE_KEY
from app.chat.models import Room, SearchEntry, SearchMark
from app.chat.search import entries, tokens
from app.chat.search.entries import Entry

PAGE = 200  # changes at a time
PAGE_OF_NEWS = 40  # of what is said at this moment: those who say it wait for the page that is written, in the journal
ROOMS_OF_A_PAGE = 20  # at most: each has its share of it
LOOK_SECONDS = 0.25  # between two looks for what is new
SLICE = 20  # messages of which entries are made before others get their turn
# Rests for each page, of which making it takes some hundredths of a second: whoever is here to talk comes first.
REST_SECONDS, REST_SECONDS_WHEN_BUSY = 0.03, 0.5
BUSY_SECONDS = 0.02  # that the loop takes to come round when others have much to do
MANY_FRESH = 250  # entries of a room that get their words together: that touches a small part of the index
ROOMS_AT_ONCE = 500
_recent: dict[ObjectId, None] = {}  # ordered sets
_backlog: dict[ObjectId, None] = {}
# How many fresh entries a room has, as far as this process knows: asked once, then counted. A guess does.
_fresh: LRUCache[ObjectId, int] = LRUCache(10_000)


def follow() -> None:
    """Index what is new, some rooms and a page at a time, until there is nothing left.

    What is said meanwhile is looked for only now and then, so that a page has some of it: in a busy hour there would
    otherwise be a page for each message, and whoever sends would wait for one all the time.
    """
    looked_at = 0.0
    while True:
        if (moment := time.monotonic()) - looked_at >= LOOK_SECONDS:
            _recent.update(dict.fromkeys(message_log.take_written()))
            looked_at = moment
        queue, most = (_recent, PAGE_OF_NEWS) if _recent else (_backlog, PAGE)
        if not queue:
            return
        share = _next_page(list(islice(queue, ROOMS_OF_A_PAGE)), most) / PAGE
        gevent.sleep(share * (REST_SECONDS_WHEN_BUSY if _is_busy() else REST_SECONDS))


def sweep() -> None:
    """Find the rooms that are not indexed to their end: what other processes left, earlier versions, an import."""
    rooms = list(Room.objects.scalar("id"))
    random.shuffle(rooms)  # several processes do this, and should not all begin with the same
    for first in range(0, len(rooms), ROOMS_AT_ONCE):
        some = rooms[first : first + ROOMS_AT_ONCE]
        marks = _marks(some)
        behind = [room for room, end in places.ends(some).items() if end.change > marks.get(room, 0)]
        _backlog.update(dict.fromkeys(behind))


def index(room: ObjectId) -> int:
    """Index the next page of changes of one room. How many they were."""
    return _index([room], PAGE)[room]


def _index(rooms: Sequence[ObjectId], most: int) -> Counter[ObjectId]:
    """Index the next changes of these rooms, of each its share of a page. How many they were."""
    marks = _marks(rooms)
    found = places.changes_of({room: marks.get(room, 0) for room in rooms}, most // len(rooms))
    if found:
        messages = {message["_id"]: message for _, message in found}
        _write(list(messages.values()))
        _advance({message["room"]: change["n"] for change, message in found})
        for room, count in Counter(message["room"] for message in messages.values()).items():
            _settle(room, count)
    return Counter(message["room"] for _, message in found)


def _is_busy() -> bool:
    began = time.monotonic()
    gevent.sleep(0)
    return time.monotonic() - began > BUSY_SECONDS


def _next_page(rooms: Sequence[ObjectId], most: int) -> int:
    """How many changes it has. A room of which there may be more queues up again; so do all of a page that failed."""
    for room in rooms:
        _recent.pop(room, None)
        _backlog.pop(room, None)
    try:
        counts = _index(rooms, most)
    except PyMongoError:
        _backlog.update(dict.fromkeys(rooms))
        raise
    share = most // len(rooms)
    _backlog.update(dict.fromkeys(room for room, count in counts.items() if count == share))
    return counts.total()


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


def _settle(room: ObjectId, more: int) -> None:
    """Give a room's fresh entries their words, if with `more` of them there are many."""
    fresh = {"room": room, "is_fresh": True}
    known = _fresh.get(room)
    count = _entries().count_documents(fresh, limit=MANY_FRESH, hint="fresh") if known is None else known + more
    if count >= MANY_FRESH:
        _give_words(fresh)
        count = 0
    _fresh[room] = count


def _give_words(fresh: Mapping[str, Any]) -> None:
    """A few at a time: together they keep a core of the database busy for as long as ten messages take to be stored."""
    words = {"$setUnion": [{"$split": [{"$trim": {"input": "$text", "chars": " "}}, " "]}]}
    while ids := [entry["_id"] for entry in _entries().find(fresh, {"_id": 1}, hint="fresh", limit=SLICE)]:
        _entries().update_many({"_id": {"$in": ids}}, [{"$set": {"words": words}}, {"$unset": "is_fresh"}])
        gevent.sleep(REST_SECONDS)


def _marks(rooms: Iterable[ObjectId]) -> dict[ObjectId, int]:
    # Without making objects of them: this is asked for every page.
    found = SearchMark._get_collection().find({"_id": {"$in": list(rooms)}, "version": tokens.VERSION})
    return {mark["_id"]: mark["change"] for mark in found}


def _advance(reached: Mapping[ObjectId, int]) -> None:
    """Note for each room up to which change it is indexed, unless another process is further."""
    updates = [
        UpdateOne(
            {"_id": room, "$or": _older(change)},
            {"$set": {"version": tokens.VERSION, "change": change}},
            upsert=True,
        )
        for room, change in reached.items()
    ]
    try:
        SearchMark._get_collection().bulk_write(updates, ordered=False)
    except BulkWriteError as error:
        _duplicates(error)


def _older(change: int) -> list[dict[str, Any]]:
    return [{"version": {"$ne": tokens.VERSION}}, {"change": {"$lt": change}}]


def _entries() -> Collection[Any]:
    collection: Collection[Any] = SearchEntry._get_collection()
    return collection
