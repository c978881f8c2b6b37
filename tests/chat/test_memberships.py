from __future__ import annotations

from bson import ObjectId
from flask import Flask

from app.auth.models import User
from app.chat import memberships
from app.chat.models import LOBBY, Room


def test_who_comes_in_joins_the_lobby_also_from_another_room(app: Flask) -> None:
    user_id, den = ObjectId(), Room(name="Den", kind="closed").save()
    memberships.join(user_id, den.id)
    rooms = memberships.enter(user_id, is_guest=False)
    assert set(rooms) == {den.id, Room.objects(key=LOBBY).get().id}
    assert memberships.enter(user_id, is_guest=False) == rooms


def test_a_guest_who_comes_in_leaves_what_nobody_invited_them_to(app: Flask) -> None:
    guest = User(name="Guest", email="g@example.com", email_key="g@example.com", password_hash="-").save()
    hall, attic = (Room(name=name, kind="open").save() for name in ("Hall", "Attic"))
    memberships.join(guest.id, hall.id, came_by="joining")
    memberships.join(guest.id, attic.id)
    assert set(memberships.enter(guest.id, is_guest=False)) == {hall.id, attic.id, Room.objects(key=LOBBY).get().id}
    User.objects(id=guest.id).update_one(set__role="guest")  # and the process died before it did the rest
    assert set(memberships.enter(guest.id, is_guest=True)) == set(memberships.of(guest.id)) == {attic.id}


def test_the_roll_knows_at_once_who_came_and_who_left(app: Flask) -> None:
    den, ada, bob = Room(name="Den", kind="closed").save(), ObjectId(), ObjectId()
    memberships.join(ada, den.id)
    assert memberships.roll(den.id) == (ada,)
    assert memberships.roll(den.id) is memberships.roll(den.id)  # no question to the database for each text
    memberships.join(bob, den.id)
    assert set(memberships.roll(den.id)) == {ada, bob}
    memberships.leave(ada, den.id)
    assert memberships.roll(den.id) == (bob,)
