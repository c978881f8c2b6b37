from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from flask import Flask

from app.auth.models import User, now
from app.chat import roster
from app.chat.models import Presence


@pytest.fixture
def ada(app: Flask) -> ObjectId:
    return add("Ada")


def add(name: str, **values: Any) -> ObjectId:
    email = f"{ObjectId()}@example.com"
    user_id: ObjectId = User(name=name, email=email, email_key=email, password_hash="-", **values).save().id
    return user_id


def told(user_id: ObjectId) -> dict[str, Any]:
    return next({**user} for user in roster.everyone() if user["id"] == str(user_id))


def test_everyone_is_told_by_name_and_the_removed_are_not(ada: ObjectId) -> None:
    for name in ("Zoe", "Bob"):
        add(name)
    add("Gone", removed_at=now())
    assert [user["name"] for user in roster.everyone()] == ["Ada", "Bob", "Zoe"]


def test_who_is_as_before_is_not_drawn_again(ada: ObjectId) -> None:
    bob = add("Bob")
    before = roster.everyone()
    Presence(user=bob, is_online=True).save()
    after = roster.everyone()
    assert after[0] is before[0]
    assert (before[1]["is_online"], after[1]["is_online"]) == (False, True)


def test_each_change_of_a_user_and_of_their_presence_is_told_at_the_next_reading(ada: ObjectId) -> None:
    assert not told(ada)["is_online"]
    Presence(user=ada, is_online=True).save()
    assert (told(ada)["is_online"], told(ada)["is_away"]) == (True, False)
    Presence.objects(user=ada).update_one(is_away=True)
    assert (told(ada)["is_online"], told(ada)["is_away"]) == (True, True)
    User.objects(id=ada).update_one(name="Ada L", status="away", status_note="at lunch", role="guest", avatar="1")
    changed = told(ada)
    assert [changed[key] for key in ("name", "status", "status_note", "role")] == ["Ada L", "away", "at lunch", "guest"]
    assert changed["avatar_url"].endswith("v=1")
    Presence.objects(user=ada).update_one(is_online=False)
    assert (told(ada)["is_online"], told(ada)["is_away"]) == (False, False)


def test_a_status_ends_by_itself(ada: ObjectId, monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects(id=ada).update_one(status="busy", status_until=now() + timedelta(hours=1))
    assert told(ada)["status"] == "busy"
    later = now() + timedelta(hours=2)
    monkeypatch.setattr("app.chat.payloads.now", lambda: later)
    assert told(ada)["status"] == "available"
