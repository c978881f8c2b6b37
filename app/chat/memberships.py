"""Who is in which room. Permission is finding the room through one's own membership."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import gevent
from bson import ObjectId
from cachetools import TTLCache
from mongoengine.errors import NotUniqueError
from pymongo import timeout
from pymongo.errors import PyMongoError

from app.auth.models import User
from app.chat.models import LOBBY, Membership, Room
from app.database.together import Together
from app.errors import Conflict, NotFound
from app.language import N_, gettext
from app.realtime.group_commit import GroupCommit
from app.remembered import Remembered

logger = logging.getLogger(__name__)

ROLL_SECONDS = 2  # how long a process that was not told may not know a new member whom a text names
SECONDS = 10  # how long a process that was not told may let someone in who has just been taken out of a room
READ_SECONDS = 5.0
MOST_AT_ONCE = 20  # looked up by one question: MongoDB plans for each pair by itself


@dataclass(frozen=True, slots=True)
class Place:
    """A room as one member finds it."""

    kind: str
    key: str | None
    is_archived: bool
    role: str

    @property
    def is_lobby(self) -> bool:
        return self.key == LOBBY


@dataclass(frozen=True, slots=True)
class Seat:
    """A membership as its user is told of it."""

    room: ObjectId
    role: str
    involvement: str
    last_read_seq: int

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Seat:
        role, involvement = stored.get("role", "member"), stored.get("involvement", "everything")
        return cls(stored["room"], role, involvement, stored.get("last_read_seq", 0))


Pair = tuple[ObjectId, ObjectId]  # user and room

# By the bytes of both ids, room first. With each place, from when on it is looked up again if somebody asks, who does
# not wait for that.
_known: Remembered[tuple[Place, float]] = Remembered(100_000)
_rolls: TTLCache[bytes, tuple[ObjectId, ...]] = TTLCache(maxsize=10_000, ttl=ROLL_SECONDS)
_renewing: set[bytes] = set()
_forgotten = 0  # how often something was forgotten: what was looked up before that is not remembered after


class NotAMember(NotFound):
    code = "room_not_found"
    message = N_("There is no such room, or you are not a member of it.")


class RoomArchived(Conflict):
    code = "room_archived"
    message = N_("This room is archived: it can be read, and nothing in it changes any more.")


def check(user_id: ObjectId, room_id: ObjectId) -> Place:
    """The room as this user finds it. Errors: `NotAMember`, whether the room exists or not.

    It is remembered for some seconds: every message asks. Who goes on asking is not made to wait for it again: it is
    renewed before it runs out.
    """
    key = room_id.binary + user_id.binary
    known = _known.get(key)
    if known is None:
        return _look_up(key, user_id, room_id)
    place, stale_at = known
    if time.monotonic() > stale_at and key not in _renewing:
        _renewing.add(key)
        gevent.spawn(_renew, key, user_id, room_id)
    return place


def check_writable(user_id: ObjectId, room_id: ObjectId) -> Place:
    """The same for a room in which something is to be changed. Errors: `NotAMember`, `RoomArchived`."""
    place = check(user_id, room_id)
    if place.is_archived:
        raise RoomArchived
    return place


def forget(room_id: ObjectId, user_id: ObjectId | None = None) -> None:
    """Ask the database again for this room: about one user, or everyone."""
    global _forgotten  # noqa: PLW0603 - as process-wide as what is known
    _forgotten += 1
    room = room_id.binary
    _rolls.pop(room, None)
    if user_id:
        _known.forget(room + user_id.binary)
    else:
        _known.forget_all(room)


def _look_up(key: bytes, user_id: ObjectId, room_id: ObjectId) -> Place:
    before, found = _forgotten, _places.submit((user_id, room_id))
    if before == _forgotten:
        # Not all for as long: who came at once would have to be looked up at once again, every time.
        stale_at = time.monotonic() + SECONDS * random.uniform(0.4, 0.8)  # noqa: S311 - no secret
        _known.put(key, (found, stale_at), SECONDS)
    return found


def _renew(key: bytes, user_id: ObjectId, room_id: ObjectId) -> None:
    try:
        _look_up(key, user_id, room_id)
    except NotAMember:
        _known.forget(key)
    except PyMongoError as error:
        logger.warning("a membership is looked up later: %s", type(error).__name__)
    finally:
        _renewing.discard(key)


def _find(pairs: list[Pair]) -> list[Place | Exception]:
    """Look up who asks at the same moment, some by each question. Without making objects of them: it is often asked."""
    roles: dict[Pair, str] = {}
    with timeout(READ_SECONDS):
        for first in range(0, len(pairs), MOST_AT_ONCE):
            either = [{"room": room, "user": user} for user, room in pairs[first : first + MOST_AT_ONCE]]
            found = Membership._get_collection().find({"$or": either}, {"room": 1, "user": 1, "role": 1})
            roles.update({(one["user"], one["room"]): one.get("role", "member") for one in found})
        ids = list({room for _, room in roles})
        facts = Room._get_collection().find({"_id": {"$in": ids}}, {"kind": 1, "key": 1, "archived_at": 1})
        rooms = {room["_id"]: room for room in facts}
    return [_place(rooms.get(room), roles.get((user, room))) for user, room in pairs]


def _place(room: dict[str, Any] | None, role: str | None) -> Place | Exception:
    if room is None or role is None:
        return NotAMember()
    is_archived = room.get("archived_at") is not None
    return Place(kind=room["kind"], key=room.get("key"), is_archived=is_archived, role=role)


# Many ask at once, when they begin and when what is remembered runs out.
_places: GroupCommit[Pair, Place] = GroupCommit(_find)


def join(user_id: ObjectId, room_id: ObjectId, **values: Any) -> bool:
    """Make a user a member of a room, once: `values` are those of the membership. Whether they were none before."""
    with suppress(NotUniqueError):
        Membership(room=room_id, user=user_id, **values).save(force_insert=True)
        forget(room_id, user_id)
        return True
    return False


def leave(user_id: ObjectId, room_id: ObjectId) -> bool:
    """Make a user no member of a room any more. Whether they were one."""
    was_member = bool(Membership.objects(user=user_id, room=room_id).delete())
    forget(room_id, user_id)
    return was_member


def join_lobby(user_id: ObjectId) -> ObjectId:
    """Every user but guests is in the Lobby. Its id."""
    lobby_id = _lobby()
    join(user_id, lobby_id, came_by="joining")
    return lobby_id


def uninvited(user_id: ObjectId) -> list[ObjectId]:
    """The open rooms that a user is in because they joined by themselves; the Lobby is one."""
    rooms = Membership.objects(user=user_id, came_by__nin=("creation", "invitation")).scalar("room")
    return list(Room.objects(id__in=list(rooms), kind="open").scalar("id"))


def of(user_id: ObjectId) -> dict[ObjectId, Seat]:
    """The memberships of a user by room, as they are when this is called or later."""
    return {seat.room: seat for seat in _seats.ask(user_id) or ()}


def _find_seats(user_ids: list[ObjectId]) -> dict[ObjectId, list[Seat]]:
    seats: dict[ObjectId, list[Seat]] = {}
    for stored in Membership._get_collection().find({"user": {"$in": user_ids}}):
        seats.setdefault(stored["user"], []).append(Seat.of(stored))
    return seats


_seats: Together[ObjectId, list[Seat]] = Together(_find_seats)  # after a restart all who come ask at once


def of_all(user_ids: Iterable[ObjectId]) -> set[tuple[ObjectId, ObjectId]]:
    """Which of these users is in which room: pairs of user and room."""
    # Without making objects of them: every minute this is asked for everyone who is connected.
    wanted, fields = {"user": {"$in": list(user_ids)}}, {"_id": 0, "user": 1, "room": 1}
    return {(one["user"], one["room"]) for one in Membership._get_collection().find(wanted, fields)}


def enter(user_id: ObjectId, *, is_guest: bool) -> dict[ObjectId, Seat]:
    """The same as `of` for a user who comes in. What was cut short is made up for: whoever signed up joins the Lobby,
    whoever became a guest leaves the rooms that nobody invited them to."""
    rooms = of(user_id)
    if not is_guest and _lobby() in rooms:
        return rooms
    if not is_guest:
        join_lobby(user_id)
        is_guest = bool(guests([user_id]))  # who became one meanwhile may have left too early
    for room_id in uninvited(user_id) if is_guest else ():
        leave(user_id, room_id)
    return of(user_id)


def acquaintances(user_id: ObjectId) -> set[ObjectId]:
    """Everyone with whom a user shares a room, themselves too."""
    return {user_id, *Membership.objects(room__in=list(of(user_id))).distinct("user")}


def guests(user_ids: Iterable[ObjectId]) -> set[ObjectId]:
    """Which of these users are guests."""
    return set(User.objects(id__in=list(user_ids), role="guest").scalar("id"))


def rooms_with_guests(user_id: ObjectId) -> list[ObjectId] | None:
    """The rooms of a user in which any guest is; None where there are no guests at all."""
    everywhere = _all_guests.ask(None)
    if not everywhere:
        return None
    return list(Membership.objects(user__in=everywhere, room__in=list(of(user_id))).distinct("room"))


def _find_all_guests(_: list[None]) -> dict[None, list[ObjectId]]:
    return {None: [one["_id"] for one in User._get_collection().find({"role": "guest"}, {"_id": 1})]}


_all_guests: Together[None, list[ObjectId]] = Together(_find_all_guests)


def size(room_id: ObjectId) -> int:
    """How many members a room has."""
    return int(Membership.objects(room=room_id).count())


def members_of(room_id: ObjectId) -> list[ObjectId]:
    found = Membership._get_collection().find({"room": room_id}, {"_id": 0, "user": 1})
    return [one["user"] for one in found]


def roll(room_id: ObjectId) -> tuple[ObjectId, ...]:
    """The members of a room, remembered for a moment: the same object as long as that is. For whom a text may name."""
    if (known := _rolls.get(room_id.binary)) is not None:
        return known
    before, found = _forgotten, tuple(members_of(room_id))
    if before == _forgotten:
        _rolls[room_id.binary] = found
    return found


def among(room_id: ObjectId, user_ids: Iterable[ObjectId]) -> list[ObjectId]:
    """Which of these users are in the room."""
    return list(Membership.objects(room=room_id, user__in=list(user_ids)).scalar("user"))


def is_pair(room_id: ObjectId) -> bool:
    """Whether a room has just two members."""
    return bool(Membership.objects(room=room_id).limit(3).count(with_limit_and_skip=True) == 2)


def pairs(room_ids: Iterable[ObjectId]) -> set[ObjectId]:
    """Those of these rooms that have just two members."""
    pipeline: list[dict[str, Any]] = [
        {"$match": {"room": {"$in": list(room_ids)}}},
        {"$group": {"_id": "$room", "count": {"$sum": 1}}},
        {"$match": {"count": 2}},
    ]
    return {row["_id"] for row in Membership.objects.aggregate(pipeline)}


def _lobby() -> ObjectId:
    return _lobbies.ask(LOBBY) or _make_lobby()


def _find_lobby(keys: list[str]) -> dict[str, ObjectId]:
    return {one["key"]: one["_id"] for one in Room._get_collection().find({"key": {"$in": keys}}, {"key": 1})}


_lobbies: Together[str, ObjectId] = Together(_find_lobby)


def _make_lobby() -> ObjectId:
    """In the language of whoever is here first. Administrators may call it something else."""
    with suppress(NotUniqueError):  # another process made it at the same moment
        Room(name=gettext("Lobby"), kind="open", key=LOBBY).save(force_insert=True)
    lobby_id: ObjectId = Room.objects(key=LOBBY).get().id
    return lobby_id
