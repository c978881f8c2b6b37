"""Messages that a room keeps in view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bson import ObjectId

from app.auth.models import now
from app.chat import broadcasts, edits, memberships, message_log, payloads, references
from app.chat.documents import StoredMessage
from app.chat.kept_forms import MessagePin
from app.chat.message_log import PlaceTaken
from app.chat.models import MOST_PINS, Message
from app.chat.payloads import MessagePayload
from app.errors import Conflict
from app.language import saying

UNPINNED = {"pin": "", "pinned_at": ""}


class TooManyPins(Conflict):
    code = "too_many_pins"
    message = saying(
        "This room has %(most)s pinned messages, as many as it can have. Unpin one of them first.", most=MOST_PINS
    )


def pin(user_id: ObjectId, form: MessagePin) -> MessagePayload:
    """Pin a message for everyone in its room, or take the pin away. What is so already is answered as it is.

    Errors: those of `edits.find`, `MessageDeleted`, `RoomArchived`, `TooManyPins`, `TooManyChanges`.
    """
    while True:
        message = edits.find(user_id, form.message_id)
        memberships.check_writable(user_id, message["room"])
        if "deleted_at" in message:
            raise edits.MessageDeleted
        if ("pin" in message) is form.on:
            return _payload(message)
        if changed := _amended(message, on=form.on):
            return changed
        # Somebody else was quicker: with this message, or with the place for it. So look again.


def listing(user_id: ObjectId, room_id: ObjectId) -> list[MessagePayload]:
    """The pinned messages of a room, those pinned last first. Errors: `NotAMember`."""
    memberships.check(user_id, room_id)
    found = Message._get_collection().find({"room": room_id, "pin": {"$exists": True}})
    return payloads.messages(sorted(found, key=lambda message: message["pinned_at"], reverse=True))


def _amended(message: StoredMessage, *, on: bool) -> MessagePayload | None:
    # All that is to be looked up is so before the place: nothing may wait between that and the broadcast.
    draw = payloads.drawer([message], references.reply_counts([message]))
    try:
        update = _pinned(message["room"]) if on else {"$unset": UNPINNED}
        changed = message_log.amend(message, "pinned", update, {"deleted_at": None, "pin": {"$exists": not on}})
    except PlaceTaken:
        return None
    if changed is None:
        return None
    payload = draw(changed)
    broadcasts.message_pinned(payload)
    return payload


def _pinned(room_id: ObjectId) -> Mapping[str, Any]:
    """The first place that is free. The unique index refuses whoever comes second."""
    taken = set(Message._get_collection().distinct("pin", {"room": room_id, "pin": {"$exists": True}}))
    free = next((place for place in range(MOST_PINS) if place not in taken), None)
    if free is None:
        raise TooManyPins
    return {"$set": {"pin": free, "pinned_at": now()}}


def _payload(message: StoredMessage) -> MessagePayload:
    return payloads.messages([message])[0]
