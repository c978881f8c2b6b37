"""Who comes into a room and who goes, and that it holds at once."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from app.chat.room_forms import MOST_AT_ONCE
from tests.chat.rooms import code, made, make, make_guest, members_of, rooms_of
from tests.chat.stored import Connect, Documents, Meet
from tests.people import NOBODYS_ID, Person, Socket


def events(socket: Socket, room_id: str) -> list[str]:
    """The names of what a connection heard of a room, in order."""

    def is_about(payload: Any) -> bool:
        return room_id in str(payload)

    return [event for event, payload in list(socket.heard) if is_about(payload)]


def test_who_joins_an_open_room_has_nothing_to_catch_up_with(ada: Person, bob: Person, online: Connect) -> None:
    owner, newcomer, second = online(ada), online(bob), online(bob)
    den = made(owner, "open")
    for number in range(3):
        owner.send(den, f"Before {number}")
    room = newcomer.call("room:join", {"room_id": den})["room"]
    assert (room["seq"], room["last_read_seq"], room["role"]) == (3, 3, "member")
    assert second.wait_for("room:added", id=den) == {"room": room}
    assert owner.wait_for("room:changed", id=den)["room"]["member_count"] == 2
    sent = owner.send(den, "After")
    for socket in (newcomer, second):
        assert socket.wait_for("message:created", id=sent["id"])
    assert newcomer.call("room:join", {"room_id": den})["room"]["id"] == den
    assert members_of(ada, den) == {ada.id: "owner", bob.id: "member"}


@pytest.mark.parametrize("kind", ["closed", "nothing"])
def test_what_is_not_open_is_not_joined_and_cannot_be_told_from_nothing(
    ada: Person, eve: Person, online: Connect, kind: str
) -> None:
    den = made(online(ada), kind) if kind != "nothing" else NOBODYS_ID
    answer = online(eve).call("room:join", {"room_id": den})
    assert (code(answer), answer["error"]["message"]) == (
        "room_not_found",
        "There is no such room, or you are not a member of it.",
    )


def test_an_archived_room_is_not_joined(ada: Person, eve: Person, online: Connect) -> None:
    owner = online(ada)
    den = made(owner, "open")
    owner.call("room:archive", {"room_id": den, "archived": True})
    assert code(online(eve).call("room:join", {"room_id": den})) == "room_archived"


def test_a_guest_joins_nothing(ada: Person, person: Meet, online: Connect, documents: Documents) -> None:
    guest = person("Guest")
    make_guest(documents, guest)
    den = made(online(ada), "open")
    assert code(online(guest).call("room:join", {"room_id": den})) == "room_not_found"
    assert code(online(guest).call("room:join", {"room_id": ada.lobby()})) == "room_not_found"
    assert rooms_of(guest) == {}


def test_any_member_invites_and_who_is_in_already_stays_as_they_are(
    ada: Person, bob: Person, eve: Person, person: Meet, online: Connect
) -> None:
    new = person("New")
    den = made(online(ada), "closed", "Den", bob)
    invited = online(new)
    answer = online(bob).call("room:invite", {"room_id": den, "user_ids": [new.id, ada.id]})
    assert answer == {"ok": True, "user_ids": [new.id]}
    assert invited.wait_for("room:added", id=den)["room"]["role"] == "member"
    assert members_of(new, den) == {ada.id: "owner", bob.id: "member", new.id: "member"}
    assert online(new).send(den, "Thanks")


def test_whoever_is_not_in_a_room_invites_nobody(
    ada: Person, eve: Person, person: Meet, online: Connect, documents: Documents
) -> None:
    guest = person("Guest")
    make_guest(documents, guest)
    den = made(online(ada), "closed", "Den", guest)
    invitation = {"room_id": den, "user_ids": [eve.id]}
    assert code(online(eve).call("room:invite", invitation)) == "room_not_found"
    assert code(online(guest).call("room:invite", invitation)) == "not_allowed"
    assert set(members_of(ada, den)) == {ada.id, guest.id}


@pytest.mark.parametrize(
    "user_ids", [[], ["x"], [None], "x", [{"$gt": ""}], [NOBODYS_ID] * (MOST_AT_ONCE + 1)], ids=str
)
@pytest.mark.parametrize("event", ["room:invite", "room:remove"])
def test_bad_lists_of_people_are_refused(ada: Person, online: Connect, event: str, user_ids: Any) -> None:
    owner = online(ada)
    den = made(owner)
    answer = owner.call(event, {"room_id": den, "user_ids": user_ids})
    assert code(answer) == "bad_input"
    assert [name.partition(".")[0] for name in answer["error"]["fields"]] == ["user_ids"]
    assert set(members_of(ada, den)) == {ada.id}


def test_an_invitation_of_nobody_invites_nobody_else_either(ada: Person, bob: Person, online: Connect) -> None:
    owner = online(ada)
    den = made(owner)
    assert code(owner.call("room:invite", {"room_id": den, "user_ids": [bob.id, NOBODYS_ID]})) == "user_not_found"
    assert set(members_of(ada, den)) == {ada.id}


def test_nothing_of_a_room_reaches_whoever_was_removed_on_any_connection(
    ada: Person, bob: Person, online: Connect
) -> None:
    owner = online(ada)
    den = made(owner, "closed", "Den", bob)
    removed = [online(bob), online(bob)]
    sent = removed[0].send(den, "Still here")
    assert owner.call("room:remove", {"room_id": den, "user_ids": [bob.id]}) == {"ok": True, "user_ids": [bob.id]}
    for socket in removed:
        assert socket.wait_for("room:removed") == {"room_id": den}
    owner.send(den, "Gone")
    owner.call("message:edit", {"message_id": owner.send(den, "And")["id"], "body": "quiet"})
    assert owner.wait_for("room:changed", id=den)["room"]["member_count"] == 1
    later = owner.send(owner_lobby := ada.lobby(), "Heard by all")
    for socket in removed:
        assert socket.wait_for("message:created", id=later["id"], room_id=owner_lobby)
        assert events(socket, den)[-1] == "room:removed"
    for event, payload in (
        ("message:send", {"body": "!", "client_message_id": "after"}),
        ("message:edit", {"message_id": sent["id"], "body": "!"}),
        ("room:catch_up", {"after": 0}),
        ("room:invite", {"user_ids": [bob.id]}),
        ("room:leave", {}),
    ):
        wanted = "message_not_found" if event == "message:edit" else "room_not_found"
        assert code(removed[0].call(event, {"room_id": den, **payload})) == wanted
    assert bob.get(f"/api/rooms/{den}/messages").status_code == 404
    assert bob.get(f"/api/rooms/{den}/members").status_code == 404


def test_only_owners_and_administrators_remove(
    ada: Person, bob: Person, eve: Person, person: Meet, online: Connect, documents: Documents
) -> None:
    root = person("Root")
    make(documents, root, "administrator")
    make(documents, bob, "member")
    den = made(online(ada), "open", "Den", bob)
    removal = {"room_id": den, "user_ids": [ada.id]}
    assert code(online(bob).call("room:remove", removal)) == "not_allowed"
    assert code(online(eve).call("room:remove", removal)) == "room_not_found"
    assert code(online(root).call("room:remove", removal)) == "room_not_found"
    assert set(members_of(ada, den)) == {ada.id, bob.id}
    socket = online(root)
    socket.call("room:join", {"room_id": den})
    assert socket.call("room:remove", {"room_id": den, "user_ids": [bob.id, NOBODYS_ID]})["user_ids"] == [bob.id]


def test_who_leaves_hears_no_more_and_may_come_back_to_an_open_room(ada: Person, bob: Person, online: Connect) -> None:
    owner, member = online(ada), online(bob)
    den = made(owner, "open", "Den", bob)
    assert member.call("room:leave", {"room_id": den}) == {"ok": True}
    assert member.wait_for("room:removed") == {"room_id": den}
    owner.send(den, "Alone")
    later = owner.send(ada.lobby(), "For all")
    member.wait_for("message:created", id=later["id"])
    assert events(member, den)[-1] == "room:removed"
    assert code(member.call("room:leave", {"room_id": den})) == "room_not_found"
    assert member.call("room:join", {"room_id": den})["room"]["last_read_seq"] == 1


def test_when_the_last_owner_leaves_the_longest_member_owns_the_room(
    ada: Person, bob: Person, eve: Person, person: Meet, online: Connect, documents: Documents
) -> None:
    make(documents, bob, "member")
    guest = person("Guest")
    make_guest(documents, guest)
    owner, heir = online(ada), online(bob)
    den = made(owner)
    for one in (guest, bob, eve):
        owner.call("room:invite", {"room_id": den, "user_ids": [one.id]})
    assert code(heir.call("room:archive", {"room_id": den, "archived": True})) == "not_allowed"
    owner.call("room:leave", {"room_id": den})
    assert heir.wait_for("room:changed", id=den, role="owner")
    assert members_of(bob, den) == {guest.id: "member", bob.id: "owner", eve.id: "member"}
    assert heir.call("room:archive", {"room_id": den, "archived": True})["ok"]


def test_members_come_page_by_page_in_the_order_in_which_they_came(
    ada: Person, bob: Person, eve: Person, online: Connect
) -> None:
    owner = online(ada)
    den = made(owner)
    for one in (eve, bob):
        owner.call("room:invite", {"room_id": den, "user_ids": [one.id]})
    first = bob.get(f"/api/rooms/{den}/members?limit=2").json()
    assert [(member["user"]["id"], member["role"]) for member in first["members"]] == [
        (ada.id, "owner"),
        (eve.id, "member"),
    ]
    assert (first["count"], first["more"]) == (3, True)
    assert first["members"][0]["user"]["is_online"]
    assert first["members"][0]["joined_at"].endswith("Z")
    last = bob.get(f"/api/rooms/{den}/members?limit=2&after={eve.id}").json()
    assert [member["user"]["name"] for member in last["members"]] == ["Bob"]
    assert (last["count"], last["more"]) == (3, False)


def test_an_outsider_does_not_see_who_is_in_a_room(ada: Person, eve: Person, online: Connect) -> None:
    den = made(online(ada))
    answers = [eve.get(f"/api/rooms/{one}/members") for one in (den, NOBODYS_ID)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    assert ada.get(f"/api/rooms/{den}/members?limit=0").status_code == 400


def test_a_room_that_was_left_while_one_connected_is_not_heard(
    ada: Person, bob: Person, online: Connect, documents: Documents
) -> None:
    owner = online(ada)
    den = made(owner, "closed", "Den", bob)
    documents["memberships"].delete_one({"room": ObjectId(den), "user": ObjectId(bob.id)})
    late = online(bob)
    owner.send(den, "Not for Bob")
    later = owner.send(ada.lobby(), "For all")
    late.wait_for("message:created", id=later["id"])
    assert "message:created" not in events(late, den)
