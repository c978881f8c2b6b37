"""Open and closed rooms: made, named, archived, browsed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chat.rooms import code, create, made, make, make_guest, members_of, rooms_of
from tests.chat.stored import Connect, Documents, Meet
from tests.people import NOBODYS_ID, Person


@pytest.mark.parametrize("kind", ["open", "closed"])
def test_whoever_makes_a_room_owns_it_and_everyone_in_it_learns_of_it(
    ada: Person, bob: Person, eve: Person, online: Connect, kind: str
) -> None:
    maker, other, outsider = online(ada), online(bob), online(eve)
    room = create(maker, kind, "Den", bob, description="Where\nwe meet")["room"]
    assert (room["kind"], room["name"], room["description"], room["role"]) == (kind, "Den", "Where\nwe meet", "owner")
    assert (room["seq"], room["last_read_seq"], room["member_ids"], room["is_archived"]) == (0, 0, [], False)
    assert maker.wait_for("room:added", id=room["id"]) == {"room": room}
    assert other.wait_for("room:added", id=room["id"]) == {"room": {**room, "role": "member"}}
    said = maker.send(room["id"], "Welcome")
    assert other.wait_for("message:created", id=said["id"])["message"] == said
    assert members_of(bob, room["id"]) == {ada.id: "owner", bob.id: "member"}
    assert room["id"] not in rooms_of(eve)
    assert code(outsider.call("room:catch_up", {"room_id": room["id"], "after": 0})) == "room_not_found"


@pytest.mark.parametrize("name", [None, "", "  ", "\u200b", "x" * 81, "two\nlines", "a\0b", 7, ["x"], {"$ne": ""}])
def test_a_room_without_a_proper_name_is_not_made(ada: Person, online: Connect, name: Any) -> None:
    before = rooms_of(ada)
    answer = online(ada).call("room:create", {"kind": "open", "name": name, "member_ids": []})
    assert (code(answer), list(answer["error"]["fields"])) == ("bad_input", ["name"])
    assert rooms_of(ada) == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "secret"},
        {"kind": None},
        {"description": "x" * 501},
        {"description": "\0"},
        {"description": 1},
        {"member_ids": "x"},
        {"member_ids": {"$gt": ""}},
        {"member_ids": [NOBODYS_ID] * 101},
    ],
    ids=str,
)
def test_bad_input_makes_no_room(ada: Person, online: Connect, wrong: dict[str, Any]) -> None:
    before = rooms_of(ada)
    answer = online(ada).call("room:create", {"kind": "open", "name": "Den", "member_ids": [], **wrong})
    assert (code(answer), list(answer["error"]["fields"])) == ("bad_input", list(wrong))
    assert rooms_of(ada) == before


def test_a_room_with_somebody_who_is_not_there_is_not_made(ada: Person, online: Connect) -> None:
    before = rooms_of(ada)
    answer = online(ada).call("room:create", {"kind": "closed", "name": "Den", "member_ids": [NOBODYS_ID]})
    assert code(answer) == "user_not_found"
    assert rooms_of(ada) == before


def test_a_guest_makes_no_rooms(person: Meet, online: Connect, documents: Documents) -> None:
    guest = person("Guest")
    make_guest(documents, guest)
    for kind in ("open", "closed"):
        assert code(create(online(guest), kind)) == "not_allowed"
    assert rooms_of(guest) == {}


def test_an_owner_changes_name_and_description_and_the_members_learn_it(
    ada: Person, bob: Person, online: Connect
) -> None:
    owner, member = online(ada), online(bob)
    den = made(owner, "closed", "Den", bob, description="Ours")
    room = owner.call("room:update", {"room_id": den, "name": " Attic "})["room"]
    assert (room["name"], room["description"]) == ("Attic", "Ours")
    changed = member.wait_for("room:changed", id=den)["room"]
    assert (changed["name"], changed["description"], changed["member_count"]) == ("Attic", "Ours", 2)
    assert "role" not in changed
    assert owner.call("room:update", {"room_id": den, "description": ""})["room"]["description"] == ""
    assert rooms_of(bob)[den]["name"] == "Attic"
    assert owner.call("room:update", {"room_id": den})["room"]["name"] == "Attic"


def test_others_change_neither_name_nor_description(
    ada: Person, bob: Person, eve: Person, online: Connect, documents: Documents
) -> None:
    make(documents, bob, "member")
    den = made(online(ada), "closed", "Den", bob)
    change = {"room_id": den, "name": "Taken over"}
    assert code(online(bob).call("room:update", change)) == "not_allowed"
    assert code(online(eve).call("room:update", change)) == "room_not_found"
    assert code(online(eve).call("room:update", {**change, "room_id": NOBODYS_ID})) == "room_not_found"
    assert rooms_of(ada)[den]["name"] == "Den"


def test_the_lobby_is_named_by_administrators_alone_and_neither_left_nor_archived(
    person: Meet, online: Connect, documents: Documents
) -> None:
    root, plain = person("Root"), person("Plain")
    make(documents, root, "administrator")
    lobby = root.lobby()
    for someone in (root, plain):
        socket = online(someone)
        assert code(socket.call("room:leave", {"room_id": lobby})) == "not_allowed"
        assert code(socket.call("room:archive", {"room_id": lobby, "archived": True})) == "not_allowed"
        assert code(socket.call("room:remove", {"room_id": lobby, "user_ids": [plain.id]})) == "not_allowed"
        assert code(socket.call("room:invite", {"room_id": lobby, "user_ids": [plain.id]})) == "not_allowed"
    assert code(online(plain).call("room:update", {"room_id": lobby, "name": "Hall"})) == "not_allowed"
    assert online(root).call("room:update", {"room_id": lobby, "description": "For all"})["ok"]
    assert rooms_of(plain)[lobby]["description"] == "For all"
    assert online(root).call("room:update", {"room_id": lobby, "description": ""})["ok"]


def test_an_archived_room_is_read_and_left_and_nothing_else(ada: Person, bob: Person, online: Connect) -> None:
    owner, member = online(ada), online(bob)
    den = made(owner, "open", "Den", bob)
    sent = owner.send(den, "Hello")
    assert owner.call("room:archive", {"room_id": den, "archived": True})["room"]["is_archived"]
    assert member.wait_for("room:changed", id=den, is_archived=True)
    for socket, event, payload in (
        (member, "message:send", {"body": "!", "client_message_id": "late"}),
        (member, "message:react", {"message_id": sent["id"], "emoji": "\N{THUMBS UP SIGN}", "on": True}),
        (owner, "message:edit", {"message_id": sent["id"], "body": "!"}),
        (owner, "message:delete", {"message_id": sent["id"]}),
        (owner, "room:update", {"name": "Attic"}),
        (owner, "room:invite", {"user_ids": [bob.id]}),
        (owner, "room:remove", {"user_ids": [bob.id]}),
    ):
        assert code(socket.call(event, {"room_id": den, **payload})) == "room_archived", event
    assert bob.messages(den) == [sent]
    assert den not in {room["id"] for room in bob.get("/api/rooms/open?q=Den").json()["rooms"]}
    assert not owner.call("room:archive", {"room_id": den, "archived": False})["room"]["is_archived"]
    assert member.send(den, "Back again")
    owner.call("room:archive", {"room_id": den, "archived": True})
    assert member.call("room:leave", {"room_id": den}) == {"ok": True}


def test_only_owners_and_administrators_archive(
    ada: Person, bob: Person, eve: Person, online: Connect, documents: Documents
) -> None:
    make(documents, bob, "member")
    den = made(online(ada), "closed", "Den", bob)
    assert code(online(bob).call("room:archive", {"room_id": den, "archived": True})) == "not_allowed"
    assert code(online(eve).call("room:archive", {"room_id": den, "archived": True})) == "room_not_found"
    make(documents, bob, "administrator")
    assert online(bob).call("room:archive", {"room_id": den, "archived": True})["ok"]
    make(documents, bob, "member")


def test_an_involvement_is_ones_own_and_told_to_ones_devices(
    ada: Person, bob: Person, eve: Person, online: Connect
) -> None:
    one, two, other = online(ada), online(ada), online(bob)
    den = made(one, "closed", "Den", bob)
    room = one.call("room:involve", {"room_id": den, "involvement": "mentions"})["room"]
    assert room["involvement"] == "mentions"
    assert two.wait_for("room:changed", id=den) == {"room": room}
    assert rooms_of(bob)[den]["involvement"] == "everything"
    other.send(den, "Something after it")
    assert "room:changed" not in [event for event, _ in other.heard]
    assert code(online(eve).call("room:involve", {"room_id": den, "involvement": "nothing"})) == "room_not_found"
    answer = one.call("room:involve", {"room_id": den, "involvement": "loud"})
    assert (code(answer), list(answer["error"]["fields"])) == ("bad_input", ["involvement"])


def test_open_rooms_are_browsed_by_name_page_by_page(person: Meet, online: Connect) -> None:
    ada, bob = person("Ada"), person("Bob")
    maker = online(ada)
    ids = [
        made(maker, "open", name, description=f"About {name}") for name in ("zebra q", "Apple q", "apple q", "Möwe q")
    ]
    made(maker, "closed", "Closed q")
    owned = maker.call("room:create", {"kind": "open", "name": "Gone q", "member_ids": []})["room"]["id"]
    maker.call("room:archive", {"room_id": owned, "archived": True})
    online(bob).call("room:join", {"room_id": ids[0]})
    found: list[dict[str, Any]] = []
    while True:
        after = f"&after={found[-1]['id']}" if found else ""
        page = bob.get(f"/api/rooms/open?q=%20Q&limit=2{after}").json()
        found += page["rooms"]
        if not page["more"]:
            break
    assert [room["id"] for room in found] == [ids[1], ids[2], ids[3], ids[0]]
    assert [(room["member_count"], room["is_member"]) for room in found] == [(1, False)] * 3 + [(2, True)]
    assert found[-1] == {
        "id": ids[0],
        "name": "zebra q",
        "description": "About zebra q",
        "member_count": 2,
        "is_member": True,
    }
    assert bob.get("/api/rooms/open?q=.*q").json() == {"rooms": [], "more": False}


def test_a_guest_does_not_browse(person: Meet, documents: Documents) -> None:
    guest = person("Guest")
    make_guest(documents, guest)
    answer = guest.get("/api/rooms/open")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "after=x", "q=" + "x" * 81, "q=%00"])
def test_a_query_that_is_none_is_refused(ada: Person, query: str) -> None:
    answer = ada.get(f"/api/rooms/open?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_input")


@pytest.mark.parametrize("event", ["create", "join", "leave", "invite", "remove", "update", "archive", "involve"])
@pytest.mark.parametrize("payload", [None, [], "x", {}, {"room_id": {"$ne": ""}, "user_ids": 1}], ids=str)
def test_what_is_no_room_event_is_refused(ada: Person, online: Connect, event: str, payload: Any) -> None:
    assert code(online(ada).call(f"room:{event}", payload)) == "bad_input"
