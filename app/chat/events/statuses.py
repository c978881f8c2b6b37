"""What people say of themselves, in words or by doing something."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from app.chat import allowances, presence, signs, statuses
from app.chat.events.answering import Ack, on, only, takes
from app.chat.forms import PresenceActive, StatusSet
from app.chat.notices.forms import Visibility
from app.chat.stand_in import preferences, streams
from app.parsing import parse


@on("status:set", StatusSet)
def status_set(user_id: ObjectId, form: StatusSet) -> Ack:
    preferences.check_mode(user_id, form.mode)
    user = statuses.choose(user_id, form)
    if form.status != "busy":
        streams.call_off_everywhere(user_id)
    return {"user": user}


@takes("presence:active", PresenceActive)
def presence_active(socket_id: str, *args: Any) -> Ack:
    user_id = presence.caller(socket_id).user_id
    allowances.spend("events", socket_id, user_id)
    parse(PresenceActive, only(args))
    signs.greet(socket_id, user_id)
    return {"ok": True}


@takes("presence:visible", Visibility)
def presence_visible(socket_id: str, *args: Any) -> Ack:
    user_id = presence.caller(socket_id).user_id
    allowances.spend("events", socket_id, user_id)
    form = parse(Visibility, only(args))
    presence.regard(socket_id, is_visible=form.visible)
    return {"ok": True}
