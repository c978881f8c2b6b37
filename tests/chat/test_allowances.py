"""Whoever sends too much at once is told when to go on; nothing of it is done, and nobody else notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest
from socketio.exceptions import ConnectionError as NotLetIn

from app.chat import allowances
from app.chat.allowances import Buckets
from tests.chat.rooms import code, made
from tests.chat.stored import Connect
from tests.chat.test_connect import refusal
from tests.people import Person, Socket
from tests.server import Server, wait_for

ANY_NUMBER = 60  # far more than is allowed, however slow the machine


class Clock:
    def __init__(self) -> None:
        self.moment = 1000.0

    def __call__(self) -> float:
        return self.moment


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(allowances, "monotonic", clock)
    return clock


def spent_at_once(buckets: Buckets, key: str = "ada") -> int:
    """How many tokens there are, taken."""
    return next(number for number in range(1_000) if buckets.take(key))


def test_a_burst_is_let_through_and_then_as_much_as_comes_back(clock: Clock) -> None:
    buckets = Buckets(1200, 3)
    assert spent_at_once(buckets) == 60
    assert spent_at_once(buckets, "bob") == 60
    assert buckets.take("ada") == pytest.approx(0.05, abs=0.001)
    clock.moment += 0.5
    assert spent_at_once(buckets) == 10
    clock.moment += 3600
    assert spent_at_once(buckets) == 60


def test_a_refused_try_uses_nothing_up(clock: Clock) -> None:
    buckets = Buckets(60, 3)
    assert spent_at_once(buckets) == 3
    waits = [buckets.take("ada") for _ in range(100)]
    assert len(set(waits)) == 1
    clock.moment += waits[0]
    assert spent_at_once(buckets) == 1


def test_where_less_than_one_is_allowed_in_the_time_of_a_burst_one_is_still_let_through(clock: Clock) -> None:
    buckets = Buckets(6, 3)
    assert spent_at_once(buckets) == 1
    clock.moment += 10
    assert spent_at_once(buckets) == 1


def test_whoever_has_not_sent_for_long_is_forgotten(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowances, "MOST_REMEMBERED", 10)
    buckets = Buckets(60, 3)
    assert spent_at_once(buckets) == 3
    clock.moment += 1
    for number in range(20):
        buckets.take(f"passer {number}")
    clock.moment += 1
    for number in range(20):
        buckets.take(f"another {number}")
    assert spent_at_once(buckets) == 2, "what somebody has used up is not forgotten"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(
        tmp_path_factory.mktemp("strict"),
        STANDIN_RATE_LIMITS="on",
        STANDIN_MESSAGES_A_MINUTE="60",
        STANDIN_CHANGES_A_MINUTE="60",
        STANDIN_EVENTS_A_MINUTE="240",
    ).start()
    yield server
    assert server.stop() == 0


@pytest.fixture
def meet(strict: Server) -> Callable[[str], Person]:
    return lambda name: Person(strict.url, name)


def until_refused(act: Callable[[int], Any]) -> Any:
    """Do something over and over; the first refusal, which says when to go on."""
    refusal = next((answer for answer in map(act, range(ANY_NUMBER)) if not answer["ok"]), None)
    assert refusal is not None
    assert code(refusal) == "rate_limited"
    assert isinstance(refusal["error"]["retry_after"], int)
    assert refusal["error"]["retry_after"] >= 1
    return refusal


def sending(socket: Socket, room: str, sent: list[str]) -> Callable[[int], Any]:
    def send(number: int) -> Any:
        sent.append(f"{room}-{number}")
        return socket.call("message:send", {"room_id": room, "body": "Quick", "client_message_id": sent[-1]})

    return send


def test_too_many_messages_are_refused_and_the_refused_one_is_taken_later_once(
    meet: Callable[[str], Person], online: Connect
) -> None:
    ada, bob = meet("Ada"), meet("Bob")
    one, other, his = online(ada), online(ada), online(bob)
    room, keys = made(one, "closed", "Den", bob), list[str]()
    refusal = until_refused(sending(one, room, keys))
    assert [message["client_message_id"] for message in ada.messages(room)] == keys[:-1]
    answer = other.call("message:send", {"room_id": room, "body": "Quick", "client_message_id": "elsewhere"})
    if not answer["ok"]:  # else the machine took so long that there was something again
        assert code(answer) == "rate_limited", "another connection is not another user"
    his.send(room, "Nothing holds me up")
    assert other.call("typing:start", {"room_id": room}) == {"ok": True}
    again = {"room_id": room, "body": "Quick", "client_message_id": keys[-1]}
    for _ in range(ANY_NUMBER):
        gevent.sleep(refusal["error"]["retry_after"])
        if (answer := one.call("message:send", again))["ok"]:
            break
    stored = [message["client_message_id"] for message in ada.messages(room)]
    assert stored.count(keys[-1]) == 1


def test_too_many_other_changes_are_refused_and_none_of_them_is_made(
    meet: Callable[[str], Person], online: Connect
) -> None:
    ada = meet("Ada")
    socket = online(ada)
    room = made(socket)
    names = [f"Den {number}" for number in range(ANY_NUMBER)]
    done: list[int] = []

    def rename(number: int) -> Any:
        answer = socket.call("room:update", {"room_id": room, "name": names[number]})
        done.extend([number] if answer["ok"] else [])
        return answer

    until_refused(rename)
    name = next(one["name"] for one in ada.get("/api/rooms").json()["rooms"] if one["id"] == room)
    assert name == (names[done[-1]] if done else "Den")
    assert socket.send(room, "Messages are counted apart")


@pytest.mark.parametrize("event", ["typing:stop", "presence:active", "no:such", "room:catch_up"])
def test_a_connection_that_sends_too_much_of_anything_is_refused_and_lives_on(
    meet: Callable[[str], Person], online: Connect, event: str
) -> None:
    ada = meet("Ada")
    socket = online(ada)
    payload = {"room_id": ada.lobby(), "after": 0}

    def ask(_: int) -> Any:
        answer = socket.call(event, payload)
        return {"ok": True} if event == "no:such" and code(answer) == "unknown_event" else answer

    until_refused(ask)
    assert socket.client.connected
    assert online(ada).call("typing:stop", payload) == {"ok": True}


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    few = {"STANDIN_ROOMS_AN_HOUR": "9", "STANDIN_CONNECTIONS_OF_ONE": "4"}
    server = Server(tmp_path_factory.mktemp("crowded"), STANDIN_RATE_LIMITS="on", **few).start()
    yield server
    assert server.stop() == 0


def test_nobody_makes_rooms_without_end_for_others_to_be_in(crowded: Server, online: Connect) -> None:
    mallory, victim, other = (Person(crowded.url, name) for name in ("Mallory", "Victoria", "Oscar"))
    socket = online(mallory)
    direct = {"kind": "direct", "member_ids": [victim.id]}
    assert socket.call("room:create", direct)["ok"]

    def make(number: int) -> Any:
        return socket.call("room:create", {"kind": "closed", "name": f"Den {number}", "member_ids": [victim.id]})

    until_refused(make)
    assert code(socket.call("room:create", {"kind": "direct", "member_ids": [victim.id, other.id]})) == "rate_limited"
    assert socket.call("room:create", direct)["ok"], "it is there already"
    assert len(victim.get("/api/rooms").json()["rooms"]) <= 1 + 10
    assert made(online(other), "closed", "Another's", victim)


def test_nobody_has_connections_without_end(crowded: Server, online: Connect) -> None:
    ada, bob = Person(crowded.url, "Ada"), Person(crowded.url, "Bob")
    tabs = [online(ada) for _ in range(4)]
    assert refusal(crowded.url, {"token": ada.token})["data"]["code"] == "too_many_connections"
    assert all(tab.call("presence:active", {})["ok"] for tab in [*tabs, online(bob)])
    tabs[0].close()
    wait_for(lambda: _is_let_in(ada, online), "a place for another tab")


def _is_let_in(person: Person, online: Connect) -> bool:
    try:
        online(person)
    except NotLetIn:
        return False
    return True
