"""Who hears a room follows from the memberships, in whatever order a process hears of them, or if it never does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gevent
import pytest
from bson import ObjectId
from flask import Flask
from flask_socketio import SocketIOTestClient

from app.auth import services as accounts
from app.chat import audiences, broadcasts, memberships, missed, room_members, rooms
from app.chat.models import Membership, Room
from app.extensions import socketio
from tests.people import PASSWORD


@dataclass
class Listener:
    """A connection in this process, and what it hears."""

    user_id: ObjectId
    client: SocketIOTestClient

    def hears(self, room: Room) -> bool:
        self.client.get_received(audiences.NAMESPACE)
        broadcasts.typing_stopped(room.id, {"id": str(self.user_id), "name": "Ada"})
        return bool(self.client.get_received(audiences.NAMESPACE))

    def told(self) -> list[str]:
        """What it was told of its rooms since it was asked before."""
        names = [event["name"] for event in self.client.get_received(audiences.NAMESPACE)]
        return [name for name in names if name.startswith("room:")]


@pytest.fixture
def den(app: Flask) -> Room:
    room: Room = Room(name="Den", kind="closed").save()
    return room


@pytest.fixture
def ada(app: Flask) -> Iterator[Listener]:
    account = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD}
    answer = app.test_client().post("/users", json=account).get_json()
    client = socketio.test_client(app, audiences.NAMESPACE, auth={"token": answer["access_token"]})
    assert client.is_connected(audiences.NAMESPACE)
    yield Listener(ObjectId(answer["user"]["id"]), client)
    if client.is_connected(audiences.NAMESPACE):
        client.disconnect(audiences.NAMESPACE)


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audiences, "QUIET_SECONDS", -1.0)


def late(procedure: Any, listener: Listener, room: Room) -> None:
    """News from another process that comes when it no longer holds."""
    procedure(str(listener.user_id), str(room.id))


def let_others_run() -> None:
    for _ in range(3):
        gevent.sleep(0)


def test_news_of_an_invitation_that_comes_after_that_of_a_removal_lets_nobody_in(
    ada: Listener, den: Room, no_pause: None
) -> None:
    late(audiences._shut_out, ada, den)
    late(audiences._let_in, ada, den)
    let_others_run()
    assert not ada.hears(den)
    missed.tell()
    assert ada.told() == ["room:removed"], "whatever they were told before"


def test_news_of_a_removal_that_comes_after_that_of_an_invitation_shuts_nobody_out(
    ada: Listener, den: Room, no_pause: None
) -> None:
    memberships.join(ada.user_id, den.id)
    late(audiences._let_in, ada, den)
    late(audiences._shut_out, ada, den)
    let_others_run()
    assert ada.hears(den)
    missed.tell()
    assert ada.told() == ["room:added"]
    missed.tell()
    assert ada.told() == [], "once"


def test_a_membership_that_changes_while_it_is_looked_up_is_looked_up_again(
    ada: Listener, den: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    memberships.join(ada.user_id, den.id)
    looked_up = memberships.among

    def change_after_it(room_id: ObjectId, user_ids: list[ObjectId]) -> list[ObjectId]:
        found = looked_up(room_id, user_ids)
        memberships.leave(ada.user_id, den.id)
        return found

    monkeypatch.setattr(memberships, "among", change_after_it)
    assert audiences.put_right(ada.user_id, den.id) == (False, True)
    assert not ada.hears(den)


def test_what_a_process_never_heard_of_is_put_right_and_told(ada: Listener, den: Room) -> None:
    attic = Room(name="Attic", kind="closed").save()
    room_members.let_in(den, [ada.user_id])
    ada.told()
    Membership.objects(user=ada.user_id, room=den.id).delete()
    memberships.join(ada.user_id, attic.id)
    assert (ada.hears(den), ada.hears(attic)) == (True, False)
    missed.align()
    assert ada.told() == ["room:removed", "room:added"]
    assert (ada.hears(den), ada.hears(attic)) == (False, True)
    missed.align()
    assert ada.told() == []


def test_who_has_another_role_than_when_they_came_is_let_in_anew(ada: Listener) -> None:
    accounts.User.objects(id=ada.user_id).update_one(set__role="guest")
    missed.align()
    assert not ada.client.is_connected(audiences.NAMESPACE)


def test_who_is_taken_out_again_before_they_are_told_hears_nothing_of_the_room(
    ada: Listener, den: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen_by = rooms.seen_by

    def taken_out_first(user_id: ObjectId, room_id: ObjectId) -> Any:
        assert ada.hears(den), "before they are told, so that nothing is missed in between"
        memberships.leave(user_id, room_id)
        return seen_by(user_id, room_id)

    monkeypatch.setattr(rooms, "seen_by", taken_out_first)
    room_members.let_in(den, [ada.user_id])
    assert ada.told() == []
    assert not ada.hears(den)


def test_who_is_let_in_is_told_of_the_room_as_they_see_it(ada: Listener, den: Room) -> None:
    assert room_members.let_in(den, [ada.user_id]) == [ada.user_id]
    [event] = [e for e in ada.client.get_received(audiences.NAMESPACE) if e["name"] == "room:added"]
    assert event["args"] == [{"room": rooms.seen_by(ada.user_id, den.id)}]
    assert ada.hears(den)
    assert room_members.let_in(den, [ada.user_id]) == []
    assert ada.told() == [], "who is in already is told nothing"
