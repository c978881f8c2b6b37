"""What holds for every event: an answer, whatever was sent, and a connection that lives on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chat.stored import Connect, MakeRoom, Meet
from tests.people import Person

EVENTS = [
    "message:send",
    "message:edit",
    "message:delete",
    "message:react",
    "room:catch_up",
    "room:read",
    "typing:start",
    "typing:stop",
    "status:set",
]
NO_PAYLOADS: list[Any] = [
    None,
    "text",
    5,
    True,
    [],
    [{"status": "away"}],
    {},
    b"bytes",
    {"$where": "1"},
    {"body": b"bytes", "note": b"bytes"},
]


@pytest.mark.parametrize("event", EVENTS)
def test_a_payload_of_another_type_is_refused(ada: Person, online: Connect, event: str) -> None:
    socket = online(ada)
    for payload in NO_PAYLOADS:
        answer = socket.call(event, payload)
        assert answer["ok"] is False, payload
        assert answer["error"]["code"] == "bad_input", payload
        assert answer["error"]["message"]


@pytest.mark.parametrize("event", EVENTS)
def test_no_payload_and_several_are_refused(ada: Person, online: Connect, event: str) -> None:
    socket = online(ada)
    for payload in [(), ({"status": "away"}, {"status": "away"})]:
        answer = socket.call(event, payload)
        assert (answer["ok"], answer["error"]["code"]) == (False, "bad_input")


@pytest.mark.parametrize("event", ["message:unsend", "message:created", "constructor", "", "\u2028 \ud83d", "x" * 500])
def test_an_unknown_event_is_answered_as_unknown(ada: Person, room: MakeRoom, online: Connect, event: str) -> None:
    den, socket = room(ada), online(ada)
    answer = socket.call(event, {"anything": 1})
    assert (answer["ok"], answer["error"]["code"]) == (False, "unknown_event")
    assert len(answer["error"]["message"]) < 200
    assert socket.send(den, "Still here")["seq"] == 1


def test_unknown_names_in_a_payload_change_nothing(ada: Person, room: MakeRoom, online: Connect) -> None:
    payload = {
        "room_id": room(ada),
        "body": "Hello",
        "client_message_id": "key-extra",
        "origin": "standin",
        "seq": 99,
        "sender": "someone else",
        "on_behalf_of": "someone else",
    }
    message = online(ada).call("message:send", payload)["message"]
    assert (message["origin"], message["seq"], message["sender"]["id"]) == ("person", 1, ada.id)
    assert message["on_behalf_of"] is None


def test_an_event_without_an_ack_is_done_all_the_same(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, socket = room(ada), online(ada)
    payload = {"room_id": den, "body": "No ack", "client_message_id": "key-no-ack"}
    socket.client.emit("message:send", payload, namespace="/chat")
    assert socket.wait_for("message:created", client_message_id="key-no-ack")["message"]["body"] == "No ack"


def test_eight_thousand_characters_fit_however_a_client_writes_them(person: Meet, online: Connect) -> None:
    ada = person("Ada")
    longest = "😀" * 8000  # python-socketio escapes each to 12 bytes
    for transports in (["websocket"], ["polling"]):
        socket = online(ada, transports=transports)
        assert socket.send(ada.lobby(), longest)["body"] == longest
