"""Since when somebody was busy, and whether that is news to them still: on all their devices alike."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from tests.chat.busy import set_status
from tests.chat.stored import Connect, Documents, Meet
from tests.chat.test_status import ahead
from tests.people import Person, Socket


def told(socket: Socket, **expected: Any) -> dict[str, Any]:
    busy_time: dict[str, Any] = socket.wait_for("busy:changed", **expected)["busy_time"]
    return busy_time


def at_connecting(someone: Person, online: Connect) -> dict[str, Any]:
    busy_time: dict[str, Any] = online(someone).wait_for("session:ready")["busy_time"]
    return busy_time


def test_what_came_of_a_busy_time_waits_on_all_devices_until_it_is_put_away_on_one(
    person: Meet, bob: Person, online: Connect
) -> None:
    ada = person("Ada")
    nothing = {"since": None, "is_over": True, "is_seen": True}
    assert at_connecting(ada, online) == nothing
    here, there, others = online(ada), online(ada), online(bob)
    assert here.call("digest:dismiss", {}) == {"ok": True, "busy_time": nothing}
    set_status(here, "busy")
    began = told(there, is_over=False)
    assert (bool(began["since"]), began["is_seen"]) == (True, False)
    assert ada.get("/api/stand-in/digest").json()["since"] == began["since"]

    set_status(here, "available")
    waiting = {**began, "is_over": True}
    assert told(there, is_over=True) == waiting == at_connecting(ada, online)
    assert ada.get("/api/stand-in/digest").json()["since"] == began["since"], "not since the status last began"
    seen = {**waiting, "is_seen": True}
    assert here.call("digest:dismiss", {}) == {"ok": True, "busy_time": seen}
    assert told(there, is_seen=True) == seen == at_connecting(ada, online)
    assert ada.get("/api/stand-in/digest").json()["since"] > began["since"]
    assert ada.get("/api/stand-in").json()["is_set_up"] is False, "nothing of it needs a stand-in"
    assert "busy:changed" not in [event for event, _ in others.heard]


def test_a_busy_time_adds_to_one_before_it_that_nobody_has_looked_at(person: Meet, online: Connect) -> None:
    ada = person("Ada")
    socket = online(ada)
    set_status(socket, "busy")
    first = told(socket, is_over=False)
    set_status(socket, "away")
    set_status(socket, "busy", note="Again")
    assert told(socket, is_over=True)["since"] == told(socket, is_over=False)["since"] == first["since"]
    set_status(socket, "available")
    assert socket.call("digest:dismiss", {})["ok"]
    set_status(socket, "away")
    assert at_connecting(ada, online)["is_seen"] is True, "another status brings nothing back"
    set_status(socket, "busy")
    assert told(socket, is_over=False, is_seen=False)["since"] > first["since"]


def test_what_was_put_away_in_the_middle_is_told_once_more_at_the_end(person: Meet, online: Connect) -> None:
    ada = person("Ada")
    socket = online(ada)
    set_status(socket, "busy", until=ahead(seconds=1))
    began = told(socket, is_over=False)
    assert socket.call("digest:dismiss", {})["busy_time"] == {**began, "is_seen": True}
    set_status(socket, "busy", until=ahead(seconds=1), note="A little longer")
    assert told(socket, is_over=False, is_seen=True)["since"] == began["since"]
    assert told(socket, is_over=True) == {**began, "is_over": True}


def test_a_busy_time_without_a_beginning_does_not_keep_the_next_from_having_one(
    person: Meet, online: Connect, documents: Documents
) -> None:
    ada = person("Ada")
    socket = online(ada)
    set_status(socket, "busy")
    told(socket, is_over=False)
    documents["users"].update_one({"_id": ObjectId(ada.id)}, {"$unset": {"busy_since": 1, "busy_seen": 1}})
    set_status(socket, "available")
    assert at_connecting(ada, online)["since"] is None
    set_status(socket, "busy")
    began = told(socket, is_over=False, is_seen=False)
    assert began["since"]
    set_status(socket, "available")
    assert told(socket, is_over=True, is_seen=False)["since"] == began["since"]


@pytest.mark.parametrize("payload", [None, [], "now"], ids=["nothing", "a list", "a text"])
def test_bad_input_puts_nothing_away(person: Meet, online: Connect, payload: Any) -> None:
    ada = person("Ada")
    socket = online(ada)
    set_status(socket, "busy")
    assert socket.call("digest:dismiss", payload)["error"]["code"] == "bad_input"
    assert at_connecting(ada, online)["is_seen"] is False


def test_nobody_puts_away_what_waits_for_another(person: Meet, online: Connect, eve: Person) -> None:
    ada = person("Ada")
    set_status(online(ada), "busy")
    assert online(eve).call("digest:dismiss", {"user_id": ada.id})["busy_time"]["since"] is None
    assert at_connecting(ada, online)["is_seen"] is False
