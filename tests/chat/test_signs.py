"""Away after ten minutes without a sign of life."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from app.auth.models import now
from app.chat.signs import AWAY_AFTER
from tests.chat.stored import Connect, Documents, MakeRoom, Meet
from tests.people import Person, Socket

HEARTBEAT = 15  # seconds in which the next one certainly comes


def be_silent(documents: Documents, person: Person) -> None:
    """As if all that this person's connections ever did was eleven minutes ago."""
    past = now() - AWAY_AFTER - timedelta(minutes=1)
    documents["connections"].update_many({"user": ObjectId(person.id)}, {"$set": {"active_at": past}})


def seen(watcher: Person, person: Person) -> dict[str, Any]:
    users: list[dict[str, Any]] = watcher.connect().wait_for("session:ready")["users"]
    return next(user for user in users if user["id"] == person.id)


@pytest.fixture
def absent(person: Meet, bob: Person, online: Connect, documents: Documents) -> tuple[Person, Socket, Socket]:
    """Someone who has become away, their connection, and one of Bob's that heard of it."""
    someone = person("Someone")
    watcher, silent = online(bob), online(someone)
    be_silent(documents, someone)
    told = watcher.wait_for("user:changed", seconds=HEARTBEAT, id=someone.id, is_away=True)["user"]
    assert told["is_online"]
    return someone, silent, watcher


def test_who_is_silent_on_all_devices_is_away_for_those_who_come_later_too(
    absent: tuple[Person, Socket, Socket], bob: Person
) -> None:
    someone, _, _ = absent
    assert (seen(bob, someone)["is_online"], seen(bob, someone)["is_away"]) == (True, True)


def test_a_sign_of_life_is_told_at_once(absent: tuple[Person, Socket, Socket]) -> None:
    someone, silent, watcher = absent
    assert silent.call("presence:active", {}) == {"ok": True}
    watcher.wait_for("user:changed", seconds=8, id=someone.id, is_away=False)  # not with the next heartbeat


def test_whatever_else_they_do_brings_them_back(absent: tuple[Person, Socket, Socket], room: MakeRoom) -> None:
    someone, silent, watcher = absent
    silent.send(room(someone), "I am here")
    watcher.wait_for("user:changed", seconds=HEARTBEAT, id=someone.id, is_away=False)


def test_who_is_active_on_one_device_is_not_away(
    person: Meet, bob: Person, online: Connect, documents: Documents
) -> None:
    someone, idler = person("Someone"), person("Idler")
    watcher, _, active = online(bob), online(someone), online(someone)
    online(idler)
    be_silent(documents, someone)
    be_silent(documents, idler)
    active.call("presence:active", {})
    watcher.wait_for("user:changed", seconds=HEARTBEAT, id=idler.id, is_away=True)
    assert seen(bob, someone)["is_away"] is False


def test_bad_input_is_refused(ada: Person, online: Connect) -> None:
    assert online(ada).call("presence:active", [])["error"]["code"] == "bad_input"
