"""Answers that a stand-in wrote for its owner alone: to send, to send as changed, or to discard."""

from __future__ import annotations

from bson import ObjectId
from mongoengine.errors import NotUniqueError

from app.chat import broadcasts, reading, services
from app.chat.forms import MessageSend
from app.chat.payloads import MessagePayload
from app.chat.stand_in import payloads
from app.chat.stand_in.forms import DraftSend
from app.chat.stand_in.models import Draft
from app.chat.stand_in.payloads import DraftPayload
from app.errors import NotFound
from app.language import N_


class DraftNotFound(NotFound):
    code = "draft_not_found"
    message = N_("There is no such draft of yours that waits.")


def keep(owner: ObjectId, asker: ObjectId, room: ObjectId, trigger: ObjectId, text: str) -> None:
    """Keep a draft and tell the owner. One a question: a second is dropped."""
    draft = Draft(owner=owner, asker=asker, room=room, trigger=trigger, text=text)
    try:
        draft.save(force_insert=True)
    except NotUniqueError:
        return
    broadcasts.draft_changed(owner, payloads.draft(draft))


def waiting(owner: ObjectId) -> list[DraftPayload]:
    return [payloads.draft(draft) for draft in Draft.objects(owner=owner, state="waiting").order_by("id")]


def send(owner: ObjectId, form: DraftSend) -> MessagePayload:
    """Say it as the owner's own message, once. Errors: `DraftNotFound`, those of `services.post_message`."""
    draft = Draft.objects(id=form.draft_id, owner=owner, state__ne="discarded").first()
    if draft is None:
        raise DraftNotFound
    values = {"room_id": str(draft.room), "body": form.body or draft.text, "client_message_id": f"draft:{draft.id}"}
    message, _ = services.post_message(owner, MessageSend.model_validate(values))
    reading.pass_own(message)
    _end(owner, form.draft_id, "sent")
    return message


def discard(owner: ObjectId, draft_id: ObjectId) -> DraftPayload:
    """Errors: `DraftNotFound`."""
    ended = _end(owner, draft_id, "discarded")
    if ended is None:
        raise DraftNotFound
    return ended


def _end(owner: ObjectId, draft_id: ObjectId, state: str) -> DraftPayload | None:
    ended = Draft.objects(id=draft_id, owner=owner, state="waiting").modify(new=True, state=state)
    if ended is None:
        return None
    payload = payloads.draft(ended)
    broadcasts.draft_changed(owner, payload)
    return payload
