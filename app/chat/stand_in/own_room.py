"""The room in which somebody is alone with the AI. Nobody else can ever be in it: see `app.chat.permissions`."""

from __future__ import annotations

from contextlib import suppress

from bson import ObjectId
from mongoengine.errors import NotUniqueError

from app.chat import memberships, room_members, rooms
from app.chat.models import Room
from app.chat.payloads import RoomPayload

NAME = "Assistant"


def enter(user_id: ObjectId) -> RoomPayload:
    """The one such room of this user, made at the first time."""
    key = f"assistant:{user_id}"
    with suppress(NotUniqueError):
        Room(name=NAME, kind="assistant", key=key).save(force_insert=True)
    room = Room.objects(key=key).get()
    # Also in a room that was there: whoever made it may have been cut short.
    room_members.let_in(room, [user_id])
    return rooms.seen_by(user_id, room.id)


def is_one(user_id: ObjectId, room_id: ObjectId) -> bool:
    """Whether this is that room."""
    try:
        return memberships.check(user_id, room_id).kind == "assistant"
    except memberships.NotAMember:
        return False
