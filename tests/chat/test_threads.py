"""Talking about one message beside the rest of the room."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from tests.chat.stored import Connect, Documents, MakeRoom
from tests.chat.test_replies import code, send
from tests.people import Person


def thread(someone: Person, room_id: str, root: str, **query: Any) -> list[str]:
    found = someone.get(f"/api/rooms/{room_id}/messages", params={"thread": root, **query}).json()["messages"]
    return [message["body"] for message in found]


def test_a_thread_is_read_apart_and_counted_where_it_begins(
    ada: Person, bob: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada, bob)
    author, reader = online(ada), online(bob)
    root, other = author.send(den, "Lunch?"), author.send(den, "Unrelated")
    replies = [send(reader, den, f"Reply {number}", thread_id=root["id"])["message"] for number in range(3)]
    assert {(reply["thread_id"], reply["thread_count"]) for reply in replies} == {(root["id"], 0)}
    assert author.wait_for("message:created", id=replies[2]["id"])["message"] == replies[2]
    assert ada.messages(den) == [{**root, "thread_count": 3}, other, *replies]
    assert thread(ada, den, root["id"]) == ["Reply 0", "Reply 1", "Reply 2"]
    assert thread(ada, den, root["id"], after=replies[0]["seq"], limit=1) == ["Reply 1"]
    assert thread(ada, den, root["id"], before=replies[2]["seq"], limit=1) == ["Reply 1"]
    assert thread(ada, den, other["id"]) == []


def test_a_page_can_leave_threads_out(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, author = room(ada), online(ada)
    root = author.send(den, "Lunch?")
    send(author, den, "Yes", thread_id=root["id"])
    author.send(den, "Later")
    answer = ada.get(f"/api/rooms/{den}/messages", params={"replies": "false", "limit": 2}).json()
    assert [(message["body"], message["thread_count"]) for message in answer["messages"]] == [
        ("Lunch?", 1),
        ("Later", 0),
    ]


def test_a_reply_to_a_reply_belongs_to_the_same_thread(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, author = room(ada), online(ada)
    root = author.send(den, "Lunch?")
    first = send(author, den, "Yes", thread_id=root["id"])["message"]
    second = send(author, den, "Where?", thread_id=first["id"], reply_to=first["id"])["message"]
    assert (second["thread_id"], second["reply_to"]["id"]) == (root["id"], first["id"])
    author.call("message:delete", {"message_id": root["id"]})
    assert code(send(author, den, "Hello?", thread_id=first["id"])) == "message_not_found"


def test_deleted_replies_are_not_counted_and_keep_their_place(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, author = room(ada), online(ada)
    root = author.send(den, "Lunch?")
    replies = [send(author, den, f"Reply {number}", thread_id=root["id"])["message"] for number in range(2)]
    gone = author.call("message:delete", {"message_id": replies[0]["id"]})["message"]
    assert gone["thread_id"] == root["id"]
    assert ada.messages(den)[0]["thread_count"] == 1
    assert thread(ada, den, root["id"]) == ["", "Reply 1"]
    edited = author.call("message:edit", {"message_id": root["id"], "body": "Lunch now?"})["message"]
    assert edited["thread_count"] == 1
    deleted = author.call("message:delete", {"message_id": root["id"]})["message"]
    assert (deleted["body"], deleted["thread_count"]) == ("", 1)


def test_a_page_counts_threads_as_of_the_change_that_it_names(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, author = room(ada), online(ada)
    root = author.send(den, "Lunch?")
    send(author, den, "Yes", thread_id=root["id"])
    for path in (f"/api/rooms/{den}/messages", f"/api/messages/{root['id']}"):
        answer = ada.get(path).json()
        message = answer.get("message") or answer["messages"][0]
        assert (answer["change"], message["thread_count"]) == (2, 1)


def test_an_outsider_reads_no_thread(ada: Person, eve: Person, room: MakeRoom, online: Connect) -> None:
    den, own, author, outsider = room(ada), room(eve), online(ada), online(eve)
    root = author.send(den, "Lunch?")
    send(author, den, "Secret", thread_id=root["id"])
    for room_id in (den, own):
        answer = eve.get(f"/api/rooms/{room_id}/messages", params={"thread": root["id"]})
        assert answer.status_code == 404
        assert "Secret" not in answer.text
    assert code(send(outsider, den, "Me too", thread_id=root["id"])) == "room_not_found"
    assert code(send(outsider, own, "Me too", thread_id=root["id"])) == "message_not_found"
    assert thread(ada, den, root["id"]) == ["Secret"]


@pytest.mark.parametrize("value", ["", "x", "$ne"])
def test_what_names_no_thread_is_bad_input(ada: Person, value: str) -> None:
    answer = ada.get(f"/api/rooms/{ada.lobby()}/messages", params={"thread": value})
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["thread"])


def test_the_index_of_threads_holds_threads_only(
    ada: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den, author = room(ada), online(ada)
    root = author.send(den, "Lunch?")
    send(author, den, "Yes", thread_id=root["id"])
    for where in (ObjectId(root["id"]), {"$in": [ObjectId(root["id"]), ObjectId()]}):
        plan = documents["messages"].find({"thread": where}).explain()
        assert "'indexName': 'thread'" in str(plan["queryPlanner"]["winningPlan"])
