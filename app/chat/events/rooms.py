"""Rooms, and what happened in them."""

from __future__ import annotations

from bson import ObjectId

from app.chat import services
from app.chat.events.answering import on
from app.chat.forms import CatchUp
from app.chat.services import CatchUp as Page


@on("room:catch_up", CatchUp)
def room_catch_up(user_id: ObjectId, form: CatchUp) -> Page:
    return services.catch_up(user_id, form.room_id, form.after)
