"""Who is writing in which room. Kept by nobody and told to those who are there: it is over in seconds."""

from __future__ import annotations

import time

import gevent
from bson import ObjectId

from app.chat import broadcasts, directory, memberships
from app.chat.payloads import Person

LASTS_SECONDS = 5.0
AGAIN_SECONDS = 1.0  # what is said more often than that is not told again

Where = tuple[ObjectId, ObjectId]

_writing: dict[Where, tuple[float, gevent.Greenlet]] = {}  # since when it was told last, and what ends it
_noted: dict[Where, float] = {}  # when a process said so last, by way of `note`


def start(user_id: ObjectId, room_id: ObjectId) -> bool:
    """The user writes: tell the room, at most once a second; it is over after five without a word. Whether it was told.

    Errors: `NotAMember`, `RoomArchived`.
    """
    memberships.check_writable(user_id, room_id)
    person, key, moment = _person(user_id), (user_id, room_id), time.monotonic()
    told_at, ending = _writing.get(key, (0.0, None))
    if ending is not None:
        ending.kill(block=False)
    is_due = ending is None or moment - told_at >= AGAIN_SECONDS
    _writing[key] = (moment if is_due else told_at, gevent.spawn_later(LASTS_SECONDS, _end, key, person))
    if is_due:
        broadcasts.typing_started(room_id, person)
    return is_due


def stop(user_id: ObjectId, room_id: ObjectId) -> None:
    """The user writes no more, there. Errors: `NotAMember`."""
    memberships.check(user_id, room_id)
    _stop((user_id, room_id))


def is_writing(user_id: ObjectId, room_id: ObjectId) -> bool:
    """Whether the user writes there, here or, a moment ago, by way of another process."""
    key = (user_id, room_id)
    return key in _writing or time.monotonic() - _noted.get(key, -LASTS_SECONDS) < LASTS_SECONDS


def note(user_id: ObjectId, room_id: ObjectId) -> None:
    """The user writes there, says another process, or this one."""
    moment = time.monotonic()
    for key in [key for key, noted_at in _noted.items() if moment - noted_at >= LASTS_SECONDS]:
        del _noted[key]
    _noted[user_id, room_id] = moment


def sent(user_id: ObjectId, room_id: ObjectId) -> None:
    """What the user was writing has been said."""
    if _writing and (user_id, room_id) in _writing:  # every message asks, and the key costs more than the look
        _stop((user_id, room_id))


def left(user_id: ObjectId) -> None:
    """A connection of the user is gone: if they still write on another, that says so within a second or so."""
    for key in [key for key in _writing if key[0] == user_id]:
        _stop(key)


def _stop(key: Where) -> None:
    _noted.pop(key, None)
    _, ending = _writing.get(key, (0.0, None))
    if ending is not None:
        person = _person(key[0])
        ending.kill(block=False)
        _end(key, person)


def _end(key: Where, person: Person) -> None:
    if _writing.pop(key, None) is not None:
        broadcasts.typing_stopped(key[1], person)


def _person(user_id: ObjectId) -> Person:
    return {"id": str(user_id), "name": directory.names([user_id])[user_id]}
