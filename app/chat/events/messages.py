"""Saying something, and what becomes of it."""

from __future__ import annotations

from functools import partial
from typing import Any

import gevent
from bson import ObjectId

from app.chat import allowances, auto_replies, composing, edits, presence, services, signals
from app.chat.events.answering import Ack, on, only, takes
from app.chat.forms import MessageDelete, MessageEdit, MessageReact, MessageSend
from app.chat.payloads import MessagePayload
from app.chat.services import Posted
from app.chat.stand_in import asking, streams
from app.chat.unfurl import previews
from app.chat.unfurl.forms import MessageUnfurl
from app.parsing import parse
from app.realtime.later import Later


@takes("message:send", MessageSend, in_series=True)
def message_send(socket_id: str, *args: Any) -> Ack | Later[Ack]:
    user_id = presence.caller(socket_id).user_id
    allowances.spend("messages", socket_id, user_id)
    form = parse(MessageSend, only(args))
    if asking.is_question(user_id, form):
        return _said(user_id, form, asking.ask(user_id, form, socket_id))
    return services.posting(user_id, form, socket_id).followed_by(partial(_said, user_id, form))


def _said(user_id: ObjectId, form: MessageSend, posted: Posted) -> Ack:
    message, is_new = posted
    composing.sent(user_id, form.room_id)
    streams.call_off(user_id, form.room_id)
    if is_new:
        auto_replies.consider_sent(message)
        previews.consider(message)
    return {"ok": True, "message": message}


@signals.message_recovered.connect
def _recovered(message: MessagePayload) -> None:
    gevent.spawn(_follow_up, message)  # it waits for the database, and whoever tells this is about to write


def _follow_up(message: MessagePayload) -> None:
    auto_replies.consider(message)
    previews.consider(message)


@on("message:edit", MessageEdit)
def message_edit(user_id: ObjectId, form: MessageEdit) -> Ack:
    message = edits.edit(user_id, form)
    previews.consider(message)
    return {"message": message}


@on("message:delete", MessageDelete)
def message_delete(user_id: ObjectId, form: MessageDelete) -> Ack:
    return {"message": edits.delete(user_id, form.message_id)}


@on("message:unfurl", MessageUnfurl)
def message_unfurl(user_id: ObjectId, form: MessageUnfurl) -> Ack:
    message = previews.switch(user_id, form)
    previews.consider(message)
    return {"message": message}


@on("message:react", MessageReact)
def message_react(user_id: ObjectId, form: MessageReact) -> Ack:
    return {"message": edits.react(user_id, form)}
