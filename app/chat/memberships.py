"""Who is in which room. Permission is finding the room through one's own membership."""

from __future__ import annotations

import random
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bson import ObjectId
from cachetools import TLRUCache
from mongoengine.errors import NotUniqueError

from app.auth.models import User
from app.chat.models import LOBBY, Membership, Room
from app.errors import Conflict, NotFound

SECONDS = 10  # how long a process that was not told may let someone in who has just been taken out of a room


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


# Not all for as long: who came at once would have to be looked up at once again, every time.
_known: TLRUCache[tuple[ObjectId, ObjectId], Place] = TLRUCache(
    maxsize=100_000,
    ttu=lambda _key, _place, moment: moment + SECONDS * random.uniform(0.5, 1),  # noqa: S311 - no secret
)
_forgotten = 0  # how often something was forgotten: what was looked up before that is not remembered after


class NotAMember(NotFound):
    code = "room_not_found"
    message = "There is no such room, or you are not a member of it."


class RoomArchived(Conflict):
    code = "room_archived"
    message = "This room is archived: it can be read, and nothing in it changes any more."


def check(user_id: ObjectId, room_id: ObjectId) -> Place:
    """The room as this user finds it. Errors: `NotAMember`, whether the room exists or not.

    It is remembered for some seconds: every message asks.
    """
    with suppress(KeyError):
        return _known[user_id, room_id]
    before, found = _forgotten, _find(user_id, room_id)
    if before == _forgotten:
        _known[user_id, room_id] = found
    return found


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
    keys = [(user_id, room_id)] if user_id else [key for key in _known if key[1] == room_id]
    for key in keys:
        _known.pop(key, None)


def _find(user_id: ObjectId, room_id: ObjectId) -> Place:
    # Without making objects of them: every few seconds this is asked for everyone who writes.
    membership = Membership._get_collection().find_one({"room": room_id, "user": user_id}, {"role": 1})
    room = membership and Room._get_collection().find_one({"_id": room_id}, {"kind": 1, "key": 1, "archived_at": 1})
    if not room:
        raise NotAMember
    is_archived, role = room.get("archived_at") is not None, membership.get("role", "member")
    return Place(kind=room["kind"], key=room.get("key"), is_archived=is_archived, role=role)


def join(user_id: ObjectId, room_id: ObjectId, **values: Any) -> bool:
    """Make a user a member of a room, once: `values` are those of the membership. Whether they were none before."""
    with suppress(NotUniqueError):
        Membership(room=room_id, user=user_id, **values).save(force_insert=True)
        return True
    return False


def leave(user_id: ObjectId, room_id: ObjectId) -> bool:
    """Make a user no member of a room any more. Whether they were one."""
    return bool(Membership.objects(user=user_id, room=room_id).delete())


def join_lobby(user_id: ObjectId) -> ObjectId:
    """Every user but guests is in the Lobby. Its id."""
    lobby_id: ObjectId = _lobby().id
    join(user_id, lobby_id, came_by="joining")
    return lobby_id


def uninvited(user_id: ObjectId) -> list[ObjectId]:
    """The open rooms that a user is in because they joined by themselves; the Lobby is one."""
    rooms = Membership.objects(user=user_id, came_by__nin=("creation", "invitation")).scalar("room")
    return list(Room.objects(id__in=list(rooms), kind="open").scalar("id"))


def of(user_id: ObjectId) -> dict[ObjectId, Membership]:
    """The memberships of a user by room."""
    return {membership.room: membership for membership in Membership.objects(user=user_id)}


def of_all(user_ids: Iterable[ObjectId]) -> set[tuple[ObjectId, ObjectId]]:
    """Which of these users is in which room: pairs of user and room."""
    # Without making objects of them: every minute this is asked for everyone who is connected.
    wanted, fields = {"user": {"$in": list(user_ids)}}, {"_id": 0, "user": 1, "room": 1}
    return {(one["user"], one["room"]) for one in Membership._get_collection().find(wanted, fields)}


def enter(user_id: ObjectId, *, is_guest: bool) -> dict[ObjectId, Membership]:
    """The same as `of` for a user who comes in. What was cut short is made up for: whoever signed up joins the Lobby,
    whoever became a guest leaves the rooms that nobody invited them to."""
    rooms, lobby = of(user_id), _lobby()
    if not is_guest and lobby.id in rooms:
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
    everywhere = list(User.objects(role="guest").scalar("id"))
    if not everywhere:
        return None
    return list(Membership.objects(user__in=everywhere, room__in=list(of(user_id))).distinct("room"))


def size(room_id: ObjectId) -> int:
    """How many members a room has."""
    return int(Membership.objects(room=room_id).count())


def members_of(room_id: ObjectId) -> list[ObjectId]:
    return list(Membership.objects(room=room_id).scalar("user"))


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


def _lobby() -> Room:
    return Room.objects(key=LOBBY).first() or _make_lobby()


def _make_lobby() -> Room:
    with suppress(NotUniqueError):  # another process made it at the same moment
        Room(name="Lobby", kind="open", key=LOBBY).save(force_insert=True)
    room: Room = Room.objects(key=LOBBY).get()
    return room
