"""Who is in which room. Permission is finding the room through one's own membership."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from bson import ObjectId
from cachetools import TTLCache
from mongoengine.errors import NotUniqueError

from app.chat.models import LOBBY, Membership, Room
from app.errors import NotFound

SECONDS = 10  # how long another process may let someone in who has just been taken out of a room
_known: TTLCache[tuple[ObjectId, ObjectId], bool] = TTLCache(maxsize=100_000, ttl=SECONDS)


class NotAMember(NotFound):
    code = "room_not_found"
    message = "There is no such room, or you are not a member of it."


def check(user_id: ObjectId, room_id: ObjectId) -> None:
    """Errors: `NotAMember`, whether the room exists or not.

    A yes is remembered for some seconds: every message asks.
    """
    if (user_id, room_id) in _known:
        return
    if not among(room_id, [user_id]):
        raise NotAMember
    _known[user_id, room_id] = True


def join(user_id: ObjectId, room_id: ObjectId) -> None:
    """Make a user a member of a room, once."""
    with suppress(NotUniqueError):
        Membership(room=room_id, user=user_id).save(force_insert=True)


def join_lobby(user_id: ObjectId) -> None:
    """Every user is in the Lobby."""
    join(user_id, _lobby().id)


def of(user_id: ObjectId) -> dict[ObjectId, int]:
    """The rooms a user is in, and up to which seq they have read each."""
    return {membership.room: membership.last_read_seq for membership in Membership.objects(user=user_id)}


def enter(user_id: ObjectId) -> dict[ObjectId, int]:
    """The same for a user who comes in: whose signing up was cut short joins the Lobby now."""
    rooms, lobby = of(user_id), _lobby()
    if lobby.id in rooms:
        return rooms
    join(user_id, lobby.id)
    return of(user_id)


def members_of(room_id: ObjectId) -> list[ObjectId]:
    return list(Membership.objects(room=room_id).scalar("user"))


def among(room_id: ObjectId, user_ids: Iterable[ObjectId]) -> list[ObjectId]:
    """Which of these users are in the room."""
    return list(Membership.objects(room=room_id, user__in=list(user_ids)).scalar("user"))


def is_pair(room_id: ObjectId) -> bool:
    """Whether a room has just two members."""
    return bool(Membership.objects(room=room_id).limit(3).count(with_limit_and_skip=True) == 2)


def _lobby() -> Room:
    return Room.objects(key=LOBBY).first() or _make_lobby()


def _make_lobby() -> Room:
    with suppress(NotUniqueError):  # another process made it at the same moment
        Room(name="Lobby", kind="open", key=LOBBY).save(force_insert=True)
    room: Room = Room.objects(key=LOBBY).get()
    return room
