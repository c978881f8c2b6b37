"""What was said, to be read again: a page of a room or of a thread, or one message."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId
from typing_extensions import TypedDict

from app.chat import edits, memberships, payloads, places
from app.chat.documents import StoredMessage
from app.chat.forms import HistoryQuery
from app.chat.models import Message
from app.chat.payloads import MessagePayload
from app.chat.references import MessageNotFound


class History(TypedDict):
    """Messages, ascending, and a change of the room up to which they are certainly complete."""

    messages: list[MessagePayload]
    change: int


class One(TypedDict):
    message: MessagePayload
    change: int


def page(user_id: ObjectId, room_id: ObjectId, query: HistoryQuery) -> History:
    """A page of a room's messages: those after, or the last before, or around one or a time, or the newest.

    Errors: `NotAMember`; `MessageNotFound` for a thread that the room does not have.
    """
    memberships.check(user_id, room_id)
    change = places.end(room_id).change  # before the messages: what comes in between comes twice rather than never
    found = _find(_among(room_id, query), query)
    return {"messages": payloads.messages(found, as_of=change), "change": change}


def one(user_id: ObjectId, message_id: ObjectId) -> One:
    """One message. Errors: `MessageNotFound`."""
    room_id = edits.find(user_id, message_id)["room"]
    change = places.end(room_id).change
    return {"message": payloads.messages([edits.find(user_id, message_id)], as_of=change)[0], "change": change}


def _among(room_id: ObjectId, query: HistoryQuery) -> dict[str, Any]:
    if query.thread is None:
        return {"room": room_id} if query.replies else {"room": room_id, "thread": None}
    if not Message.objects(id=query.thread, room=room_id):
        raise MessageNotFound
    return {"room": room_id, "thread": query.thread}


def _find(among: dict[str, Any], query: HistoryQuery) -> list[StoredMessage]:
    middle = query.around if query.at is None else _first_seq_at(among["room"], query.at)
    if middle is not None:
        behind = _sorted({**among, "seq": {"$gt": middle}}, 1, query.limit // 2)
        before = _sorted({**among, "seq": {"$lte": middle}}, -1, query.limit - query.limit // 2)
        return before[::-1] + behind
    bounds = {"$gt": query.after, "$lt": query.before}
    place = {name: value for name, value in bounds.items() if value is not None}
    where = {**among, "seq": place} if place else among
    if query.after is not None:
        return _sorted(where, 1, query.limit)
    return _sorted(where, -1, query.limit)[::-1]


def _sorted(where: dict[str, Any], direction: int, most: int) -> list[StoredMessage]:
    return list(Message._get_collection().find(where).sort("seq", direction).limit(most)) if most else []


def _first_seq_at(room_id: ObjectId, moment: datetime) -> int:
    """The place of the first message from `moment` on; one behind the last if there is none.

    Halving instead of an index on time, which every message would have to be written into: messages stand in the order
    of time, but for some that were said in the same instant.
    """
    low, high = 1, places.end(room_id).seq + 1
    while low < high:
        middle = (low + high) // 2
        found = Message.objects(room=room_id, seq__gte=middle).order_by("seq").only("created_at", "seq").first()
        if found is None or found.created_at >= moment:
            high = middle
        else:
            low = found.seq + 1
    return low
