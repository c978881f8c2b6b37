"""Messages that are sent later: at a time, or when somebody is back."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId

from app.chat.forms import MOST_FILES
from app.chat.scheduling import MOST_SCHEDULED
from tests.chat.busy import Busy, reply, set_status
from tests.chat.stored import Connect, Documents, MakeRoom
from tests.chat.test_changes import code
from tests.chat.test_files import uploaded
from tests.chat.test_reminders import later
from tests.people import NOBODYS_ID, Person, Socket

numbers = itertools.count()


def schedule(socket: Socket, room_id: str, /, **values: Any) -> Any:
    """message:schedule, in an hour unless something else is said."""
    key = f"scheduled-{next(numbers)}-{ObjectId()}"
    when = {} if "when_back_user_id" in values else {"at": later()}
    payload = {"room_id": room_id, "body": "Good morning", "client_message_id": key, **when, **values}
    return socket.call("message:schedule", payload)


def scheduled(someone: Person) -> Any:
    return someone.get("/api/scheduled").json()["scheduled"]


def make_due(documents: Documents, one: dict[str, Any]) -> None:
    documents["scheduled"].update_one({"_id": ObjectId(one["id"])}, {"$set": {"at": datetime.now(UTC)}})


@pytest.fixture
def carol(person: Any) -> Person:
    """Somebody of whom nothing waits."""
    carol: Person = person("Carol")
    return carol


def test_a_message_waits_and_is_sent_when_its_time_has_come(
    ada: Person, carol: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada, carol)
    here, there, reader = online(carol), online(carol), online(ada)
    waits = schedule(here, den, at=later(seconds=1.5))["scheduled"]
    assert (waits["room_id"], waits["body"], waits["state"], waits["when_back"]) == (
        den,
        "Good morning",
        "waiting",
        None,
    )
    for socket in (here, there):
        assert socket.wait_for("schedule:changed") == {"scheduled": waits}
    assert scheduled(carol) == [waits]
    assert carol.messages(den) == []
    message = reader.wait_for("message:created", room_id=den)["message"]
    assert (message["sender"]["id"], message["body"]) == (carol.id, "Good morning")
    assert message["client_message_id"] == waits["client_message_id"]
    assert there.wait_for("schedule:changed", state="sent") == {"scheduled": {**waits, "state": "sent"}}
    assert scheduled(carol) == []
    assert next(one for one in carol.get("/api/rooms").json()["rooms"] if one["id"] == den)["last_read_seq"] == 1
    assert not [event for event, _ in reader.heard if event == "schedule:changed"]


def test_scheduled_twice_under_the_same_key_it_waits_once(carol: Person, room: MakeRoom, online: Connect) -> None:
    den, socket = room(carol), online(carol)
    first = schedule(socket, den, client_message_id="one")
    assert schedule(socket, den, client_message_id="one", body="Another") == first
    assert scheduled(carol) == [first["scheduled"]]


def test_what_was_sent_already_is_not_sent_again(
    carol: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den, socket = room(carol), online(carol)
    sent = socket.send(den, "Good morning", "key-of-both")
    waits = schedule(socket, den, client_message_id="key-of-both")["scheduled"]
    make_due(documents, waits)
    socket.wait_for("schedule:changed", state="sent")
    assert carol.messages(den) == [sent]


def test_a_message_waits_until_a_busy_person_is_back_by_their_own_choice(
    ada: Person, carol: Person, room: MakeRoom, online: Connect, busy: Busy
) -> None:
    den, socket = room(ada, carol), online(carol)
    returning = busy(ada)
    waits = schedule(socket, den, when_back_user_id=ada.id)["scheduled"]
    assert (waits["at"], waits["when_back"]) == (None, {"id": ada.id, "name": "Ada"})
    other = schedule(socket, den, body="At a time", at=later(seconds=2))["scheduled"]
    socket.wait_for("schedule:changed", id=other["id"], state="sent")
    assert scheduled(carol) == [waits]
    set_status(returning, "available")
    assert socket.wait_for("schedule:changed", id=waits["id"])["scheduled"]["state"] == "sent"
    assert [message["body"] for message in carol.messages(den)] == ["At a time", "Good morning"]


def test_a_message_waits_until_a_busy_time_is_over(
    ada: Person, carol: Person, room: MakeRoom, online: Connect, busy: Busy
) -> None:
    den, socket = room(ada, carol), online(carol)
    busy(ada, until=later(seconds=2))
    waits = schedule(socket, den, when_back_user_id=ada.id)["scheduled"]
    socket.wait_for("schedule:changed", id=waits["id"], state="sent")
    assert [message["origin"] for message in carol.messages(den)] == ["person"]


def test_a_message_that_was_sent_later_is_answered_like_any_other(
    ada: Person, carol: Person, room: MakeRoom, online: Connect, documents: Documents, busy: Busy
) -> None:
    den, socket = room(ada, carol), online(carol)
    busy(ada, note="Back at 3")
    make_due(documents, schedule(socket, den)["scheduled"])
    assert reply(socket, den)["on_behalf_of"]["id"] == ada.id


def test_the_text_and_the_moment_are_changed_while_it_waits(
    ada: Person, carol: Person, room: MakeRoom, online: Connect, busy: Busy
) -> None:
    den, here, there = room(ada, carol), online(carol), online(carol)
    busy(ada)
    waits = schedule(here, den)["scheduled"]
    about = {"scheduled_id": waits["id"]}
    changed = here.call("schedule:update", {**about, "body": "Good evening"})["scheduled"]
    assert changed == {**waits, "body": "Good evening"}
    assert there.wait_for("schedule:changed", body="Good evening") == {"scheduled": changed}
    other = here.call("schedule:update", {**about, "when_back_user_id": ada.id})["scheduled"]
    assert other == {**changed, "at": None, "when_back": {"id": ada.id, "name": "Ada"}}
    again = here.call("schedule:update", {**about, "at": later(days=2)})["scheduled"]
    assert again == {**changed, "at": again["at"]}
    assert again["at"] > waits["at"]
    assert scheduled(carol) == [again]


def test_a_message_that_waits_is_cancelled(carol: Person, room: MakeRoom, online: Connect) -> None:
    den, here, there = room(carol), online(carol), online(carol)
    waits = schedule(here, den)["scheduled"]
    about = {"scheduled_id": waits["id"]}
    assert here.call("schedule:cancel", about) == {"ok": True, "scheduled": {**waits, "state": "cancelled"}}
    assert there.wait_for("schedule:changed", state="cancelled")["scheduled"]["id"] == waits["id"]
    assert scheduled(carol) == []
    for event in ("schedule:update", "schedule:cancel", "schedule:send"):
        assert code(here.call(event, about)) == "scheduled_not_found"


def test_a_message_that_waits_is_sent_at_once_on_demand(carol: Person, room: MakeRoom, online: Connect) -> None:
    den, here, there = room(carol), online(carol), online(carol)
    waits = schedule(here, den)["scheduled"]
    message = here.call("schedule:send", {"scheduled_id": waits["id"]})["message"]
    assert carol.messages(den) == [message]
    there.wait_for("schedule:changed", id=waits["id"], state="sent")
    assert scheduled(carol) == []


def test_who_is_no_member_any_more_is_told_that_it_is_not_sent(
    ada: Person, carol: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den, lair, socket = room(ada, carol), room(carol), online(carol)
    waits = schedule(socket, den)["scheduled"]
    documents["memberships"].delete_one({"room": ObjectId(den), "user": ObjectId(carol.id)})
    # Past the seconds for which a membership is remembered: no news of its end came here.
    make_due_later = later(seconds=11)
    socket.call("schedule:update", {"scheduled_id": waits["id"], "at": make_due_later})
    failed = socket.wait_for("schedule:changed", seconds=20, state="failed")["scheduled"]
    assert failed["reason"]["code"] == "room_not_found"
    assert failed["reason"]["message"]
    assert scheduled(carol) == [failed]
    assert ada.messages(den) == []
    assert code(socket.call("schedule:send", {"scheduled_id": waits["id"]})) == "room_not_found"
    assert code(socket.call("schedule:update", {"scheduled_id": waits["id"], "at": later()})) == "room_not_found"
    assert socket.call("schedule:cancel", {"scheduled_id": waits["id"]})["ok"]
    assert schedule(socket, lair)["ok"]


def test_what_failed_in_an_archived_room_waits_again_when_it_is_given_another_time(
    carol: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den, socket = room(carol), online(carol)
    waits = schedule(socket, den)["scheduled"]
    reason = {"code": "room_archived", "message": "This room is archived."}
    documents["scheduled"].update_one({"_id": ObjectId(waits["id"])}, {"$set": {"state": "failed", "reason": reason}})
    assert [(each["state"], each["reason"]) for each in scheduled(carol)] == [("failed", reason)]
    again = socket.call("schedule:update", {"scheduled_id": waits["id"], "at": later(seconds=1.5)})["scheduled"]
    assert (again["state"], again["reason"]) == ("waiting", None)
    socket.wait_for("schedule:changed", state="sent")
    assert len(carol.messages(den)) == 1


def test_in_an_archived_room_nothing_is_scheduled(
    carol: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den, socket = room(carol), online(carol)
    documents["rooms"].update_one({"_id": ObjectId(den)}, {"$set": {"archived_at": datetime.now(UTC)}})
    assert code(schedule(socket, den)) == "room_archived"
    assert scheduled(carol) == []


def test_what_is_being_sent_is_neither_changed_nor_cancelled(
    carol: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den, socket = room(carol), online(carol)
    waits = schedule(socket, den)["scheduled"]
    claim = {"claimed_until": datetime.fromisoformat(later()), "claims": 1}
    documents["scheduled"].update_one({"_id": ObjectId(waits["id"])}, {"$set": claim})
    for event in ("schedule:update", "schedule:cancel", "schedule:send"):
        assert code(socket.call(event, {"scheduled_id": waits["id"]})) == "being_sent"
    assert scheduled(carol) == [waits]


def test_nobody_has_messages_waiting_without_end(
    carol: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den, socket = room(carol), online(carol)
    moment = datetime.fromisoformat(later())
    one = {"user": ObjectId(carol.id), "room": ObjectId(den), "body": "Hello", "at": moment, "created_at": moment}
    documents["scheduled"].insert_many(
        {**one, "client_message_id": str(number), "state": "waiting", "claims": 0} for number in range(MOST_SCHEDULED)
    )
    assert code(schedule(socket, den)) == "too_many_scheduled"
    assert len(scheduled(carol)) == MOST_SCHEDULED


def test_an_outsider_schedules_nothing_and_sees_and_ends_nothing_of_others(
    ada: Person, eve: Person, room: MakeRoom, online: Connect
) -> None:
    den, author, outsider = room(ada), online(ada), online(eve)
    waits = schedule(author, den)["scheduled"]
    assert code(schedule(outsider, den)) == "room_not_found"
    assert schedule(outsider, den) == schedule(outsider, str(ObjectId()))
    for event in ("schedule:update", "schedule:cancel", "schedule:send"):
        assert code(outsider.call(event, {"scheduled_id": waits["id"], "body": "Mine"})) == "scheduled_not_found"
    assert scheduled(eve) == []
    assert waits in scheduled(ada)
    author.call("schedule:cancel", {"scheduled_id": waits["id"]})


def test_only_the_return_of_a_member_of_the_room_is_waited_for(
    carol: Person, eve: Person, room: MakeRoom, online: Connect
) -> None:
    den, socket = room(carol), online(carol)
    waits = schedule(socket, den)["scheduled"]
    answers = [
        schedule(socket, den, when_back_user_id=eve.id),
        schedule(socket, den, when_back_user_id=str(ObjectId())),
        socket.call("schedule:update", {"scheduled_id": waits["id"], "when_back_user_id": eve.id}),
    ]
    for answer in answers:
        assert (code(answer), list(answer["error"]["fields"])) == ("bad_input", ["when_back_user_id"])
    assert scheduled(carol) == [waits]


def test_files_wait_with_their_message_and_are_sent_with_it(
    ada: Person, carol: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den, socket, reader = room(ada, carol), online(carol), online(ada)
    file = uploaded(carol)
    waits = schedule(socket, den, body="", file_ids=[file["id"]], client_message_id="with a file")["scheduled"]
    assert (waits["body"], waits["files"]) == ("", [file])
    assert schedule(socket, den, file_ids=[file["id"]], client_message_id="with a file")["scheduled"] == waits
    assert scheduled(carol) == [waits]
    assert (carol.get(file["url"]).status_code, ada.get(file["url"]).status_code) == (200, 404)
    other = {"room_id": den, "body": "", "client_message_id": "another", "file_ids": [file["id"]]}
    assert code(socket.call("message:send", other)) == "file_not_found", "it is taken"
    make_due(documents, waits)
    message = reader.wait_for("message:created", room_id=den)["message"]
    assert (message["body"], message["files"]) == ("", [file])
    assert ada.get(file["url"]).content == carol.get(file["url"]).content
    assert documents["files"].find_one({"_id": ObjectId(file["id"])}).keys() >= {"message", "room"}


def test_the_files_of_a_message_that_is_cancelled_are_removed(
    carol: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den, socket = room(carol), online(carol)
    file = uploaded(carol)
    waits = schedule(socket, den, file_ids=[file["id"]])["scheduled"]
    assert socket.call("schedule:cancel", {"scheduled_id": waits["id"]})["scheduled"]["files"] == [file]
    assert carol.get(file["url"]).status_code == 404
    assert documents["files"].find_one({"_id": ObjectId(file["id"])}) is None


def test_a_file_of_somebody_else_or_of_nobody_is_not_scheduled(
    ada: Person, carol: Person, room: MakeRoom, online: Connect
) -> None:
    den, socket = room(ada, carol), online(carol)
    mine, hers = uploaded(carol), uploaded(ada)
    for file_id in (hers["id"], NOBODYS_ID):
        assert code(schedule(socket, den, file_ids=[mine["id"], file_id])) == "file_not_found"
    assert scheduled(carol) == []
    assert schedule(socket, den, file_ids=[mine["id"]])["ok"], "what was taken for a refused one is free again"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"room_id": "x"}, "room_id"),
        ({"file_ids": ["x"]}, "file_ids.0"),
        ({"file_ids": "x"}, "file_ids"),
        ({"file_ids": [f"{number:024x}" for number in range(MOST_FILES + 1)]}, "file_ids"),
        ({"body": " "}, "body"),
        ({"body": "x" * 8001}, "body"),
        ({"client_message_id": ""}, "client_message_id"),
        ({"client_message_id": 7}, "client_message_id"),
        ({"reply_to": "x"}, "reply_to"),
        ({"thread_id": 7}, "thread_id"),
        ({"at": None}, "at"),
        ({"at": "tomorrow"}, "at"),
        ({"at": "2099-01-31T09:30:00"}, "at"),
        ({"at": "2001-01-31T09:30:00Z"}, "at"),
        ({"at": "2099-01-31T09:30:00Z"}, "at"),
        ({"when_back_user_id": "x"}, "when_back_user_id"),
        ({"when_back_user_id": "5" * 24}, "at"),
    ],
    ids=str,
)
def test_a_message_is_not_scheduled_by_halves(
    carol: Person, room: MakeRoom, online: Connect, values: dict[str, Any], field: str
) -> None:
    den, socket = room(carol), online(carol)
    answer = schedule(socket, den, **{"at": later(), **values})
    assert code(answer) == "bad_input"
    assert field in answer["error"]["fields"]
    assert scheduled(carol) == []


@pytest.mark.parametrize(
    "values",
    [{"body": ""}, {"body": 7}, {"at": "2001-01-31T09:30:00Z"}, {"at": "x"}, {"when_back_user_id": "x"}],
    ids=str,
)
def test_what_waits_is_not_changed_to_what_could_not_be_scheduled(
    carol: Person, room: MakeRoom, online: Connect, values: dict[str, Any]
) -> None:
    den, socket = room(carol), online(carol)
    waits = schedule(socket, den)["scheduled"]
    answer = socket.call("schedule:update", {"scheduled_id": waits["id"], **values})
    assert (code(answer), list(answer["error"]["fields"])) == ("bad_input", list(values))
    assert scheduled(carol) == [waits]


@pytest.mark.parametrize("event", ["message:schedule", "schedule:update", "schedule:cancel", "schedule:send"])
@pytest.mark.parametrize("payload", [None, [], "x", {}, {"scheduled_id": {"$ne": ""}}], ids=str)
def test_bad_input_is_refused(ada: Person, online: Connect, event: str, payload: Any) -> None:
    assert code(online(ada).call(event, payload)) == "bad_input"
