"""What administrators, members and guests may do, and that the page that says so and the code agree."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any

import pytest
import requests

from app.chat import permissions
from app.chat.permissions import IN_A_ROOM, IN_THE_WORKSPACE, KINDS, STANDINGS
from tests.auth.test_avatar import change, picture
from tests.chat.rooms import code, made, make, make_guest, members_of, rooms_of
from tests.chat.stored import Connect, Documents, Meet
from tests.people import NOBODYS_ID, Person, Socket
from tests.server import Server, wait_for

PAGE = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text("utf-8").split("## Roles\n", 1)[1]
ROLES = {"guest": ("guest", "member"), "member": ("member", "member"), "owner": ("member", "owner")}
ROLES["administrator"] = ("administrator", "member")


def table(first_cell: str) -> dict[str, dict[str, str]]:
    """Rows by the name in their first cell, each a cell per column."""
    text = PAGE[PAGE.index(f"| {first_cell} |") :].split("\n\n", 1)[0]
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    named = {re.findall(r"`(\w+)`", row[0])[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}
    assert len(named) == len(rows)
    return named


def test_the_table_of_rooms_says_what_the_code_does_cell_by_cell() -> None:
    rows = table("in a room")
    assert list(rows) == list(IN_A_ROOM)
    for action, row in rows.items():
        assert tuple(row) == STANDINGS
        for column, cell in row.items():
            kinds = {"all": set(KINDS), "none": set()}.get(cell, set(cell.split(", ")))
            allowed = {kind for kind in KINDS if permissions.may(action, *ROLES[column], kind)}  # type: ignore[arg-type]
            assert allowed == kinds, (action, column)


def test_the_table_of_the_workspace_says_what_the_code_does_cell_by_cell() -> None:
    rows = table("outside rooms")
    assert list(rows) == list(IN_THE_WORKSPACE)
    for action, row in rows.items():
        assert list(row) == ["guest", "member", "administrator"]
        for role, cell in row.items():
            assert permissions.may_in_workspace(action, role) is (cell == "yes"), (action, role)  # type: ignore[arg-type]


@pytest.mark.parametrize("role_in_room", ["member", "owner", None])
def test_a_guest_counts_as_a_guest_and_an_administrator_as_one_whatever_they_are_in_the_room(role_in_room: Any) -> None:
    assert permissions.standing("guest", role_in_room) == "guest"
    assert permissions.standing("administrator", role_in_room) == "administrator"


def set_role(by: Person, of: Person, role: Any) -> requests.Response:
    return by.write("PATCH", f"/api/users/{of.id}", json={"role": role})


def ids(users: list[dict[str, Any]]) -> set[str]:
    return {user["id"] for user in users}


@pytest.fixture
def root(person: Meet, documents: Documents) -> Person:
    root = person("Root")
    make(documents, root, "administrator")
    return root


def test_an_administrator_changes_roles_and_everyone_learns_it(root: Person, person: Meet, online: Connect) -> None:
    ada, witness = person("Ada"), person("Witness")
    socket = online(witness)
    answer = set_role(root, ada, "administrator")
    assert (answer.status_code, answer.json()["user"]["role"]) == (200, "administrator")
    assert socket.wait_for("user:changed", id=ada.id)["user"]["role"] == "administrator"
    assert ada.get("/users/me").json()["user"]["role"] == "administrator"
    assert set_role(ada, ada, "member").status_code == 200


def test_nobody_else_changes_roles(root: Person, person: Meet, documents: Documents) -> None:
    ada = person("Ada")
    for by, of in ((ada, ada), (ada, root)):
        answer = set_role(by, of, "administrator" if of is ada else "guest")
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")
    assert ada.get("/users/me").json()["user"]["role"] == "member"
    assert requests.patch(f"{root.url}/api/users/{ada.id}", json={"role": "guest"}, timeout=10).status_code == 401


@pytest.mark.parametrize("role", ["owner", "", None, 7, {"$ne": "x"}])
def test_what_is_no_role_is_refused(root: Person, person: Meet, role: Any) -> None:
    ada = person("Ada")
    answer = set_role(root, ada, role)
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["role"])
    assert ada.get("/users/me").json()["user"]["role"] == "member"


def test_there_is_nobody_to_give_a_role_to(root: Person) -> None:
    answer = root.write("PATCH", f"/api/users/{NOBODYS_ID}", json={"role": "guest"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "user_not_found")


def test_of_administrators_who_take_the_role_from_each_other_at_once_one_keeps_it(make_server: Any) -> None:
    server: Server = make_server().start()
    people = [Person(server.url, name) for name in ("Ada", "Bob", "Eve", "Dan")]
    for other in people[1:]:
        assert set_role(people[0], other, "administrator").status_code == 200
    answers: list[requests.Response] = []
    threads = [
        threading.Thread(target=lambda by=by, of=of: answers.append(set_role(by, of, "member")))
        for by, of in zip(people, [*people[1:], people[0]], strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {200, 403, 409}
    roles = [person.get("/users/me").json()["user"]["role"] for person in people]
    assert roles.count("administrator") >= 1
    last = people[roles.index("administrator")]
    for other in people:
        if other is not last:
            set_role(last, other, "member")
    answer = set_role(last, last, "guest")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "last_administrator")
    assert last.get("/users/me").json()["user"]["role"] == "administrator"


def test_who_becomes_a_guest_leaves_the_lobby_at_once_and_who_is_none_any_more_is_in_it(
    root: Person, person: Meet, online: Connect
) -> None:
    ada, witness = person("Ada"), person("Witness")
    socket = online(ada)
    assert set_role(root, ada, "guest").status_code == 200
    wait_for(lambda: not socket.client.connected, "the guest's connection to end")
    assert rooms_of(ada) == {}
    again = online(ada)
    ready = again.wait_for("session:ready")
    assert (ready["rooms"], ids(ready["users"])) == ([], {ada.id})
    online(witness).send(witness.lobby(), "Not for guests")
    assert set_role(root, ada, "member").status_code == 200
    wait_for(lambda: not again.client.connected, "the guest's connection to end")
    assert "message:created" not in [event for event, _ in again.heard]
    assert [room["name"] for room in rooms_of(ada).values()] == ["Lobby"]


def test_a_guest_sees_and_hears_of_those_of_their_rooms_alone(
    person: Meet, online: Connect, documents: Documents
) -> None:
    ada, bob, guest = person("Ada"), person("Bob"), person("Guest")
    make_guest(documents, guest)
    den = made(online(ada), "closed", "Den", guest)
    listener = online(guest)
    assert ids(listener.wait_for("session:ready")["users"]) == {ada.id, guest.id}
    assert ids(guest.get("/api/users").json()["users"]) == {ada.id, guest.id}
    assert guest.get(f"/api/users/{ada.id}").status_code == 200
    hidden, nobody = guest.get(f"/api/users/{bob.id}"), guest.get(f"/api/users/{NOBODYS_ID}")
    assert (hidden.status_code, hidden.json()) == (404, nobody.json())
    hers, his = online(ada), online(bob)
    for socket, note in ((his, "hidden"), (hers, "seen")):
        socket.call("status:set", {"status": "away", "note": note})
    assert listener.wait_for("status:changed")["user"]["id"] == ada.id
    assert his.wait_for("status:changed", id=ada.id)
    hers.call("room:invite", {"room_id": den, "user_ids": [bob.id]})
    his.call("status:set", {"status": "available"})
    assert listener.wait_for("status:changed")["user"]["id"] == bob.id
    hers.call("room:remove", {"room_id": den, "user_ids": [bob.id]})
    for socket in (his, hers):
        socket.call("status:set", {"status": "busy"})
    assert listener.wait_for("status:changed")["user"]["id"] == ada.id
    told = [payload["user"]["id"] for event, payload in listener.heard if event.startswith(("user:", "status:"))]
    assert told.count(bob.id) == 1


def test_a_guest_hears_of_their_own_status_on_every_device(person: Meet, online: Connect, documents: Documents) -> None:
    guest = person("Guest")
    make_guest(documents, guest)
    one, two = online(guest), online(guest)
    one.call("status:set", {"status": "away"})
    assert two.wait_for("status:changed", id=guest.id)


def test_coming_in_again_brings_a_guest_not_into_the_lobby(person: Meet, online: Connect, documents: Documents) -> None:
    guest = person("Guest")
    make_guest(documents, guest)
    assert online(guest).wait_for("session:ready")["rooms"] == []
    page = guest.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert rooms_of(guest) == {}


def test_a_guest_is_refused_what_the_table_refuses(
    ada: Person, person: Meet, online: Connect, documents: Documents
) -> None:
    guest = person("Guest")
    make_guest(documents, guest)
    den = made(online(ada), "closed", "Den", guest)
    socket: Socket = online(guest)
    for event, payload in (
        ("room:update", {"name": "Mine"}),
        ("room:archive", {"archived": True}),
        ("room:remove", {"user_ids": [ada.id]}),
        ("room:invite", {"user_ids": [ada.id]}),
    ):
        assert code(socket.call(event, {"room_id": den, **payload})) == "not_allowed", event
    assert socket.send(den, "But I may speak")
    assert socket.call("room:leave", {"room_id": den}) == {"ok": True}


def test_who_becomes_a_guest_stays_where_they_were_invited_and_is_at_once_in_no_room_they_joined_by_themselves(
    root: Person, person: Meet, online: Connect
) -> None:
    ada, host = person("Ada"), person("Host")
    hosts, socket, other = online(host), online(ada), online(ada)
    joined, asked = made(hosts, "open", "Hall"), made(hosts, "open", "Attic", ada)
    assert socket.call("room:join", {"room_id": joined})["ok"]
    own = made(socket, "open", "Mine")
    assert hosts.wait_for("room:changed", id=joined, member_count=2)
    assert set_role(root, ada, "guest").status_code == 200
    assert hosts.wait_for("room:changed", id=joined, member_count=1)
    for connection in (socket, other):
        wait_for(lambda connection=connection: not connection.client.connected, "the guest's connection to end")
    hosts.send(joined, "Not for guests")
    hosts.send(asked, "For whom I asked")
    again = online(ada)
    assert {room["id"] for room in again.wait_for("session:ready")["rooms"]} == {asked, own} == set(rooms_of(ada))
    for connection in (socket, other):
        assert "message:created" not in [event for event, _ in connection.heard]
        assert joined in [payload["room_id"] for event, payload in connection.heard if event == "room:removed"]
    assert code(again.call("room:catch_up", {"room_id": joined, "after": 0})) == "room_not_found"
    assert hosts.call("room:invite", {"room_id": joined, "user_ids": [ada.id]})["user_ids"] == [ada.id]
    assert set_role(root, ada, "member").status_code == 200
    assert set_role(root, ada, "guest").status_code == 200
    assert set(rooms_of(ada)) == {joined, asked, own}, "now they were invited"


def test_a_room_whose_only_owner_joined_it_and_becomes_a_guest_has_another_owner(
    root: Person, person: Meet, online: Connect
) -> None:
    maker, heir, next_one = person("Maker"), person("Heir"), person("Next")
    makers, heirs = online(maker), online(heir)
    hall = made(makers, "open", "Hall")
    for socket in (heirs, online(next_one)):
        assert socket.call("room:join", {"room_id": hall})["ok"]
    assert makers.call("room:leave", {"room_id": hall})["ok"]
    assert members_of(heir, hall)[heir.id] == "owner"
    assert set_role(root, heir, "guest").status_code == 200
    assert members_of(next_one, hall) == {next_one.id: "owner"}
    lobby = next_one.get(f"/api/rooms/{next_one.lobby()}/members").json()["members"]
    assert "owner" not in {member["role"] for member in lobby}


def test_a_guest_sees_the_pictures_of_those_of_their_rooms_alone(
    person: Meet, online: Connect, documents: Documents
) -> None:
    ada, stranger, guest = person("Ada"), person("Stranger"), person("Guest")
    make_guest(documents, guest)
    made(online(ada), "closed", "Den", guest)
    urls = [change(one, picture()).json()["user"]["avatar_url"] for one in (ada, guest, stranger)]
    assert [guest.get(url).status_code for url in urls] == [200, 200, 404]
    hidden, nobody = guest.get(urls[2]), guest.get(f"/api/users/{NOBODYS_ID}/avatar")
    assert hidden.json() == nobody.json()
    assert hidden.json()["error"]["code"] == "user_not_found"
    assert ada.get(urls[2]).status_code == 200
