"""What happened while somebody was away: what needs them, what their stand-in said, and how far each room went.

All of it is computed from what is stored, so it needs no provider and cannot be wrong about what was said. It reads
only the rooms that its owner is in, and moves no read marker.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from typing_extensions import TypedDict

from app.auth.models import User, now
from app.auth.payloads import iso
from app.chat import memberships, payloads, rooms
from app.chat.documents import StoredMessage
from app.chat.models import Message
from app.chat.payloads import MessagePayload
from app.chat.stand_in import ledger
from app.chat.stand_in.ledger import REPLIES
from app.chat.stand_in.models import Call, Draft
from app.chat.stand_in.reviews import review

MOST = 100  # of each list
LONGEST = timedelta(days=30)


class Need(TypedDict):
    """A message that waits for its reader: `left` for them by its author, `unanswered` by the stand-in, a `direct` one,
    or a `mention`."""

    message: MessagePayload
    reason: str


class Exchange(TypedDict):
    """What was asked and answered, and what the reader made of it: `kept`, `edited`, `retracted` or nothing yet."""

    question: MessagePayload
    answer: MessagePayload
    review: str | None


class RoomDigest(TypedDict):
    """How many messages came in a room, how many of them mention the reader, and where to begin."""

    room_id: str
    name: str
    count: int
    mention_count: int
    first_message_id: str


class Digest(TypedDict):
    since: str
    until: str
    needs_you: list[Need]
    answered: list[Exchange]
    rooms: list[RoomDigest]
    tokens: int
    cost: int
    replies: int


def of(user_id: ObjectId, since: datetime | None = None, room_id: ObjectId | None = None) -> Digest:
    """The digest since then of all rooms, or of one. Errors: `NotAMember`."""
    until, begin = now(), beginning(user_id, since)
    places = [rooms.seen_by(user_id, room_id)] if room_id else rooms.listing(user_id, memberships.of(user_id))
    direct = {ObjectId(room["id"]) for room in places if room["kind"] == "direct"}
    direct |= memberships.pairs(ObjectId(room["id"]) for room in places)
    made = Call.objects(owner=user_id, at__gte=begin, **({"room": room_id} if room_id else {}))
    calls, spent = list(made.filter(kind__in=REPLIES).order_by("-id").limit(MOST)), ledger.spent(made)
    names = {ObjectId(room["id"]): room["name"] for room in places}
    return {
        "since": str(iso(begin)),
        "until": str(iso(until)),
        "needs_you": _needs(user_id, begin, names.keys(), direct, calls),
        "answered": _answered(calls, names.keys()),
        "rooms": _by_room(user_id, begin, names),
        "tokens": spent.tokens,
        "cost": spent.cost,
        "replies": sum(call.outcome == "done" and call.answer is not None for call in calls),
    }


def beginning(user_id: ObjectId, since: datetime | None) -> datetime:
    """Then, at most a month back; without a time, since when the user was busy, where what came of that waits for
    them, else when their status last began."""
    user = User.objects(id=user_id).only("status_since", "busy_since", "busy_seen").get()
    begin: datetime = user.busy_since if user.busy_since and user.busy_seen is False else user.status_since
    return max(since or begin, now() - LONGEST)


def said_since(begin: datetime) -> dict[str, Any]:
    """What finds the messages from then on without a look at those before: ids go by the time, in whole seconds, and
    are made a moment before a message has its time."""
    return {"_id": {"$gte": ObjectId.from_datetime(begin - timedelta(seconds=1))}, "created_at": {"$gte": begin}}


def _needs(
    user_id: ObjectId, begin: datetime, visible: Iterable[ObjectId], direct: set[ObjectId], calls: list[Call]
) -> list[Need]:
    """What nobody answered first, then what was addressed to the user; of each the newest first."""
    drafts = Draft.objects(owner=user_id, trigger__in=[call.trigger for call in calls], state="sent")
    sent = set(drafts.scalar("trigger"))
    done = [call for call in calls if call.outcome == "done" and not call.is_left]
    said = [call for call in done if call.answer or call.trigger in sent]
    answered = {message for call in said for message in (call.trigger, *call.asked)}
    left = {call.trigger for call in calls} - answered
    others = {"sender": {"$ne": user_id}, "deleted_at": None, "room": {"$in": list(visible)}}
    to_them = {"room": {"$in": list(direct)}, "ask": {"$ne": True}}  # what is asked of the AI there, it has answered
    called = {"mentions": user_id}
    unanswered = {"_id": {"$in": list(left)}}
    # A bot needs somebody where it calls them by name; all else that it says, wherever it is, asks nothing of anyone.
    addressed = {"$or": [{"origin": "person", "$or": [called, to_them, unanswered]}, {"origin": "bot", **called}]}
    found = list(_newest({**others, **addressed, **said_since(begin)}))
    waiting = [message for message in found if message["_id"] not in answered]
    drawn = payloads.messages(waiting)
    needs = [
        Need(message=message, reason=_reason(stored, left, direct))
        for stored, message in zip(waiting, drawn, strict=True)
    ]
    return sorted(needs, key=lambda need: need["reason"] not in {"left", "unanswered"})


def _reason(message: StoredMessage, left: set[ObjectId], direct: set[ObjectId]) -> str:
    if "leave" in message:
        return "left"
    if message["_id"] in left:
        return "unanswered"
    return "direct" if message["room"] in direct and message["origin"] == "person" else "mention"


def _answered(calls: list[Call], visible: Iterable[ObjectId]) -> list[Exchange]:
    said = [call for call in calls if call.outcome == "done" and call.answer and not call.is_left]
    ids = [one for call in said for one in (call.trigger, call.answer)]
    found = list(Message._get_collection().find({"_id": {"$in": ids}, "room": {"$in": list(visible)}}))
    drawn = {ObjectId(message["id"]): message for message in payloads.messages(found)}
    return [
        Exchange(question=drawn[call.trigger], answer=drawn[call.answer], review=review(call, drawn[call.answer]))
        for call in said
        if call.trigger in drawn and call.answer in drawn
    ]


def _by_room(user_id: ObjectId, begin: datetime, names: dict[ObjectId, str]) -> list[RoomDigest]:
    new = {**said_since(begin), "room": {"$in": list(names)}, "sender": {"$ne": user_id}, "deleted_at": None}
    is_mine = {"$in": [user_id, {"$ifNull": ["$mentions", []]}]}
    pipeline: list[dict[str, Any]] = [
        {"$match": new},
        {
            "$group": {
                "_id": "$room",
                "count": {"$sum": 1},
                "mention_count": {"$sum": {"$cond": [is_mine, 1, 0]}},
                "first": {"$min": {"seq": "$seq", "id": "$_id"}},
            }
        },
        {"$sort": {"mention_count": -1, "count": -1}},
    ]
    return [
        RoomDigest(
            room_id=str(row["_id"]),
            name=names[row["_id"]],
            count=row["count"],
            mention_count=row["mention_count"],
            first_message_id=str(row["first"]["id"]),
        )
        for row in Message._get_collection().aggregate(pipeline, hint={"_id": 1})
    ]


def _newest(query: dict[str, Any]) -> Iterable[StoredMessage]:
    found: Iterable[StoredMessage] = Message._get_collection().find(query).sort("_id", -1).limit(MOST)
    return found
