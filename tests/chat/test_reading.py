"""Read markers: what is unread, on all devices, and who has seen a message."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from tests.chat.stored import Connect, MakeRoom, Meet
from tests.people import Person, Socket


def read(socket: Socket, room_id: str, seq: Any) -> Any:
    return socket.call("room:read", {"room_id": room_id, "seq": seq})


def room_of(someone: Person, room_id: str) -> dict[str, Any]:
    rooms: list[dict[str, Any]] = someone.get("/api/rooms").json()["rooms"]
    return next(room for room in rooms if room["id"] == room_id)


def test_reading_on_one_device_clears_the_others_and_is_nobody_elses_business(
    ada: Person, bob: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada, bob)
    author, laptop, phone = online(bob), online(ada), online(ada)
    for number in range(3):
        author.send(den, f"Message {number}")
    moved = {"room_id": den, "user_id": ada.id, "seq": 3, "mention_count": 0}
    assert read(laptop, den, 3) == {"ok": True, "read": moved}
    for socket in (laptop, phone):
        assert socket.wait_for("read:moved", room_id=den) == moved
    assert room_of(ada, den)["last_read_seq"] == 3
    author.send(den, "And on")
    author.wait_for("message:created", room_id=den, seq=4)
    assert "read:moved" not in [event for event, _ in author.heard]


def test_marking_as_unread_moves_the_marker_back(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, socket = room(ada), online(ada)
    for number in range(3):
        socket.send(den, f"Message {number}")
    assert read(socket, den, 3)["read"]["seq"] == 3
    assert read(socket, den, 1)["read"]["seq"] == 1
    assert room_of(ada, den)["last_read_seq"] == 1


def test_nobody_has_read_what_is_not_there_yet(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, socket = room(ada), online(ada)
    socket.send(den, "Hello")
    assert read(socket, den, 9_000)["read"]["seq"] == 1


def test_mentions_behind_the_marker_are_counted(
    ada: Person, bob: Person, eve: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada, bob, eve)
    author, reader = online(bob), online(ada)
    for body in ("@Ada one", "two", "@Ada and @Eve three", "@Adamant four"):
        author.send(den, body)
    assert (room_of(ada, den)["mention_count"], room_of(eve, den)["mention_count"]) == (2, 1)
    assert read(reader, den, 1)["read"]["mention_count"] == 1
    assert read(reader, den, 4)["read"]["mention_count"] == 0
    assert room_of(ada, den)["mention_count"] == 0


def test_who_has_seen_a_message_are_the_members_who_read_up_to_it(
    ada: Person, bob: Person, eve: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada, bob, eve)
    author = online(ada)
    first, second = author.send(den, "First"), author.send(den, "Second")
    read(online(bob), den, 1)
    read(author, den, 2)
    assert bob.get(f"/api/messages/{first['id']}/seen").json() == {"user_ids": [bob.id]}
    assert bob.get(f"/api/messages/{second['id']}/seen").json() == {"user_ids": []}


def test_in_a_large_room_it_is_not_told_who_has_seen_a_message(
    ada: Person, room: MakeRoom, online: Connect, documents: Any
) -> None:
    den = room(ada)
    sent = online(ada).send(den, "Hello, all of you")
    documents["memberships"].insert_many(
        {
            "room": ObjectId(den),
            "user": ObjectId(),
            "last_read_seq": 1,
            "joined_at": sent["created_at"],
            "came_by": "invitation",
        }
        for _ in range(50)
    )
    answer = ada.get(f"/api/messages/{sent['id']}/seen")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "room_too_large")


def test_an_outsider_moves_no_marker_and_sees_no_readers(
    ada: Person, eve: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada)
    sent = online(ada).send(den, "Hello")
    assert read(online(eve), den, 1)["error"]["code"] == "room_not_found"
    for message_id in (sent["id"], str(ObjectId())):
        answer = eve.get(f"/api/messages/{message_id}/seen")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "message_not_found")


@pytest.mark.parametrize("seq", [-1, "1", 1.5, None, True, {"$gt": 0}, 2**60])
def test_a_marker_that_is_no_place_is_refused(ada: Person, room: MakeRoom, online: Connect, seq: Any) -> None:
    answer = read(online(ada), room(ada), seq)
    assert (answer["error"]["code"], list(answer["error"]["fields"])) == ("bad_input", ["seq"])


def test_a_new_device_starts_where_the_others_are(person: Meet, room: MakeRoom, online: Connect) -> None:
    someone = person("Someone")
    den = room(someone)
    first = online(someone)
    first.send(den, "Hello")
    read(first, den, 1)
    ready = online(someone).wait_for("session:ready")
    assert [there["last_read_seq"] for there in ready["rooms"] if there["id"] == den] == [1]
