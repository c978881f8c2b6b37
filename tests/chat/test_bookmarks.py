"""What a user wants to find again, and nobody else learns of."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from bson import ObjectId

from tests.chat.stored import Connect, Documents, MakeRoom
from tests.chat.test_changes import code, delete
from tests.people import Person, Socket


def bookmark(socket: Socket, message_id: Any, *, on: Any = True) -> Any:
    return socket.call("message:bookmark", {"message_id": message_id, "on": on})


def bookmarks(someone: Person, **query: Any) -> Any:
    return someone.get("/api/bookmarks", params=query).json()


def bookmarked_in(someone: Person, room_id: str) -> Any:
    return someone.get(f"/api/rooms/{room_id}/bookmarks").json()["message_ids"]


def shown(page: Any) -> list[str]:
    return [each["message"]["body"] for each in page["bookmarks"]]


@pytest.fixture
def carol(person: Any) -> Person:
    """Somebody without bookmarks."""
    carol: Person = person("Carol")
    return carol


def test_a_bookmark_is_listed_with_its_message_and_told_to_the_users_own_connections_alone(
    ada: Person, carol: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada, carol)
    author, here, there = online(ada), online(carol), online(carol)
    sent = author.send(den, "The recipe")
    mark = {"message_id": sent["id"], "room_id": den, "on": True}
    assert bookmark(here, sent["id"]) == {"ok": True, "bookmark": mark}
    for socket in (here, there):
        assert socket.wait_for("bookmark:changed") == {"bookmark": mark}
    page = bookmarks(carol)
    assert [each["message"] for each in page["bookmarks"]] == [sent]
    assert page["more"] is False
    assert bookmarked_in(carol, den) == [sent["id"]]
    assert bookmark(here, sent["id"], on=False)["bookmark"] == {**mark, "on": False}
    assert there.wait_for("bookmark:changed", on=False) == {"bookmark": {**mark, "on": False}}
    assert bookmarks(carol) == {"bookmarks": [], "more": False}
    assert bookmarked_in(carol, den) == []
    author.send(den, "Something else, so that all before it was heard")
    author.wait_for("message:created", body="Something else, so that all before it was heard")
    assert "bookmark:changed" not in [event for event, _ in author.heard]
    assert ada.messages(den)[0] == sent


def test_a_bookmark_made_twice_is_one_and_told_once(
    ada: Person, carol: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada, carol)
    sent = online(ada).send(den, "The recipe")
    sockets = [online(carol) for _ in range(4)]
    with ThreadPoolExecutor(len(sockets)) as together:
        answers = list(together.map(lambda socket: bookmark(socket, sent["id"]), sockets))
    assert all(answer["ok"] for answer in answers)
    assert shown(bookmarks(carol)) == ["The recipe"]
    bookmark(sockets[0], sent["id"], on=False)
    sockets[0].wait_for("bookmark:changed", on=False)
    assert [payload["bookmark"]["on"] for event, payload in sockets[0].heard if event == "bookmark:changed"] == [
        True,
        False,
    ]


def test_bookmarks_come_page_by_page_the_last_first(carol: Person, room: MakeRoom, online: Connect) -> None:
    den, socket = room(carol), online(carol)
    for number in range(7):
        bookmark(socket, socket.send(den, f"Message {number}")["id"])
    first = bookmarks(carol, limit=3)
    second = bookmarks(carol, limit=3, before=first["bookmarks"][-1]["id"])
    third = bookmarks(carol, limit=3, before=second["bookmarks"][-1]["id"])
    assert [shown(page) for page in (first, second, third)] == [
        ["Message 6", "Message 5", "Message 4"],
        ["Message 3", "Message 2", "Message 1"],
        ["Message 0"],
    ]
    assert [page["more"] for page in (first, second, third)] == [True, True, False]


def test_a_bookmark_in_a_room_one_has_left_is_not_shown(
    carol: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den, lair, socket = room(carol), room(carol), online(carol)
    bookmark(socket, socket.send(den, "Of the den")["id"])
    bookmark(socket, socket.send(lair, "Of the lair")["id"])
    documents["memberships"].delete_one({"room": ObjectId(lair), "user": ObjectId(carol.id)})
    assert shown(bookmarks(carol)) == ["Of the den"]


def test_a_bookmark_of_a_deleted_message_shows_what_is_left_of_it(
    carol: Person, room: MakeRoom, online: Connect
) -> None:
    den, socket = room(carol), online(carol)
    sent = socket.send(den, "Soon gone")
    bookmark(socket, sent["id"])
    gone = delete(socket, sent["id"])["message"]
    assert [each["message"] for each in bookmarks(carol)["bookmarks"]] == [gone]
    assert code(bookmark(socket, sent["id"])) == "message_deleted"
    assert bookmark(socket, sent["id"], on=False)["ok"]
    assert bookmarks(carol)["bookmarks"] == []


def test_an_outsider_bookmarks_nothing_and_sees_no_bookmarks_of_others(
    ada: Person, eve: Person, room: MakeRoom, online: Connect
) -> None:
    den, author, outsider = room(ada), online(ada), online(eve)
    sent = author.send(den, "The recipe")
    bookmark(author, sent["id"])
    assert code(bookmark(outsider, sent["id"])) == "message_not_found"
    assert bookmark(outsider, sent["id"]) == bookmark(outsider, str(ObjectId()))
    assert bookmarks(eve) == {"bookmarks": [], "more": False}
    answer = eve.get(f"/api/rooms/{den}/bookmarks")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "room_not_found")


@pytest.mark.parametrize("values", [{"message_id": "x"}, {"message_id": None}, {"on": "yes"}, {"on": None}])
def test_a_bookmark_of_nothing_is_refused(
    carol: Person, room: MakeRoom, online: Connect, values: dict[str, Any]
) -> None:
    socket = online(carol)
    sent = socket.send(room(carol), "The recipe")
    answer = socket.call("message:bookmark", {"message_id": sent["id"], "on": True, **values})
    assert (code(answer), list(answer["error"]["fields"])) == ("bad_input", list(values))
    assert bookmarks(carol)["bookmarks"] == []


@pytest.mark.parametrize("query", [{"before": "x"}, {"limit": 0}, {"limit": "many"}])
def test_a_page_of_nowhere_is_refused(carol: Person, query: dict[str, Any]) -> None:
    answer = carol.get("/api/bookmarks", params=query)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_input")
