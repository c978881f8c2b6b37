"""Rooms are made, named, archived; and each member says what of a room they want to hear."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from bson import ObjectId
from mongoengine.errors import NotUniqueError

from app.auth.models import now
from app.chat import allowances, audiences, broadcasts, memberships, people, permissions, room_members, rooms
from app.chat.models import Membership, Room
from app.chat.payloads import RoomPayload
from app.chat.permissions import InRoom
from app.chat.room_forms import MOST_IN_DIRECT, RoomCreate, RoomUpdate
from app.errors import BadInput
from app.language import N_, saying

LEAST_IN_DIRECT = 2


def create(user_id: ObjectId, form: RoomCreate) -> RoomPayload:
    """Make a room with these members. Errors: `NotAllowed`, `UserNotFound`, `BadInput`, `TooManyRequests`."""
    others = set(form.member_ids) - {user_id}
    room = _direct(user_id, others) if form.kind == "direct" else _named(user_id, others, form)
    return rooms.seen_by(user_id, room.id)


def update(user_id: ObjectId, form: RoomUpdate) -> RoomPayload:
    """Change a room's name or description. Errors: `NotAMember`, `NotAllowed`, `RoomArchived`."""
    _check(user_id, form.room_id, "update")
    memberships.check_writable(user_id, form.room_id)
    given: dict[str, Any] = {"name": form.name, "description": form.description}
    if changes := {key: value for key, value in given.items() if value is not None}:
        room = Room.objects(id=form.room_id).modify(new=True, **changes)
        room_members.tell_change(room)
    return rooms.seen_by(user_id, form.room_id)


def archive(user_id: ObjectId, room_id: ObjectId, *, archived: bool) -> RoomPayload:
    """End a room, or open it again: archived, it can be read. Errors: `NotAMember`, `NotAllowed`."""
    _check(user_id, room_id, "archive")
    is_other = (
        Room.objects(id=room_id, archived_at=None) if archived else Room.objects(id=room_id, archived_at__ne=None)
    )
    if room := is_other.modify(new=True, archived_at=now() if archived else None):
        audiences.forget_room(room_id)
        room_members.tell_change(room)
    return rooms.seen_by(user_id, room_id)


def involve(user_id: ObjectId, room_id: ObjectId, involvement: str) -> RoomPayload:
    """Choose what of a room one wants to be told. One's other devices learn it. Errors: `NotAMember`."""
    memberships.check(user_id, room_id)
    Membership.objects(user=user_id, room=room_id).update_one(set__involvement=involvement)
    seen = rooms.seen_by(user_id, room_id)
    broadcasts.room_changed_for(user_id, seen)
    return seen


def _named(user_id: ObjectId, others: set[ObjectId], form: RoomCreate) -> Room:
    permissions.require_in_workspace("create_rooms", people.role_of(user_id))
    if form.name is None:
        raise BadInput("name: Fill this in.", {"name": N_("Fill this in.")})
    people.check_seen(user_id, others)
    allowances.spend_apart("rooms", user_id)
    room = Room(id=ObjectId(), name=form.name, kind=form.kind, description=form.description or "")
    # The memberships first: a room that is there has an owner, even if this is cut short.
    memberships.join(user_id, room.id, role="owner", came_by="creation")
    added = [one for one in others if memberships.join(one, room.id)]
    room.save(force_insert=True)
    room_members.tell_added(room, [user_id, *added])
    return room


def _direct(user_id: ObjectId, others: set[ObjectId]) -> Room:
    """The one room of just these people, made if there is none yet."""
    everyone = {user_id, *others}
    if not LEAST_IN_DIRECT <= len(everyone) <= MOST_IN_DIRECT:
        problem = saying("Choose 1 to %(most)s other people.", most=MOST_IN_DIRECT - 1)
        raise BadInput(f"member_ids: {problem}", {"member_ids": problem})
    people.check_seen(user_id, others)
    key = rooms.direct_key(everyone)
    if not Room.objects(key=key):
        allowances.spend_apart("rooms", user_id)
    with suppress(NotUniqueError):
        Room(name="Direct", kind="direct", key=key).save(force_insert=True)
    room: Room = Room.objects(key=key).get()
    # Also in a room that was there: whoever made it may have been cut short.
    room_members.let_in(room, everyone)
    return room


def _check(user_id: ObjectId, room_id: ObjectId, action: InRoom) -> None:
    place = memberships.check(user_id, room_id)
    permissions.require(action, people.role_of(user_id), place.role, permissions.kind_of(place.kind, place.key))
