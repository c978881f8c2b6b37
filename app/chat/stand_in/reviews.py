"""What owners made of what their stand-ins said: kept, edited or retracted.

The latter two happen to the message itself, in `app.chat.edits`; that an answer was kept is noted beside the call.
"""

from __future__ import annotations

from bson import ObjectId

from app.auth.models import now
from app.chat import edits, payloads
from app.chat.payloads import MessagePayload
from app.chat.stand_in.models import Call


def keep(owner: ObjectId, message_id: ObjectId) -> MessagePayload:
    """Note that its owner leaves an answer as it is. Errors: `MessageNotFound`, `NotYours`, `MessageDeleted`."""
    message = edits.find(owner, message_id)
    if not edits.is_stand_in_of(owner, message):
        raise edits.NotYours
    if "deleted_at" in message:
        raise edits.MessageDeleted
    Call.objects(owner=owner, answer=message_id).update(kept_at=now())
    return payloads.messages([message])[0]


def review(call: Call, answer: MessagePayload) -> str | None:
    """What the owner made of an answer so far."""
    if answer["deleted_at"]:
        return "retracted"
    if answer["edited_at"]:
        return "edited"
    return "kept" if call.kept_at else None
