"""Rooms: who is in them, what they are called, and what happened in them."""

from __future__ import annotations

from bson import ObjectId

from app.chat import room_members, room_settings, services
from app.chat.events.answering import Ack, on
from app.chat.forms import CatchUp
from app.chat.room_forms import RoomArchive, RoomCreate, RoomInvolve, RoomOnly, RoomPeople, RoomUpdate
from app.chat.services import CatchUp as Page


@on("room:create", RoomCreate)
def room_create(user_id: ObjectId, form: RoomCreate) -> Ack:
    return {"room": room_settings.create(user_id, form)}


@on("room:join", RoomOnly)
def room_join(user_id: ObjectId, form: RoomOnly) -> Ack:
    return {"room": room_members.join(user_id, form.room_id)}


@on("room:leave", RoomOnly)
def room_leave(user_id: ObjectId, form: RoomOnly) -> Ack:
    room_members.leave(user_id, form.room_id)
    return {}


@on("room:invite", RoomPeople)
def room_invite(user_id: ObjectId, form: RoomPeople) -> Ack:
    return {"user_ids": [str(one) for one in room_members.invite(user_id, form.room_id, form.user_ids)]}


@on("room:remove", RoomPeople)
def room_remove(user_id: ObjectId, form: RoomPeople) -> Ack:
    return {"user_ids": [str(one) for one in room_members.remove(user_id, form.room_id, form.user_ids)]}


@on("room:update", RoomUpdate)
def room_update(user_id: ObjectId, form: RoomUpdate) -> Ack:
    return {"room": room_settings.update(user_id, form)}


@on("room:archive", RoomArchive)
def room_archive(user_id: ObjectId, form: RoomArchive) -> Ack:
    return {"room": room_settings.archive(user_id, form.room_id, archived=form.archived)}


@on("room:involve", RoomInvolve)
def room_involve(user_id: ObjectId, form: RoomInvolve) -> Ack:
    return {"room": room_settings.involve(user_id, form.room_id, form.involvement)}


@on("room:catch_up", CatchUp, "events")
def room_catch_up(user_id: ObjectId, form: CatchUp) -> Page:
    return services.catch_up(user_id, form.room_id, form.after)
