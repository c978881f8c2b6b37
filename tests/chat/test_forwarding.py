"""Taking what was said in one room to another."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from bson import ObjectId

from tests.chat.busy import Busy, replies, reply
from tests.chat.stored import Connect, Documents, MakeRoom
from tests.chat.test_changes import code, delete, edit
from tests.people import Person, Socket

numbers = itertools.count()


def forward(socket: Socket, message_id: str, room_id: str, /, **more: Any) -> Any:
    key = f"forward-{next(numbers)}-{ObjectId()}"
    payload = {"message_id": message_id, "room_id": room_id, "client_message_id": key, **more}
    return socket.call("message:forward", payload)


def test_a_forwarded_message_is_ones_own_and_names_whose_words_it_holds(
    ada: Person, bob: Person, eve: Person, room: MakeRoom, online: Connect
) -> None:
    den, lair = room(ada, bob), room(bob, eve)
    author, carrier, reader = online(ada), online(bob), online(eve)
    sent = author.send(den, "We ship on Monday")
    posted = forward(carrier, sent["id"], lair)["message"]
    assert (posted["room_id"], posted["body"], posted["sender"]["id"]) == (lair, "We ship on Monday", bob.id)
    assert posted["forwarded_from"] == {"message_id": sent["id"], "sender": {"id": ada.id, "name": "Ada"}}
    assert reader.wait_for("message:created", id=posted["id"])["message"] == posted
    assert den not in str(posted), "who is not in that room does not learn which it is"
    assert eve.messages(lair) == [posted]
    assert ada.messages(den) == [sent]


def test_a_comment_is_a_message_of_ones_own_in_front(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, lair, socket = room(ada), room(ada), online(ada)
    sent = socket.send(den, "We ship on Monday")
    posted = forward(socket, sent["id"], lair, comment="As discussed:")["message"]
    comment, forwarded = ada.messages(lair)
    assert (comment["body"], comment["forwarded_from"]) == ("As discussed:", None)
    assert forwarded == posted


def test_what_one_forwards_is_not_unread_for_oneself_unless_something_before_it_is(
    ada: Person, bob: Person, room: MakeRoom, online: Connect
) -> None:
    den, lair, noisy = room(ada), room(ada, bob), room(ada, bob)
    socket, elsewhere, other = online(ada), online(ada), online(bob)
    sent = socket.send(den, "We ship on Monday")
    other.send(noisy, "Nobody has read this")
    forward(socket, sent["id"], lair, comment="As discussed:")
    forward(socket, sent["id"], noisy)
    assert elsewhere.wait_for("read:moved", room_id=lair, seq=2)
    rooms = {one["id"]: one for one in ada.get("/api/rooms").json()["rooms"]}
    assert (rooms[lair]["last_read_seq"], rooms[noisy]["last_read_seq"]) == (2, 0)


def test_forwarded_again_under_the_same_key_it_is_there_once(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, lair, socket = room(ada), room(ada), online(ada)
    sent = socket.send(den, "We ship on Monday")
    key = str(ObjectId())
    answers = [forward(socket, sent["id"], lair, comment="Look", client_message_id=key) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert [message["body"] for message in ada.messages(lair)] == ["Look", "We ship on Monday"]


def test_what_was_forwarded_stays_the_words_of_whoever_said_it_first(
    ada: Person, bob: Person, eve: Person, room: MakeRoom, online: Connect
) -> None:
    den, lair, attic = room(ada, bob), room(bob, eve), room(eve)
    sent = online(ada).send(den, "We ship on Monday")
    once = forward(online(bob), sent["id"], lair)["message"]
    twice = forward(online(eve), once["id"], attic)["message"]
    assert twice["forwarded_from"] == once["forwarded_from"]


def test_nobody_puts_other_words_into_a_forwarded_message_and_its_sender_can_take_it_back(
    ada: Person, room: MakeRoom, online: Connect
) -> None:
    den, lair, socket = room(ada), room(ada), online(ada)
    posted = forward(socket, socket.send(den, "We ship on Monday")["id"], lair)["message"]
    assert code(edit(socket, posted["id"], "We ship on Friday")) == "not_yours"
    gone = delete(socket, posted["id"])["message"]
    assert (gone["body"], gone["forwarded_from"]) == ("", None)


def test_what_a_stand_in_said_is_forwarded_as_a_stand_ins(
    ada: Person, person: Any, room: MakeRoom, online: Connect, busy: Busy
) -> None:
    grace = person("Grace")
    den, lair, socket = room(ada, grace), room(ada), online(ada)
    busy(grace, note="Back at 3")
    socket.send(den, "Are you there?")
    posted = forward(socket, reply(socket, den)["id"], lair)["message"]
    assert posted["origin"] == "person"
    assert posted["forwarded_from"]["sender"] == {"id": grace.id, "name": "Grace's stand-in (AI)"}


def test_forwarded_words_call_nobody_and_the_comment_does(
    ada: Person, person: Any, room: MakeRoom, online: Connect, busy: Busy
) -> None:
    hopper, third = person("Hopper"), person("Third")
    den, lair, socket = room(ada), room(ada, hopper, third), online(ada)
    busy(hopper, note="Back at 3")
    sent = socket.send(den, "Is @Hopper there?")
    assert forward(socket, sent["id"], lair)["message"]["mentions"] == []
    posted = forward(socket, sent["id"], lair, comment="@Hopper, for you")["message"]
    assert posted["mentions"] == []
    answer = reply(socket, lair)
    assert answer["client_message_id"] == f"away:{ada.id}:" + answer["client_message_id"].split(":", 2)[2]
    assert len(replies(ada, lair)) == 1
    assert [message["mentions"] for message in ada.messages(lair)[:3]] == [[], [hopper.id], []]


def test_what_was_deleted_is_not_forwarded(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, lair, socket = room(ada), room(ada), online(ada)
    sent = socket.send(den, "Never mind")
    delete(socket, sent["id"])
    assert code(forward(socket, sent["id"], lair, comment="Look")) == "message_deleted"
    assert ada.messages(lair) == []


def test_an_outsider_of_either_room_forwards_nothing(ada: Person, eve: Person, room: MakeRoom, online: Connect) -> None:
    den, lair, outsider = room(ada), room(eve), online(eve)
    sent, own = online(ada).send(den, "A secret"), outsider.send(lair, "Hello")
    assert code(forward(outsider, sent["id"], lair, comment="Look")) == "message_not_found"
    refused = forward(outsider, str(ObjectId()), lair)
    assert refused == forward(outsider, sent["id"], lair)
    assert code(forward(outsider, own["id"], den, comment="Look")) == "room_not_found"
    assert eve.messages(lair) == [own]
    assert ada.messages(den) == [sent]


def test_nothing_is_forwarded_to_an_archived_room(
    ada: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den, lair, socket = room(ada), room(ada), online(ada)
    sent = socket.send(den, "Hello")
    moment = documents["rooms"].find_one({"_id": ObjectId(lair)})["created_at"]  # type: ignore[index]
    documents["rooms"].update_one({"_id": ObjectId(lair)}, {"$set": {"archived_at": moment}})
    assert code(forward(socket, sent["id"], lair)) == "room_archived"


@pytest.mark.parametrize(
    "values",
    [
        {"message_id": "x"},
        {"room_id": None},
        {"client_message_id": ""},
        {"client_message_id": "x" * 101},
        {"comment": "  "},
        {"comment": "x" * 8001},
        {"comment": 7},
    ],
)
def test_a_message_is_not_forwarded_by_halves(
    ada: Person, room: MakeRoom, online: Connect, values: dict[str, Any]
) -> None:
    den, lair, socket = room(ada), room(ada), online(ada)
    sent = socket.send(den, "Hello")
    answer = forward(socket, sent["id"], lair, **values)
    assert (code(answer), list(answer["error"]["fields"])) == ("bad_input", list(values))
    assert ada.messages(lair) == []
