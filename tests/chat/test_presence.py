from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from bson import ObjectId
from flask import Flask

from app.auth.models import User, now
from app.auth.tokens import Claims
from app.chat import payloads, presence
from app.chat.models import CONNECTION_TTL, Connection, Presence
from tests.chat.stored import Connect, Meet
from tests.people import Person, Socket


def heard_of(socket: Socket, someone: Person) -> list[str]:
    """Which comings and goings of someone a socket was told, in order."""
    return [
        event
        for event, payload in list(socket.heard)
        if event in {"user:connected", "user:disconnected"} and payload["user"]["id"] == someone.id
    ]


def test_a_users_first_connection_and_the_end_of_the_last_are_told_to_everyone_else(
    person: Meet, bob: Person, online: Connect
) -> None:
    ada, witness = person("Ada"), online(bob)
    first = online(ada)
    came = witness.wait_for("user:connected", id=ada.id)["user"]
    assert (came["name"], came["is_online"]) == ("Ada", True)
    second = online(ada)
    second.wait_for("session:ready")
    first.close()
    second.close()
    went = witness.wait_for("user:disconnected", id=ada.id)["user"]
    assert went == {**came, "is_online": False}
    assert heard_of(witness, ada) == ["user:connected", "user:disconnected"]
    assert heard_of(first, ada) == heard_of(second, ada) == []


def test_a_reload_is_not_told(person: Meet, bob: Person, online: Connect) -> None:
    ada, carol, witness = person("Ada"), person("Carol"), online(bob)
    before, hers = online(ada), online(carol)
    witness.wait_for("user:connected", id=carol.id)
    before.close()
    online(ada)
    hers.close()
    # Her grace ends after that of the reload.
    witness.wait_for("user:disconnected", id=carol.id)
    assert heard_of(witness, ada) == ["user:connected"]


def test_who_is_online_is_in_everyones_list(person: Meet, bob: Person, online: Connect) -> None:
    ada = person("Ada")
    assert not user(online(bob), ada)["is_online"]
    online(ada)
    assert user(online(bob), ada)["is_online"]


def user(socket: Socket, someone: Person) -> dict[str, object]:
    users: list[dict[str, object]] = socket.wait_for("session:ready")["users"]
    return next(user for user in users if user["id"] == someone.id)


def test_connections_that_come_at_once_are_told_as_one_arrival(person: Meet, bob: Person, online: Connect) -> None:
    ada, witness, carol = person("Ada"), online(bob), person("Carol")
    with ThreadPoolExecutor(8) as together:
        list(together.map(online, [ada] * 8))
    online(carol)
    witness.wait_for("user:connected", id=carol.id)
    assert heard_of(witness, ada) == ["user:connected"]


@pytest.fixture
def caller(app: Flask) -> Claims:
    user = User(name="Ada", email="ada@example.com", email_key="ada@example.com", password_hash="-").save()
    return Claims(user.id, user.name, str(ObjectId()), "jti")


def arrive(caller: Claims, socket_id: str) -> None:
    user = User.objects(id=caller.user_id).get()
    presence.connected(caller, socket_id, payloads.user(user, is_online=True))


def test_a_connection_that_was_taken_for_dead_is_noted_again(caller: Claims) -> None:
    arrive(caller, "taken-for-dead")
    Connection.objects.delete()
    Presence.objects.update(is_online=False)
    presence.tend()
    assert Connection.objects(socket_id="taken-for-dead", username="Ada", user=caller.user_id).count() == 1
    assert Presence.objects(user=caller.user_id, is_online=True).count() == 1
    presence.leave()


def test_a_connection_that_ended_while_the_database_was_away_is_removed_later(caller: Claims) -> None:
    arrive(caller, "stays")
    arrive(caller, "left-over")
    left_over = Connection.objects(socket_id="left-over").get()
    presence.disconnected("left-over")
    left_over.save(force_insert=True)
    presence.tend()
    assert [connection.socket_id for connection in Connection.objects] == ["stays"]
    presence.leave()


def test_a_process_that_lives_renews_its_own_connections_and_removes_those_of_the_dead(caller: Claims) -> None:
    arrive(caller, "ours")
    long_ago = now() - 2 * CONNECTION_TTL
    theirs = {"username": "Bob", "user": ObjectId(), "session": "-", "server": "dead"}
    Connection(socket_id="theirs", **theirs).save()
    Connection.objects.update(beat_at=long_ago)
    presence.tend()
    assert [connection.socket_id for connection in Connection.objects(beat_at__gt=long_ago)] == ["ours"]
    assert Connection.objects.count() == 1
    presence.leave()


def test_who_has_no_connection_is_settled_as_gone_once(caller: Claims) -> None:
    arrive(caller, "ours")
    presence.settle(caller.user_id)
    assert Presence.objects(user=caller.user_id, is_online=True).count() == 1
    presence.leave()
    presence.settle(caller.user_id)
    presence.settle(caller.user_id)
    assert Presence.objects(user=caller.user_id, is_online=False).count() == 1


def test_who_is_not_there_any_more_is_told_to_nobody(caller: Claims) -> None:
    arrive(caller, "ours")
    presence.leave()
    User.objects(id=caller.user_id).delete()
    presence.settle(caller.user_id)
    assert Presence.objects.count() == 0
