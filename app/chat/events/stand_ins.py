"""What people tell stand-ins."""

from __future__ import annotations

from bson import ObjectId

from app.chat import statuses
from app.chat.events.answering import Ack, on
from app.chat.stand_in import drafts, reviews, streams
from app.chat.stand_in.forms import DigestDismiss, DraftDiscard, DraftSend, StandInKeep, StandInStop


@on("standin:stop", StandInStop)
def standin_stop(user_id: ObjectId, form: StandInStop) -> Ack:
    return {"message": streams.stop(user_id, form.message_id)}


@on("standin:keep", StandInKeep)
def standin_keep(user_id: ObjectId, form: StandInKeep) -> Ack:
    return {"message": reviews.keep(user_id, form.message_id), "review": "kept"}


@on("digest:dismiss", DigestDismiss)
def digest_dismiss(user_id: ObjectId, _form: DigestDismiss) -> Ack:
    return {"busy_time": statuses.put_away(user_id)}


@on("draft:send", DraftSend, "messages")
def draft_send(user_id: ObjectId, form: DraftSend) -> Ack:
    return {"message": drafts.send(user_id, form)}


@on("draft:discard", DraftDiscard)
def draft_discard(user_id: ObjectId, form: DraftDiscard) -> Ack:
    return {"draft": drafts.discard(user_id, form.draft_id)}
