"""Rooms as their members see them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo.collation import Collation
from typing_extensions import TypedDict

from app.auth.payloads import iso
from app.chat import directory, payloads, places
from app.chat.memberships import NotAMember, Seat
from app.chat.models import LOBBY, Membership, Message, Room
from app.chat.payloads import OpenRoomPayload, RoomFacts, RoomPayload
from app.chat.places import End
from app.database.together import Together

BY_NAME = Collation("en", strength=2)  # upper and lower case alike


class OpenRooms(TypedDict):
    """A page of open rooms, and whether more follow."""

    rooms: list[OpenRoomPayload]
    more: bool


def listing(user_id: ObjectId, seats: Mapping[ObjectId, Seat]) -> list[RoomPayload]:
    """The rooms of these memberships as their user sees them: by name, the Lobby first."""
    found = list(_rooms.ask_all(seats).values())
    ends, last = _ends.ask_all(seats), _last_messages.ask_all(seats)
    unread = [seat for seat in seats.values() if seat.last_read_seq < ends.get(seat.room, End()).seq]
    names, mentioned = _direct_names(user_id, found), _mention_counts(user_id, unread)
    return [
        {
            **_as_seen(room, names, seats[room.id], ends.get(room.id, End()), mentioned.get(room.id, 0)),
            "last_message_at": iso(last.get(room.id)),
        }
        for room in sorted(found, key=lambda room: (room.key != LOBBY, names.get(room.id, room.name).casefold()))
    ]


def seen_by(user_id: ObjectId, room_id: ObjectId) -> RoomPayload:
    """One room as this member sees it. Errors: `NotAMember`."""
    membership = Membership.objects(user=user_id, room=room_id).first()
    found = membership and listing(user_id, {room_id: Seat.of(membership.to_mongo())})
    if not found:
        raise NotAMember
    return found[0]


def browse(user_id: ObjectId, after: ObjectId | None, limit: int, part_of_name: str = "") -> OpenRooms:
    """The open rooms by name, a page at a time, from behind the room `after`."""
    wanted: dict[str, Any] = {"kind": "open", "archived_at": None}
    if part_of_name:
        wanted["name"] = {"$regex": re.escape(part_of_name), "$options": "i"}
    if last := after and Room.objects(id=after, kind="open").first():  # of others not even the name may be found out
        wanted["$or"] = [{"name": {"$gt": last.name}}, {"name": last.name, "_id": {"$gt": last.id}}]
    by_name = Room._get_collection().find(wanted, collation=BY_NAME).sort([("name", 1), ("_id", 1)])
    found = [Room._from_son(document) for document in by_name.limit(limit + 1)]
    ids = [room.id for room in found[:limit]]
    counts, mine = _member_counts(ids), set(Membership.objects(user=user_id, room__in=ids).scalar("room"))
    listed = [payloads.open_room(room, counts.get(room.id, 0), is_member=room.id in mine) for room in found[:limit]]
    return {"rooms": listed, "more": len(found) > limit}


def direct_key(user_ids: Iterable[ObjectId]) -> str:
    """What names the one direct room of these people."""
    return ":".join(["direct", *sorted(map(str, user_ids))])


def names(user_id: ObjectId, room_ids: Iterable[ObjectId]) -> dict[ObjectId, str]:
    """What a member calls each of these rooms."""
    found = list(Room.objects(id__in=list(room_ids)).only("name", "key", "kind"))
    return {room.id: room.name for room in found} | _direct_names(user_id, found)


def facts(room: Room) -> RoomFacts:
    """What all members of a room are told of it. Whoever sees a direct room gives it the names of the others."""
    return payloads.room_facts(room, room.name, _direct_members(room))


def mention_count(user_id: ObjectId, membership: Membership) -> int:
    """How many messages of one room that the user has not read mention them."""
    return _mention_counts(user_id, [Seat.of(membership.to_mongo())]).get(membership.room, 0)


def _as_seen(room: Room, names: Mapping[ObjectId, str], seat: Seat, end: End, mention_count: int) -> RoomPayload:
    return {
        **payloads.room_facts(room, names.get(room.id, room.name), _direct_members(room)),
        "seq": end.seq,
        "change": end.change,
        "last_read_seq": seat.last_read_seq,
        "mention_count": mention_count,
        "role": seat.role,
        "involvement": seat.involvement,
        "last_message_at": None,
    }


def _find_rooms(rooms: list[ObjectId]) -> dict[ObjectId, Room]:
    return {room.id: room for room in Room.objects(id__in=rooms)}


def _find_last_messages(rooms: list[ObjectId]) -> dict[ObjectId, datetime]:
    """When the last message was said in each of these rooms that has any; MongoDB reads one of each."""
    pipeline: list[dict[str, Any]] = [
        {"$match": {"room": {"$in": rooms}}},
        {"$sort": {"room": -1, "seq": -1}},
        {"$group": {"_id": "$room", "at": {"$first": "$created_at"}}},
    ]
    return {row["_id"]: row["at"] for row in Message.objects.aggregate(pipeline)}


# After a restart all who come ask at once, most of them for the same rooms.
_rooms: Together[ObjectId, Room] = Together(_find_rooms)
_ends: Together[ObjectId, End] = Together(places.ends)
_last_messages: Together[ObjectId, datetime] = Together(_find_last_messages)


def _member_counts(rooms: Iterable[ObjectId]) -> dict[ObjectId, int]:
    pipeline: list[dict[str, Any]] = [
        {"$match": {"room": {"$in": list(rooms)}}},
        {"$group": {"_id": "$room", "count": {"$sum": 1}}},
    ]
    return {row["_id"]: row["count"] for row in Membership.objects.aggregate(pipeline)}


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


def _mention_counts(user_id: ObjectId, seats: Iterable[Seat]) -> dict[ObjectId, int]:
    """How many messages that the user has not read mention them, by room."""
    unread = [{"room": seat.room, "seq": {"$gt": seat.last_read_seq}} for seat in seats]
    if not unread:
        return {}
    pipeline: list[dict[str, Any]] = [
        {
            "$match": {
                "$or": [
                    {"mentions": user_id, "$or": unread},
                    {"mentions_all": True, "sender": {"$ne": user_id}, "$or": unread},
                ]
            }
        },
        {"$group": {"_id": "$room", "count": {"$sum": 1}}},
    ]
    return {row["_id"]: row["count"] for row in Message.objects.aggregate(pipeline)}
