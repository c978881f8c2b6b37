"""Asking the AI itself."""

from __future__ import annotations

from bson import ObjectId

from app.chat.events.answering import Ack, on
from app.chat.forms import MessageSend
from app.chat.stand_in import asking, own_room
from app.chat.stand_in.forms import AssistantAsk, AssistantOpen, AssistantRetry


@on("assistant:ask", AssistantAsk, "messages")
def assistant_ask(user_id: ObjectId, form: AssistantAsk) -> Ack:
    values = {"room_id": str(form.room_id), "body": form.question, "client_message_id": form.client_message_id}
    thread = {"thread_id": str(form.thread_id)} if form.thread_id else {}
    message, _ = asking.ask(user_id, MessageSend.model_validate({**values, **thread}))
    return {"message": message}


@on("assistant:open", AssistantOpen)
def assistant_open(user_id: ObjectId, _form: AssistantOpen) -> Ack:
    return {"room": own_room.enter(user_id)}


@on("assistant:retry", AssistantRetry, "messages")
def assistant_retry(user_id: ObjectId, form: AssistantRetry) -> Ack:
    return {"message": asking.retry(user_id, form.message_id)}
