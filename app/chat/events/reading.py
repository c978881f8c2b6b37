"""Up to where somebody has read, and who is writing."""

from __future__ import annotations

from bson import ObjectId

from app.chat import composing, reading
from app.chat.events.answering import Ack, on
from app.chat.forms import RoomRead, Typing
from app.chat.stand_in import streams


@on("room:read", RoomRead)
def room_read(user_id: ObjectId, form: RoomRead) -> Ack:
    return {"read": reading.move(user_id, form.room_id, form.seq)}


@on("typing:start", Typing, "events")
def typing_start(user_id: ObjectId, form: Typing) -> Ack:
    if composing.start(user_id, form.room_id):
        streams.call_off_everywhere(user_id, form.room_id)
    return {}


@on("typing:stop", Typing, "events")
def typing_stop(user_id: ObjectId, form: Typing) -> Ack:
    composing.stop(user_id, form.room_id)
    return {}
