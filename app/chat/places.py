"""How far rooms are, and what happened in them behind a place: what the message log wrote, read in its order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from bson import ObjectId

from app.chat.documents import Change, StoredMessage
from app.chat.models import Message, Room


class End(NamedTuple):
    """How far a room is: the places of its last message and its last change; 0 before the first."""

    seq: int = 0
    change: int = 0


def last_seqs(rooms: Iterable[ObjectId]) -> dict[ObjectId, int]:
    """The last seq of each of these rooms that has any message. MongoDB reads one key of the index per room."""
    pipeline: list[dict[str, Any]] = [
        {"$match": {"room": {"$in": list(rooms)}}},
        {"$sort": {"room": -1, "seq": -1}},
        {"$group": {"_id": "$room", "seq": {"$first": "$seq"}}},
    ]
    return {row["_id"]: row["seq"] for row in Message.objects.aggregate(pipeline)}


def ends(rooms: Iterable[ObjectId]) -> dict[ObjectId, End]:
    """How far each of these rooms is, in one question; MongoDB reads two keys of the indexes per room."""
    pipeline: list[dict[str, Any]] = [
        {"$match": {"_id": {"$in": list(rooms)}}},
        {"$project": {"_id": 1}},
        {"$lookup": _last("seq")},
        {"$lookup": _last("changes.n")},
    ]
    return {row["_id"]: _end(row["seq"], row["changes"]) for row in Room.objects.aggregate(pipeline)}


def end(room: ObjectId) -> End:
    """How far a room is."""
    found, fields = Message._get_collection(), {"seq": 1, "changes": 1}
    by_seq = found.find({"room": room}, fields).sort("seq", -1).limit(1)
    by_change = found.find({"room": room}, fields).sort("changes.n", -1).limit(1)
    return _end(list(by_seq), list(by_change))


def changes(room: ObjectId, after: int, most: int) -> list[tuple[Change, StoredMessage]]:
    """The changes behind place `after`, in order, at most `most`, each with the message as it is now.

    Places are without holes, so the next `most` of them are those up to `after + most`.
    """
    return changes_of({room: after}, most)


def changes_of(rooms: Mapping[ObjectId, int], most: int) -> list[tuple[Change, StoredMessage]]:
    """The same for several rooms, each behind a place of its own and at most `most` of each, in the order of places."""
    wanted = [
        {"room": room, "changes": {"$elemMatch": {"n": {"$gt": after, "$lte": after + most}}}}
        for room, after in rooms.items()
    ]
    found = Message._get_collection().find(wanted[0] if len(wanted) == 1 else {"$or": wanted})
    return sorted(
        (
            (change, message)
            for message in found
            for change in message["changes"]
            if 0 < change["n"] - rooms[message["room"]] <= most
        ),
        key=lambda pair: pair[0]["n"],
    )


def _last(key: str) -> dict[str, Any]:
    newest = [{"$sort": {key: -1}}, {"$limit": 1}, {"$project": {"_id": 0, "seq": 1, "changes": 1}}]
    name = key.partition(".")[0]
    return {"from": "messages", "localField": "_id", "foreignField": "room", "pipeline": newest, "as": name}


def _end(by_seq: list[Any], by_change: list[Any]) -> End:
    return End(
        seq=by_seq[0]["seq"] if by_seq else 0,
        change=max(change["n"] for change in by_change[0]["changes"]) if by_change else 0,
    )
