"""Reminders: set for a time, told when it has come, kept until they are dismissed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from app.chat.reminders import MOST_REMINDERS
from tests.chat.stored import Connect, Documents, MakeRoom
from tests.chat.test_changes import code, delete
from tests.people import Person, Socket


def later(**delay: float) -> str:
    """A time to come, as a client writes it."""
    return (datetime.now(UTC) + timedelta(**delay or {"hours": 1})).isoformat()


def remind(socket: Socket, message_id: str, /, **more: Any) -> Any:
    return socket.call("reminder:set", {"message_id": message_id, "at": later(), **more})


def reminders(someone: Person) -> Any:
    return someone.get("/api/reminders").json()["reminders"]


@pytest.fixture
def carol(person: Any) -> Person:
    """Somebody without reminders."""
    carol: Person = person("Carol")
    return carol


def test_a_reminder_is_listed_and_told_to_the_users_own_connections_alone(
    ada: Person, carol: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada, carol)
    author, here, there = online(ada), online(carol), online(carol)
    sent = author.send(den, "Call the plumber")
    reminder = remind(here, sent["id"], at=later(hours=2), note="Before noon")
    set_to = reminder["reminder"]
    assert (set_to["note"], set_to["state"], set_to["message"]) == ("Before noon", "waiting", sent)
    for socket in (here, there):
        assert socket.wait_for("reminder:changed") == {"reminder": set_to}
    assert reminders(carol) == [set_to]
    assert reminders(ada) == []
    author.send(den, "The last")
    author.wait_for("message:created", body="The last")
    assert not [event for event, _ in author.heard if event.startswith("reminder")]


def test_a_second_reminder_of_the_same_message_takes_the_place_of_the_first(
    carol: Person, room: MakeRoom, online: Connect
) -> None:
    socket = online(carol)
    sent = socket.send(room(carol), "Call the plumber")
    first = remind(socket, sent["id"], note="Soon")["reminder"]
    second = remind(socket, sent["id"], at=later(days=3))["reminder"]
    assert (second["id"], second["note"]) == (first["id"], "")
    assert second["at"] > first["at"]
    assert reminders(carol) == [second]


def test_when_its_time_has_come_it_is_told_once_and_kept_until_it_is_dismissed(
    carol: Person, room: MakeRoom, online: Connect
) -> None:
    here, there = online(carol), online(carol)
    sent = here.send(room(carol), "Call the plumber")
    reminder = remind(here, sent["id"], at=later(seconds=1.5), note="Now")["reminder"]
    due = {**reminder, "state": "due"}
    for socket in (here, there):
        assert socket.wait_for("reminder:due") == {"reminder": due}
    assert reminders(carol) == [due]
    assert here.call("reminder:dismiss", {"reminder_id": reminder["id"]})["reminder"] == {**due, "state": "dismissed"}
    assert there.wait_for("reminder:changed", state="dismissed")["reminder"]["id"] == reminder["id"]
    assert reminders(carol) == []
    assert code(here.call("reminder:dismiss", {"reminder_id": reminder["id"]})) == "reminder_not_found"
    assert [event for event, _ in there.heard].count("reminder:due") == 1


def test_who_was_away_when_it_was_due_finds_it_in_the_list(
    carol: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    socket, witness = online(carol), online(carol)
    den = room(carol)
    sent = socket.send(den, "Call the plumber")
    reminder = remind(socket, sent["id"])["reminder"]
    other = remind(socket, socket.send(den, "Another")["id"], at=later(seconds=1.5))
    socket.close()
    documents["reminders"].update_one({"_id": ObjectId(reminder["id"])}, {"$set": {"at": datetime.now(UTC)}})
    witness.wait_for("reminder:due", id=other["reminder"]["id"])
    assert [(each["id"], each["state"]) for each in reminders(carol)] == [
        (reminder["id"], "due"),
        (other["reminder"]["id"], "due"),
    ]


def test_a_reminder_is_taken_back(carol: Person, room: MakeRoom, online: Connect) -> None:
    here, there = online(carol), online(carol)
    sent = here.send(room(carol), "Call the plumber")
    reminder = remind(here, sent["id"])["reminder"]
    assert code(here.call("reminder:dismiss", {"reminder_id": reminder["id"]})) == "reminder_not_found"
    answer = here.call("reminder:cancel", {"reminder_id": reminder["id"]})
    assert answer["reminder"] == {**reminder, "state": "cancelled"}
    assert there.wait_for("reminder:changed", state="cancelled") == {"reminder": answer["reminder"]}
    assert reminders(carol) == []


def test_of_a_room_that_one_has_left_nothing_is_told_and_nothing_shown(
    carol: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    socket = online(carol)
    den, lair = room(carol), room(carol)
    gone = remind(socket, socket.send(lair, "A secret")["id"])["reminder"]
    stays = remind(socket, socket.send(den, "Call the plumber")["id"])["reminder"]
    documents["memberships"].delete_one({"room": ObjectId(lair), "user": ObjectId(carol.id)})
    documents["reminders"].update_one({"_id": ObjectId(gone["id"])}, {"$set": {"at": datetime.now(UTC)}})
    documents["reminders"].update_one({"_id": ObjectId(stays["id"])}, {"$set": {"at": datetime.now(UTC)}})
    socket.wait_for("reminder:due", id=stays["id"])
    assert [payload["reminder"]["id"] for event, payload in socket.heard if event == "reminder:due"] == [stays["id"]]
    assert [each["id"] for each in reminders(carol)] == [stays["id"]]
    for event in ("reminder:cancel", "reminder:dismiss"):
        assert code(socket.call(event, {"reminder_id": gone["id"]})) == "reminder_not_found"


def test_a_reminder_of_a_deleted_message_shows_what_is_left_of_it(
    carol: Person, room: MakeRoom, online: Connect
) -> None:
    socket = online(carol)
    sent = socket.send(room(carol), "Soon gone")
    remind(socket, sent["id"])
    gone = delete(socket, sent["id"])["message"]
    assert [each["message"] for each in reminders(carol)] == [gone]
    assert code(remind(socket, sent["id"])) == "message_deleted"


def test_nobody_has_reminders_without_end(carol: Person, room: MakeRoom, online: Connect, documents: Documents) -> None:
    den, socket = room(carol), online(carol)
    sent = socket.send(den, "One more")
    one = {"user": ObjectId(carol.id), "room": ObjectId(den), "at": datetime.now(UTC) + timedelta(days=1)}
    documents["reminders"].insert_many(
        {**one, "message": ObjectId(), "note": "", "state": "waiting", "created_at": datetime.now(UTC)}
        for _ in range(MOST_REMINDERS)
    )
    assert code(remind(socket, sent["id"])) == "too_many_reminders"


def test_an_outsider_is_reminded_of_nothing_and_ends_nobody_elses_reminder(
    ada: Person, eve: Person, room: MakeRoom, online: Connect
) -> None:
    den, author, outsider = room(ada), online(ada), online(eve)
    sent = author.send(den, "Call the plumber")
    reminder = remind(author, sent["id"])["reminder"]
    assert code(remind(outsider, sent["id"])) == "message_not_found"
    assert remind(outsider, sent["id"]) == remind(outsider, str(ObjectId()))
    for event in ("reminder:cancel", "reminder:dismiss"):
        assert code(outsider.call(event, {"reminder_id": reminder["id"]})) == "reminder_not_found"
    assert reminders(eve) == []
    assert reminder in reminders(ada)


@pytest.mark.parametrize(
    "values",
    [
        {"message_id": "x"},
        {"at": None},
        {"at": "tomorrow"},
        {"at": "2099-01-31T09:30:00"},
        {"at": "2001-01-31T09:30:00Z"},
        {"at": "2099-01-31T09:30:00Z"},
        {"at": 7},
        {"note": "x" * 281},
        {"note": 7},
    ],
    ids=str,
)
def test_a_reminder_at_no_time_is_refused(
    carol: Person, room: MakeRoom, online: Connect, values: dict[str, Any]
) -> None:
    socket = online(carol)
    sent = socket.send(room(carol), "Call the plumber")
    answer = remind(socket, sent["id"], **values)
    assert (code(answer), list(answer["error"]["fields"])) == ("bad_input", list(values))
    assert reminders(carol) == []


@pytest.mark.parametrize("event", ["reminder:cancel", "reminder:dismiss"])
@pytest.mark.parametrize("payload", [None, [], "x", {}, {"reminder_id": "x"}, {"reminder_id": {"$ne": ""}}], ids=str)
def test_bad_input_ends_no_reminder(ada: Person, online: Connect, event: str, payload: Any) -> None:
    assert code(online(ada).call(event, payload)) == "bad_input"
