"""What administrators see of stand-ins, and the switch with which they turn them off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.chat.busy import Busy, replies, reply
from tests.chat.rooms import make
from tests.chat.stand_in.pen import Pen
from tests.chat.stored import Connect, Documents, MakeRoom
from tests.people import Person
from tests.server import Server, wait_for

ADMIN = "/api/stand-in/admin"


@pytest.fixture
def root(server: Server, documents: Documents) -> Iterator[Person]:
    person = Person(server.url, "Root")
    make(documents, person, "administrator")
    yield person
    turn(person, on=True)


def turn(person: Person, *, on: Any) -> Any:
    return person.write("PUT", ADMIN, json={"enabled": on})


def used_by(root: Person, owner: Person) -> list[dict[str, Any]]:
    return [day for day in root.get(ADMIN).json()["days"] if day["owner"]["id"] == owner.id]


def test_an_administrator_sees_counts_and_no_text(
    root: Person, ada: Person, bob: Person, room: MakeRoom, online: Connect, busy: Busy, pen: Pen
) -> None:
    den, asker = room(ada, bob, name="the-name-of-the-room"), online(bob)
    busy(ada, note="the-note")
    asker.send(den, "the-question")
    pen.finish("the-answer")
    reply(asker, den)
    wait_for(lambda: used_by(root, ada)[0]["outcomes"]["done"] == 1, "the call to be closed")
    answer = root.get(ADMIN)
    (day,) = used_by(root, ada)
    (call,) = ada.get("/api/stand-in/audit").json()["calls"]
    assert (day["owner"], day["day"]) == ({"id": ada.id, "name": "Ada"}, call["at"][:10])
    assert {key: day[key] for key in ("tokens_in", "tokens_out", "cost")} == {
        key: call[key] for key in ("tokens_in", "tokens_out", "cost")
    }
    assert (day["calls"], sum(day["outcomes"].values())) == (1, 1)
    assert "the-" not in answer.text
    assert den not in answer.text
    overview = answer.json()
    assert (overview["is_enabled"], overview["is_locked"], overview["is_configured"]) == (True, False, True)
    assert overview["bounds"] == {"replies_a_day": 200, "tokens_a_day": 200_000}
    for days in (0, 32, "x"):
        assert root.get(ADMIN, params={"days": days}).json()["error"]["code"] == "bad_input"


def test_nobody_else_sees_them_or_turns_stand_ins_off(root: Person, ada: Person) -> None:
    for answer in (ada.get(ADMIN), turn(ada, on=False)):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")
    for value in (None, "off", 0):
        assert turn(root, on=value).json()["error"]["code"] == "bad_input"
    assert ada.get("/api/stand-in").json()["is_enabled"]


def test_switched_off_what_is_written_ends_and_nothing_more_is_asked_until_it_is_on_again(
    root: Person, ada: Person, bob: Person, room: MakeRoom, online: Connect, busy: Busy, pen: Pen
) -> None:
    den, other, asker = room(ada, bob), room(ada, bob), online(bob)
    busy(ada)
    asker.send(den, "Where is the plan?")
    while not replies(bob, den):
        pen.write("so ")
        asker.client.sleep(0.2)
    assert turn(root, on=False).json() == {"is_enabled": False, "is_locked": False, "is_configured": True}
    pen.write("and ")
    assert asker.wait_for("message:completed", room_id=den)["message"]["state"] == "stopped"
    pen.finish()
    assert not ada.get("/api/stand-in").json()["is_enabled"]
    asker.send(other, "And now?")
    assert reply(asker, other)["body"].startswith("Ada is busy")
    assert ada.get("/api/stand-in/audit").json()["calls"][0]["reason"] == "switched_off"
    turn(root, on=True)
    asker.send(other, "And now?")
    pen.finish("In the wiki.")
    assert reply(asker, other)["body"] == "In the wiki."


def test_what_the_settings_turn_off_stays_off(make_server: Callable[..., Server]) -> None:
    server = make_server(STANDIN_AI="off").start()
    first = Person(server.url, "Root")  # whoever comes first administers
    answer = turn(first, on=True).json()
    assert answer == {"is_enabled": False, "is_locked": True, "is_configured": False}
