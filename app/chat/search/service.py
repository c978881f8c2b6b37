"""Searching over all the rooms that one is in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, tzinfo
from http import HTTPStatus
from zoneinfo import ZoneInfo

import gevent
from bson import ObjectId
from gevent.lock import BoundedSemaphore
from pymongo import timeout
from pymongo.errors import ExecutionTimeout
from typing_extensions import TypedDict

from app.auth.models import User
from app.chat import memberships, payloads, rooms
from app.chat.documents import StoredMessage
from app.chat.forms import SearchQuery
from app.chat.models import Message
from app.chat.payloads import MessagePayload
from app.chat.search import entries, finder, names, query, ranking
from app.chat.search.entries import by, for_, has
from app.chat.search.finder import Hit, Wanted
from app.chat.search.matching import Highlight, highlights
from app.chat.search.query import Query
from app.errors import BadInput, StandinError, Unavailable
from app.language import N_

SECONDS = 4.0
MOST_RANKED = 1_000  # of what fits, the newest: among these are the best
_searching, WAITING_SECONDS = BoundedSemaphore(4), 5.0  # at once: whatever is searched for, the database has time left


class Result(TypedDict):
    """A message that fits, the name of its room, and where in its body the words are."""

    message: MessagePayload
    room_name: str
    highlights: list[Highlight]


class Results(TypedDict):
    """A page of results. `more`: there may be others, `before` the message `next`."""

    results: list[Result]
    more: bool
    next: str | None


class SearchTooBroad(StandinError):
    status, code = HTTPStatus.UNPROCESSABLE_ENTITY, "search_too_broad"
    message = N_("This would take too long. Add a rarer word, or say where or when: in:room, from:name, after:2026-01.")


class TooManySearches(Unavailable):
    message = N_("Too much is being searched for at the moment. Try again in a few seconds.")


def search(user_id: ObjectId, form: SearchQuery) -> Results:
    """A page of the messages that fit, of the rooms that the user is in at this moment. Errors: `BadInput`,
    `SearchTooBroad`, `TooManySearches`."""
    if not _searching.acquire(timeout=WAITING_SECONDS):
        raise TooManySearches
    try:
        with timeout(SECONDS):
            return _search(user_id, form)
    except ExecutionTimeout:
        raise SearchTooBroad from None
    finally:
        _searching.release()


def _search(user_id: ObjectId, form: SearchQuery) -> Results:
    zone = _zone(user_id, form.tz)
    asked = query.parse(form.q, datetime.now(zone).date())
    mine = rooms.names(user_id, memberships.of(user_id))
    wanted = _wanted(user_id, asked, mine, zone)
    cursor = _cursor(form.before, mine)
    ids, following = (_newest if form.sort == "newest" else _best)(wanted, cursor, form.limit)
    return {
        "results": list(_results(ids, wanted, mine)),
        "more": following is not None,
        "next": str(following) if following else None,
    }


def _zone(user_id: ObjectId, name: str | None) -> tzinfo:
    """Whose days are meant: as asked, else as the user has told, else UTC."""
    if not name:
        user = User._get_collection().find_one({"_id": user_id}, {"time_zone": 1}) or {}
        name = user.get("time_zone") or "UTC"
    return ZoneInfo(name)


def _wanted(user_id: ObjectId, asked: Query, mine: Mapping[ObjectId, str], zone: tzinfo) -> Wanted:
    excluded_rooms = names.rooms(mine, asked.rooms.excluded)
    inside = names.rooms(mine, asked.rooms.wanted) if asked.rooms.wanted else list(mine)
    wrote = for_ if "standin" in asked.marks.wanted else by
    marks = [[has(what)] for what in asked.marks.wanted]
    if asked.people.wanted:
        marks.append([wrote(person) for person in names.people(user_id, asked.people.wanted)])
    not_by = [wrote(person) for person in names.people(user_id, asked.people.excluded)]
    return Wanted(
        rooms=[room for room in inside if room not in excluded_rooms],
        terms=asked.terms,
        excluded=asked.excluded,
        marks=marks,
        excluded_marks=[*map(has, asked.marks.excluded), *not_by],
        since=_start(asked.since, zone),
        until=_start(asked.until, zone),
    )


def _start(day: date | None, zone: tzinfo) -> int | None:
    return entries.place_at(datetime.combine(day, time(), zone)) if day else None


def _cursor(message_id: ObjectId | None, mine: Mapping[ObjectId, str]) -> Hit | None:
    """Where a page begins: behind a message of one's own rooms, which may be deleted by now."""
    if message_id is None:
        return None
    found = Message._get_collection().find_one({"_id": message_id, "room": {"$in": list(mine)}}, {"created_at": 1})
    if found is None:
        sentence = N_("This is no message of your rooms: send the next of the page before, or search from the start.")
        raise BadInput(sentence, {"before": sentence})
    return Hit(entries.place_of(found), message_id)


def _newest(wanted: Wanted, cursor: Hit | None, limit: int) -> tuple[list[ObjectId], ObjectId | None]:
    found = finder.find(wanted, cursor and cursor.place, limit)
    ids = [hit.id for hit in found.hits]
    if found.horizon is None:
        return ids, None
    return ids, ids[-1] if len(ids) == limit else finder.message_at(wanted, found.horizon)


def _best(wanted: Wanted, cursor: Hit | None, limit: int) -> tuple[list[ObjectId], ObjectId | None]:
    ids = ranking.best([hit.id for hit in finder.find(wanted, None, MOST_RANKED).hits], wanted.terms)
    if cursor:
        ids = ids[ids.index(cursor.id) + 1 :] if cursor.id in ids else []
    return ids[:limit], ids[limit - 1] if len(ids) > limit else None


def _results(ids: Sequence[ObjectId], wanted: Wanted, mine: Mapping[ObjectId, str]) -> Iterator[Result]:
    """The messages as they are now, without those that by now do not fit: entries come a moment after the messages."""
    query = {"_id": {"$in": list(ids)}, "room": {"$in": list(wanted.rooms)}}
    found = {message["_id"]: message for message in Message._get_collection().find(query)}
    stored = [found[one] for one in ids if one in found and _fits(found[one], wanted)]
    for one, message in zip(stored, payloads.messages(stored), strict=True):
        gevent.sleep(0)  # long messages take a while
        yield {
            "message": message,
            "room_name": mine[one["room"]],
            "highlights": highlights(one["body"], wanted.terms),
        }


def _fits(message: StoredMessage, wanted: Wanted) -> bool:
    text = entries.make(message).get("text")
    return text is not None and finder.fits(text, wanted)
