"""Rooms as their members see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bson import ObjectId

from app.chat import directory, message_log, payloads
from app.chat.message_log import End
from app.chat.models import LOBBY, Membership, Message, Room
from app.chat.payloads import RoomFacts, RoomPayload


def listing(user_id: ObjectId, memberships: Mapping[ObjectId, Membership]) -> list[RoomPayload]:
    """The rooms of these memberships as their user sees them: by name, the Lobby first."""
    found = list(Room.objects(id__in=list(memberships)))
    ends, mentioned = message_log.ends(memberships), _mention_counts(user_id, memberships.values())
    names = _direct_names(user_id, found)
    return [
        _as_seen(room, names, memberships[room.id], ends.get(room.id, End()), mentioned.get(room.id, 0))
        for room in sorted(found, key=lambda room: (room.key != LOBBY, names.get(room.id, room.name).casefold()))
    ]


def facts(room: Room) -> RoomFacts:
    """What all members of a room are told of it. Whoever sees a direct room gives it the names of the others."""
    return payloads.room_facts(room, room.name, _direct_members(room))


def mention_count(user_id: ObjectId, membership: Membership) -> int:
    """How many messages of one room that the user has not read mention them."""
    return _mention_counts(user_id, [membership]).get(membership.room, 0)


def _as_seen(
    room: Room, names: Mapping[ObjectId, str], membership: Membership, end: End, mention_count: int
) -> RoomPayload:
    return {
        **payloads.room_facts(room, names.get(room.id, room.name), _direct_members(room)),
        "seq": end.seq,
        "change": end.change,
        "last_read_seq": membership.last_read_seq,
        "mention_count": mention_count,
        "role": membership.role,
        "involvement": membership.involvement,
    }


def _direct_members(room: Room) -> list[ObjectId]:
    """Who is in a direct room: its key says it, and nobody ever joins or leaves."""
    if room.kind != "direct" or not room.key:
        return []
    return [ObjectId(part) for part in room.key.split(":")[1:]]


def _direct_names(user_id: ObjectId, rooms: Iterable[Room]) -> dict[ObjectId, str]:
    """What a member calls each direct room: by those who are in it besides."""
    others = {room.id: [one for one in _direct_members(room) if one != user_id] for room in rooms}
    names = directory.names({one for members in others.values() for one in members})
    return {room_id: ", ".join(sorted(names[one] for one in members)) for room_id, members in others.items() if members}


def _mention_counts(user_id: ObjectId, memberships: Iterable[Membership]) -> dict[ObjectId, int]:
    """How many messages that the user has not read mention them, by room."""
    unread = [{"room": membership.room, "seq": {"$gt": membership.last_read_seq}} for membership in memberships]
    if not unread:
        return {}
    pipeline: list[dict[str, Any]] = [
        {"$match": {"mentions": user_id, "$or": unread}},
        {"$group": {"_id": "$room", "count": {"$sum": 1}}},
    ]
    return {row["_id"]: row["count"] for row in Message.objects.aggregate(pipeline)}
