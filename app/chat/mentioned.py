"""What was said to somebody by name, in all of their rooms."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from typing_extensions import TypedDict

from app.chat import memberships, payloads
from app.chat.kept_forms import KeptQuery
from app.chat.models import Message
from app.chat.payloads import MessagePayload


class Mentions(TypedDict):
    messages: list[MessagePayload]
    more: bool


def listing(user_id: ObjectId, query: KeptQuery) -> Mentions:
    """A page of the messages that mention a user, the last first, in the rooms that the user is in now."""
    where: dict[str, Any] = {
        "$or": [{"mentions": user_id}, {"mentions_all": True}],
        "room": {"$in": list(memberships.of(user_id))},
        "sender": {"$ne": user_id},
        "deleted_at": None,
    }
    if query.before:
        where["_id"] = {"$lt": query.before}
    found = list(Message._get_collection().find(where).sort("_id", -1).limit(query.limit + 1))
    return {"messages": payloads.messages(found[: query.limit]), "more": len(found) > query.limit}
