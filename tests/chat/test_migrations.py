"""What an earlier version left is brought up to date, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from flask import Flask

from app.auth.models import User, now
from app.chat import migrations
from app.chat.migrations import Migration
from app.chat.models import Membership, Room

pytestmark = pytest.mark.usefixtures("app")


def leave_membership(room: Room, user_id: ObjectId, **values: Any) -> None:
    """As the version before wrote it."""
    Membership._get_collection().insert_one(
        {"room": room.id, "user": user_id, "last_read_seq": 0, "joined_at": now(), **values}
    )


def test_a_membership_that_does_not_say_how_it_came_about_is_told_by_the_room_and_the_role(app: Flask) -> None:
    maker, member = ObjectId(), ObjectId()
    email = {"email": "guest@example.com", "email_key": "guest@example.com"}
    guest = User(name="Guest", role="guest", password_hash="-", **email).save().id
    hall, den = (Room(name=kind, kind=kind).save() for kind in ("open", "closed"))
    leave_membership(hall, maker, role="owner")
    for user in (member, guest):
        leave_membership(hall, user)
    leave_membership(den, member)
    migrations.run()
    assert {(one.room, one.user): one.came_by for one in Membership.objects} == {
        (hall.id, maker): "creation",
        (hall.id, member): "joining",
        (hall.id, guest): "invitation",
        (den.id, member): "invitation",
    }
    Membership.objects(user=member).update(set__came_by="creation")
    migrations.run(anew=True)
    assert set(Membership.objects(user=member).scalar("came_by")) == {"creation"}, "what says so already stays"


def test_whoever_is_busy_without_a_beginning_is_so_since_their_status_began(app: Flask) -> None:
    began, earlier = now() - timedelta(hours=1), now() - timedelta(hours=2)
    began, earlier = (moment.replace(microsecond=0) for moment in (began, earlier))
    told = [
        ("busy", {}, (began, False)),
        ("busy", {"busy_since": earlier, "busy_seen": True}, (earlier, True)),
        ("available", {}, (None, None)),
    ]
    for number, (status, values, _) in enumerate(told):
        email = f"{number}@example.com"
        User(name="Ada", email=email, email_key=email, password_hash="-", status=status, **values).save()
    User.objects.update(set__status_since=began)
    migrations.run()
    assert [(user.busy_since, user.busy_seen) for user in User.objects.order_by("email")] == [
        expected for *_, expected in told
    ]


def test_a_step_is_done_once_and_again_where_that_is_asked_for(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    steps = {name: lambda name=name: done.append(name) for name in ("one", "two")}
    monkeypatch.setattr(migrations, "STEPS", steps)
    migrations.run()
    migrations.run()
    assert done == ["one", "two"]
    migrations.run(anew=True)
    assert done == ["one", "two"] * 2
    assert set(Migration.objects.scalar("name")) == {"one", "two"}


def test_a_step_that_failed_is_done_at_the_next_start(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def fail() -> None:
        raise OSError("cut short")

    monkeypatch.setattr(migrations, "STEPS", {"one": lambda: done.append("one"), "two": fail})
    with pytest.raises(OSError, match="cut short"):
        migrations.run()
    monkeypatch.setattr(migrations, "STEPS", {"one": lambda: done.append("one"), "two": lambda: done.append("two")})
    migrations.run()
    assert done == ["one", "two"]
