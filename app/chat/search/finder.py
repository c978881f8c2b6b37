"""The entries that fit a search, newest first. MongoDB does the work; no step of it looks at more than a bounded part.

One word of the search, the rarest, is looked up in the index (room, words, place): that gives its entries of each room
by time, and MongoDB merges the rooms. Whatever else is wanted is compared with the text of these entries. Fresh ones,
which are in that index only later, are few, and looked through. Where even the rarest word is frequent, or there is
none, a step looks at a window of the newest entries, and says where it ended. See docs/adr/0007-search.md.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from bson import ObjectId

from app.chat.models import SearchEntry
from app.chat.search.matching import needle
from app.chat.search.query import Term

WINDOW = 20_000  # entries of one step
FREQUENT = 5_000  # so many entries of a word are looked at without a window
FREQUENT_PREFIX = 20_000  # and so many of words that begin alike, which have to be sorted
STEPS_SECONDS = 1.0  # after this a page is answered as far as it is
LAST = (1 << 63) - 1  # behind every place
MOST_SCANS = 200  # that MongoDB merges by itself: internalQueryMaxScansToExplode


@dataclass(frozen=True, slots=True)
class Wanted:
    """All of the terms, and one mark of each of `marks`; none of the excluded. From the place `since` up to `until`."""

    rooms: Sequence[ObjectId]
    terms: Sequence[Term] = ()
    excluded: Sequence[Term] = ()
    marks: Sequence[Sequence[str]] = ()
    excluded_marks: Sequence[str] = ()
    since: int | None = None
    until: int | None = None


class Hit(NamedTuple):
    """An entry that fits."""

    place: int
    id: ObjectId


class Found(NamedTuple):
    """Hits, newest first, and the place before which to go on looking; None if that is all."""

    hits: list[Hit]
    horizon: int | None


class _Way(NamedTuple):
    """How entries are reached: what is asked of which index, how often for each room, and by time or not."""

    match: dict[str, Any]
    key: str
    scans: int = 1
    is_long: bool = True
    is_by_time: bool = True


BY_TIME = _Way({}, "time")
FRESH = _Way({"is_fresh": True}, "fresh")


def find(wanted: Wanted, before: int | None, most: int) -> Found:
    """The newest hits before that place, at most `most`. There may be fewer, and more behind the horizon."""
    deadline = time.monotonic() + STEPS_SECONDS
    ways, found = _ways(wanted), Found([], before)
    while True:
        step = _step(wanted, ways, found.horizon, most - len(found.hits))
        found = Found(found.hits + step.hits, step.horizon)
        if found.horizon is None or len(found.hits) >= most or time.monotonic() > deadline:
            return found


def fits(text: str, wanted: Wanted) -> bool:
    """Whether the text of an entry has what is wanted: what MongoDB is asked for."""
    return (
        all(needle(term) in text for term in wanted.terms)
        and all(any(f" {mark} " in text for mark in marks) for marks in wanted.marks)
        and not any(needle(term) in text for term in wanted.excluded)
        and not any(f" {mark} " in text for mark in wanted.excluded_marks)
    )


def message_at(wanted: Wanted, place: int) -> ObjectId | None:
    """The message that is at a place where a step ended."""
    entry = SearchEntry._get_collection().find_one({"room": {"$in": list(wanted.rooms)}, "place": place}, {"_id": 1})
    return entry["_id"] if entry else None


def _ways(wanted: Wanted) -> list[_Way]:
    """The rarest of what is wanted leads; what is fresh has a way of its own."""
    way = _way_of_a_word(wanted)
    if way.is_long:
        way = _way_of_a_prefix(wanted) or way
    # What is fresh comes first: an entry that gets its words in between is seen twice rather than not at all.
    return [way] if way is BY_TIME else [FRESH, way]


def _way_of_a_word(wanted: Wanted) -> _Way:
    best, least = BY_TIME, FREQUENT
    for alternatives in _words(wanted):
        match = {"words": {"$in": list(alternatives)}}
        count = _count(wanted, match, least)
        if count < least or best is BY_TIME:
            best, least = _Way(match, "word", len(alternatives), is_long=count >= FREQUENT), min(count, least)
    return best


def _way_of_a_prefix(wanted: Wanted) -> _Way | None:
    """The rarest beginning of a word, if it is rare."""
    best, least = None, FREQUENT_PREFIX
    for term in wanted.terms:
        if term.is_prefix:
            match = {"words": {"$regex": f"^{re.escape(term.words[-1])}"}}
            if (count := _count(wanted, match, least)) < least:
                best, least = _Way(match, "word", is_long=False, is_by_time=False), count
    return best


def _words(wanted: Wanted) -> Iterator[Sequence[str]]:
    """What of the index is needed: of each at least one."""
    for term in wanted.terms:
        for word in term.words[:-1] if term.is_prefix else term.words:
            yield (word,)
    yield from wanted.marks


def _count(wanted: Wanted, match: dict[str, Any], most: int) -> int:
    if most == 0:
        return 0
    query = {"room": {"$in": list(wanted.rooms)}, **match}
    return int(SearchEntry._get_collection().count_documents(query, limit=most, hint="word"))


def _step(wanted: Wanted, ways: Sequence[_Way], before: int | None, most: int) -> Found:
    """One window of each way and group of rooms. What is behind the nearest of their ends comes with the next step."""
    steps = [_look(rooms, wanted, way, before, most) for way in ways for rooms in _groups(wanted.rooms, way)]
    horizon = max((step.horizon for step in steps if step.horizon is not None), default=None)
    hits = sorted({hit for step in steps for hit in step.hits if horizon is None or hit.place >= horizon}, reverse=True)
    return Found(hits[:most], hits[most - 1].place) if len(hits) > most else Found(hits, horizon)


def _groups(rooms: Sequence[ObjectId], way: _Way) -> Iterator[Sequence[ObjectId]]:
    """The rooms, as many at a time as MongoDB merges by time."""
    size = max(MOST_SCANS // way.scans, 1) if way.is_by_time else max(len(rooms), 1)
    return (rooms[first : first + size] for first in range(0, len(rooms), size))


def _look(rooms: Sequence[ObjectId], wanted: Wanted, way: _Way, before: int | None, most: int) -> Found:
    reached = {"room": {"$in": list(rooms)}, **way.match}
    since, until = wanted.since or 0, min(place for place in (before, wanted.until, LAST) if place is not None)
    end = _window_end({**reached, "place": {"$gte": since, "$lt": until}}, way) if way.is_long else None
    query = {**reached, "place": {"$gte": end or since, "$lt": until}, "$and": list(_conditions(wanted))}
    found = SearchEntry._get_collection().find(query, {"place": 1}).hint(way.key).sort("place", -1).limit(most + 1)
    hits = [Hit(entry["place"], entry["_id"]) for entry in found]
    return Found(hits[:most], hits[most - 1].place) if len(hits) > most else Found(hits, end)


def _window_end(reached: dict[str, Any], way: _Way) -> int | None:
    """Where the window ends, read from the index alone; None if all is in it."""
    keys = SearchEntry._get_collection().find(reached, {"_id": 0, "place": 1})
    last = next(iter(keys.hint(way.key).sort("place", -1).skip(WINDOW - 1).limit(1)), None)
    return int(last["place"]) if last else None


def _conditions(wanted: Wanted) -> Iterator[dict[str, Any]]:
    """All that is wanted, of the text of an entry: what is deleted has none."""
    yield {"text": {"$exists": True}}
    for term in wanted.terms:
        yield {"text": {"$regex": re.escape(needle(term))}}
    for marks in wanted.marks:
        yield {"text": {"$regex": f" (?:{'|'.join(marks)}) "}}
    for term in wanted.excluded:
        yield {"text": {"$not": {"$regex": re.escape(needle(term))}}}
    if wanted.excluded_marks:
        yield {"text": {"$not": {"$regex": f" (?:{'|'.join(wanted.excluded_marks)}) "}}}
