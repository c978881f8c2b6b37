from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId

from tests.chat.stored import Connect, Documents, MakeRoom
from tests.people import Person

SAID_PLAINLY = {
    "change": 1,
    "html": None,
    "edited_at": None,
    "deleted_at": None,
    "reply_to": None,
    "thread_id": None,
    "thread_count": 0,
    "mentions": [],
    "mentions_all": False,
    "reactions": [],
    "files": [],
    "previews": [],
    "pinned_at": None,
    "forwarded_from": None,
    "state": "done",
    "asked_by": None,
    "leave": False,
    "ask": False,
    "retracted_by": None,
}


def test_a_message_reaches_the_room_and_the_senders_other_connections(
    ada: Person, bob: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada, bob)
    here, there, other = online(ada), online(ada), online(bob)
    sent = here.send(den, "Hello")
    for socket in (here, there, other):
        assert socket.wait_for("message:created", id=sent["id"]) == {"message": sent, "change": sent["change"]}


def test_a_message_tells_who_said_what_when_and_where(ada: Person, room: MakeRoom, online: Connect) -> None:
    den = room(ada)
    sent = online(ada).send(den, "Hello", "key-1")
    assert ObjectId.is_valid(sent.pop("id"))
    created_at = datetime.fromisoformat(sent.pop("created_at"))
    assert abs((datetime.now(UTC) - created_at).total_seconds()) < 60
    assert sent == {
        "room_id": den,
        "seq": 1,
        "client_message_id": "key-1",
        "sender": {"id": ada.id, "name": "Ada"},
        "origin": "person",
        "on_behalf_of": None,
        "body": "Hello",
        **SAID_PLAINLY,
    }


def test_a_message_is_told_as_it_is_read_later(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, socket = room(ada), online(ada)
    sent = [socket.send(den, body) for body in ("Plain", "With *signs*", "To @Ada")]
    assert ada.messages(den) == sent


def test_a_message_is_stored_with_its_sender_socket_id_and_text(
    ada: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    socket = online(ada)
    sent = socket.send(room(ada), "Hello")
    stored = documents["messages"].find_one({"_id": ObjectId(sent["id"])})
    assert stored is not None
    assert (stored["sender"], stored["socket_id"], stored["body"]) == (ObjectId(ada.id), socket.id, "Hello")


def test_an_outsider_neither_hears_nor_sends(
    ada: Person, bob: Person, eve: Person, room: MakeRoom, online: Connect
) -> None:
    den, ours = room(ada, bob), room(bob, eve)
    member, outsider = online(bob), online(eve)
    refusal = outsider.call("message:send", {"room_id": den, "body": "Let me in", "client_message_id": "x"})
    assert (refusal["ok"], refusal["error"]["code"]) == (False, "room_not_found")
    member.send(den, "Secret")
    last = member.send(ours, "Not secret")
    outsider.wait_for("message:created", id=last["id"])
    assert [payload["message"]["body"] for event, payload in outsider.heard if event == "message:created"] == [
        "Not secret"
    ]


def test_a_room_that_does_not_exist_is_refused_like_one_that_one_is_not_in(
    ada: Person, bob: Person, room: MakeRoom, online: Connect
) -> None:
    socket = online(ada)
    refusals = [
        socket.call("message:send", {"room_id": room_id, "body": "Hello", "client_message_id": "x"})
        for room_id in (room(bob), str(ObjectId()))
    ]
    assert refusals[0] == refusals[1]
    assert refusals[0]["error"]["code"] == "room_not_found"


@pytest.mark.parametrize(
    "body",
    [
        "x",
        "x" * 8_000,
        "\U0001f600" * 8_000,
        "\u05e9\u05dc\u05d5\u05dd \u202eabc\u202c \U0001f468\u200d\U0001f469\u200d\U0001f467",
        '<b>&amp;</b>\n\ttab, quote " and \\ backslash',
        "$where",
    ],
    ids=["one character", "8,000 letters", "8,000 emoji", "right to left", "markup and control", "an operator's name"],
)
def test_any_text_of_1_to_8000_characters_arrives_as_it_was_sent(
    ada: Person, room: MakeRoom, online: Connect, body: str
) -> None:
    den = room(ada)
    assert online(ada).send(den, body)["body"] == body
    assert ada.messages(den)[0]["body"] == body


NO_BODIES: list[Any] = [
    "",
    "   \n\t",
    "x" * 8_001,
    "nul \0",
    "half a pair \ud83d",
    None,
    5,
    True,
    [],
    ["x"],
    {"$gt": ""},
    b"x",
]
NO_KEYS: list[Any] = ["", "k" * 101, "\0", "\ud83d", None, 5, {"$ne": None}, ["x"], b"x"]
NO_ROOMS: list[Any] = ["", "lobby", "z" * 24, "\ud83d" * 24, None, 5, {"$ne": None}, ["x"], b"x" * 12]


@pytest.mark.parametrize(
    ("field", "values"), [("body", NO_BODIES), ("client_message_id", NO_KEYS), ("room_id", NO_ROOMS)]
)
def test_a_bad_value_is_refused_with_its_field_and_the_connection_lives(
    ada: Person, room: MakeRoom, online: Connect, field: str, values: list[Any]
) -> None:
    den, socket = room(ada), online(ada)
    good = {"room_id": den, "body": "Hello", "client_message_id": "x"}
    missing = {name: value for name, value in good.items() if name != field}
    for payload in [missing, *({**good, field: value} for value in values)]:
        answer = socket.call("message:send", payload)
        assert answer["ok"] is False, payload
        assert answer["error"]["code"] == "bad_input"
        assert list(answer["error"]["fields"]) == [field]
    assert socket.send(den, "Still here")["seq"] == 1


def test_the_same_client_message_id_again_is_answered_with_the_first_message(
    ada: Person, bob: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada, bob)
    socket, other = online(ada), online(bob)
    first = socket.send(den, "First", "key-again")
    assert socket.send(den, "Second", "key-again") == first
    last = socket.send(den, "Last")
    assert last["seq"] == 2
    other.wait_for("message:created", id=last["id"])
    assert [payload["message"]["seq"] for event, payload in other.heard if event == "message:created"] == [1, 2]
    assert [message["body"] for message in ada.messages(den)] == ["First", "Last"]


def test_two_people_may_use_the_same_client_message_id(
    ada: Person, bob: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada, bob)
    messages = [online(someone).send(den, someone.name, "key-shared") for someone in (ada, bob)]
    assert [message["body"] for message in messages] == ["Ada", "Bob"]


def test_two_sockets_that_send_one_message_at_once_store_and_tell_it_once(
    ada: Person, bob: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada, bob)
    tabs, other = [online(ada) for _ in range(4)], online(bob)
    for number in range(10):
        together = threading.Barrier(len(tabs))
        acks: list[dict[str, Any]] = []

        def send(
            tab: Any, together: threading.Barrier = together, key: str = f"{den}-{number}", acks: Any = acks
        ) -> None:
            together.wait()
            acks.append(tab.send(den, "Once", key))

        threads = [threading.Thread(target=send, args=[tab]) for tab in tabs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(acks) == len(tabs)
        assert all(ack == acks[0] for ack in acks)
    last = tabs[0].send(den, "Last")
    assert last["seq"] == 11
    other.wait_for("message:created", id=last["id"])
    heard = [payload["message"]["seq"] for event, payload in other.heard if event == "message:created"]
    assert heard == list(range(1, 12))


def test_a_send_whose_ack_was_lost_is_answered_also_when_its_sender_has_left_the_room(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den, socket = room(ada, bob), online(ada)
    payload = {"room_id": den, "body": "Hello", "client_message_id": "lost-ack"}
    sent = socket.call("message:send", payload)
    assert online(bob).call("room:leave", {"room_id": den})["ok"]
    assert socket.call("room:leave", {"room_id": den})["ok"]
    assert socket.call("message:send", payload) == sent
    refused = socket.call("message:send", {**payload, "client_message_id": "another"})
    assert refused["error"]["code"] == "room_not_found"
