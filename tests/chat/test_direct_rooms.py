"""Direct rooms: the same people always get the same one."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from bson import ObjectId

from tests.chat.rooms import code, create, made, make_guest, members_of, rooms_of
from tests.chat.stored import Connect, Documents, Meet
from tests.people import NOBODYS_ID, Person, Socket


def test_the_same_people_get_the_same_room_whoever_asks(person: Meet, online: Connect) -> None:
    ada, bob = person("Ada"), person("Bob")
    hers, his = online(ada), online(bob)
    room = create(hers, "direct", None, bob)["room"]
    assert (room["kind"], room["name"]) == ("direct", "Bob")
    assert sorted(room["member_ids"]) == sorted([ada.id, bob.id])
    told = his.wait_for("room:added", id=room["id"])["room"]
    assert told == {**room, "name": "Ada"}
    sent = hers.send(room["id"], "Just us")
    assert his.wait_for("message:created", id=sent["id"])
    again = create(his, "direct", None, ada, bob)["room"]
    assert (again["id"], again["name"], again["seq"], again["last_read_seq"]) == (room["id"], "Ada", 1, 0)
    assert create(his, "direct", "A name it does not get", ada)["room"]["name"] == "Ada"
    assert [event for event, _ in his.heard].count("room:added") == 1


def test_a_group_is_another_room_than_its_pairs(person: Meet, online: Connect) -> None:
    ada, bob, eve = person("Ada"), person("Bob"), person("Eve")
    socket = online(ada)
    pair, group = made(socket, "direct", None, bob), made(socket, "direct", None, bob, eve)
    assert pair != group
    assert rooms_of(ada)[group]["name"] == "Bob, Eve"
    assert rooms_of(eve)[group]["name"] == "Ada, Bob"
    assert pair not in rooms_of(eve)


def test_a_room_that_both_start_at_once_is_one(person: Meet, online: Connect) -> None:
    ada, bob = person("Ada"), person("Bob")
    answers: list[Any] = []
    sockets = [(online(ada), bob), (online(bob), ada), (online(ada), bob), (online(bob), ada)]

    def start(socket: Socket, other: Person) -> None:
        answers.append(create(socket, "direct", None, other))

    threads = [threading.Thread(target=start, args=pair) for pair in sockets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({answer["room"]["id"] for answer in answers}) == 1
    assert set(members_of(ada, answers[0]["room"]["id"])) == {ada.id, bob.id}


def test_whoever_was_not_let_in_because_it_was_cut_short_is_let_in_by_making_it_again(
    person: Meet, online: Connect, documents: Documents
) -> None:
    ada, bob = person("Ada"), person("Bob")
    socket = online(ada)
    room_id = made(socket, "direct", None, bob)
    documents["memberships"].delete_one({"room": ObjectId(room_id), "user": ObjectId(bob.id)})
    assert made(socket, "direct", None, bob) == room_id
    assert room_id in rooms_of(bob)


@pytest.mark.parametrize("count", [0, 10, 11])
def test_a_direct_room_has_two_to_ten_people(
    person: Meet, ada: Person, online: Connect, documents: Documents, count: int
) -> None:
    before = rooms_of(ada)
    ids = [str(ObjectId()) for _ in range(count)]
    answer = online(ada).call("room:create", {"kind": "direct", "member_ids": ids})
    assert (code(answer), list(answer["error"]["fields"])) == ("bad_input", ["member_ids"])
    assert rooms_of(ada) == before


def test_a_direct_room_with_nobody_who_is_there_is_not_made(ada: Person, online: Connect) -> None:
    answer = online(ada).call("room:create", {"kind": "direct", "member_ids": [NOBODYS_ID]})
    assert code(answer) == "user_not_found"


def test_a_direct_room_stays_as_it_is(person: Meet, eve: Person, online: Connect) -> None:
    ada, bob = person("Ada"), person("Bob")
    socket, outsider = online(ada), online(eve)
    room_id = made(socket, "direct", None, bob)
    for event, payload in (
        ("room:update", {"name": "Ours"}),
        ("room:leave", {}),
        ("room:invite", {"user_ids": [eve.id]}),
        ("room:remove", {"user_ids": [bob.id]}),
        ("room:archive", {"archived": True}),
    ):
        assert code(socket.call(event, {"room_id": room_id, **payload})) == "not_allowed", event
        assert code(outsider.call(event, {"room_id": room_id, **payload})) == "room_not_found", event
    assert code(outsider.call("room:join", {"room_id": room_id})) == "room_not_found"
    assert set(members_of(ada, room_id)) == {ada.id, bob.id}


def test_a_guest_writes_to_those_of_their_rooms_alone(
    person: Meet, eve: Person, online: Connect, documents: Documents
) -> None:
    ada, guest = person("Ada"), person("Guest")
    make_guest(documents, guest)
    made(online(ada), "closed", "Den", guest)
    socket = online(guest)
    assert create(socket, "direct", None, ada)["ok"]
    answers = [socket.call("room:create", {"kind": "direct", "member_ids": [one]}) for one in (eve.id, NOBODYS_ID)]
    assert answers[0] == answers[1]
    assert code(answers[0]) == "user_not_found"
