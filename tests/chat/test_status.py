from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from tests.chat.stored import Connect, Documents, Meet
from tests.people import Person


def ahead(**delta: float) -> str:
    return (datetime.now(UTC) + timedelta(**delta)).isoformat()


def until(user: dict[str, Any]) -> timedelta:
    """How long from now the status lasts."""
    return datetime.fromisoformat(user["status_until"]) - datetime.now(UTC)


def test_a_status_is_acknowledged_and_told_to_everyone(person: Meet, bob: Person, online: Connect) -> None:
    ada, other = person("Ada"), online(bob)
    here, there = online(ada), online(ada)
    answer = here.call("status:set", {"status": "away", "until": ahead(hours=1), "note": "Lunch"})
    assert answer["ok"] is True
    user = answer["user"]
    assert (user["id"], user["status"], user["status_note"]) == (ada.id, "away", "Lunch")
    assert user["status_until"].endswith("Z")
    for socket in (here, there, other):
        assert socket.wait_for("status:changed", id=ada.id) == {"user": user}


def test_a_status_without_until_and_note_has_none(person: Meet, online: Connect) -> None:
    socket = online(person("Ada"))
    socket.call("status:set", {"status": "away", "until": ahead(hours=1), "note": "Lunch"})
    user = socket.call("status:set", {"status": "away"})["user"]
    assert (user["status_until"], user["status_note"]) == (None, "")


def test_busy_ends_after_eight_hours_when_no_end_is_given(person: Meet, online: Connect) -> None:
    user = online(person("Ada")).call("status:set", {"status": "busy"})["user"]
    assert timedelta(hours=7, minutes=59) < until(user) <= timedelta(hours=8)


def test_a_status_ends_by_itself_and_everyone_is_told(person: Meet, bob: Person, online: Connect) -> None:
    ada, other = person("Ada"), online(bob)
    online(ada).call("status:set", {"status": "busy", "until": ahead(seconds=0.5), "note": "Focus"})
    other.wait_for("status:changed", id=ada.id, status="busy")
    user = other.wait_for("status:changed", id=ada.id, status="available")["user"]
    assert (user["status_until"], user["status_note"], user["is_online"]) == (None, "", True)


def test_a_new_note_continues_a_busy_period_and_another_status_ends_it(
    person: Meet, online: Connect, documents: Documents
) -> None:
    ada = person("Ada")
    socket = online(ada)
    began: list[datetime] = []
    for status in ({"status": "busy"}, {"status": "busy", "note": "Focus"}, {"status": "away"}, {"status": "busy"}):
        assert socket.call("status:set", status)["ok"]
        stored = documents["users"].find_one({"_id": ObjectId(ada.id)})
        assert stored is not None
        began.append(stored["status_since"])
    assert began[0] == began[1] < began[2] < began[3]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", "sleeping"),
        ("status", "Busy"),
        ("status", None),
        ("status", {"$ne": "busy"}),
        ("until", "2020-01-01T00:00:00Z"),
        pytest.param("until", ahead(days=400), id="until-in 400 days"),
        ("until", "9999-12-31T23:59:59-23:59"),
        ("until", "0001-01-01T00:00:00+23:59"),
        pytest.param("until", ahead(hours=1).removesuffix("+00:00"), id="until-without a zone"),
        pytest.param("until", ahead(days=1)[:10], id="until-without a time"),
        ("until", "tomorrow"),
        ("until", 1_900_000_000),
        ("until", {"$date": 1}),
        ("note", "x" * 281),
        ("note", "nul \0"),
        ("note", "half a pair \ud83d"),
        ("note", ["x"]),
    ],
)
def test_a_bad_value_is_refused_with_its_field_and_changes_nothing(
    ada: Person, online: Connect, field: str, value: Any
) -> None:
    answer = online(ada).call("status:set", {"status": "away", field: value})
    assert (answer["ok"], answer["error"]["code"]) == (False, "bad_input")
    assert list(answer["error"]["fields"]) == [field]
    assert online(ada).wait_for("session:ready")["user"]["status"] == "available"
