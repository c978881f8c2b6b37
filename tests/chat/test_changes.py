"""What becomes of a message, and how a client gets exactly up to date."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from bson import ObjectId

from app.chat.message_log import MOST_BY_OTHERS, MOST_CHANGES
from tests.chat.stored import Connect, Documents, MakeRoom, Meet
from tests.people import Person, Socket


def edit(socket: Socket, message_id: str, body: str) -> Any:
    return socket.call("message:edit", {"message_id": message_id, "body": body})


def delete(socket: Socket, message_id: str) -> Any:
    return socket.call("message:delete", {"message_id": message_id})


def react(socket: Socket, message_id: str, emoji: str = "\N{THUMBS UP SIGN}", *, on: bool = True) -> Any:
    return socket.call("message:react", {"message_id": message_id, "emoji": emoji, "on": on})


def catch_up(socket: Socket, room_id: str, after: int) -> Any:
    return socket.call("room:catch_up", {"room_id": room_id, "after": after})


def code(answer: Any) -> str:
    assert not answer["ok"], answer
    assert answer["error"]["message"]
    found: str = answer["error"]["code"]
    return found


def test_an_edit_reaches_the_room_and_the_history_as_the_next_change(
    ada: Person, bob: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada, bob)
    author, reader = online(ada), online(bob)
    sent = author.send(den, "Helo")
    edited = edit(author, sent["id"], "Hello")["message"]
    assert edited == {**sent, "body": "Hello", "change": 2, "edited_at": edited["edited_at"]}
    assert edited["edited_at"] is not None
    for socket in (author, reader):
        assert socket.wait_for("message:edited", id=sent["id"]) == {"message": edited, "change": 2}
    assert bob.messages(den) == [edited]


def test_an_edit_that_changes_nothing_is_no_change(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, author = room(ada), online(ada)
    sent = author.send(den, "Hello")
    assert edit(author, sent["id"], "Hello") == {"ok": True, "message": sent}
    assert catch_up(author, den, 1) == {"ok": True, "changes": [], "change": 1, "more": False}


def test_a_deleted_message_leaves_its_place_and_nothing_of_what_it_said(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den = room(ada, bob)
    author, reader = online(ada), online(bob)
    sent = author.send(den, "A secret for @Bob")
    assert sent["mentions"] == [bob.id]
    react(reader, sent["id"])
    gone = delete(author, sent["id"])["message"]
    assert (gone["seq"], gone["body"], gone["mentions"], gone["reactions"]) == (1, "", [], [])
    assert gone["deleted_at"] is not None
    assert reader.wait_for("message:deleted", id=sent["id"]) == {"message": gone, "change": 3}
    assert bob.messages(den) == [gone]
    stored = documents["messages"].find_one({"_id": ObjectId(sent["id"])})
    assert "secret" not in str(stored)
    assert delete(author, sent["id"])["message"] == gone


def test_what_is_deleted_is_neither_edited_nor_reacted_to(ada: Person, room: MakeRoom, online: Connect) -> None:
    author = online(ada)
    sent = author.send(room(ada), "Hello")
    delete(author, sent["id"])
    assert code(edit(author, sent["id"], "Hello again")) == "message_deleted"
    assert code(react(author, sent["id"])) == "message_deleted"


def test_only_its_author_edits_a_message_and_deletes_it(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    documents["users"].update_one({"_id": ObjectId(bob.id)}, {"$set": {"role": "member"}})
    den = room(ada, bob)
    author, reader = online(ada), online(bob)
    sent = author.send(den, "Mine")
    assert code(edit(reader, sent["id"], "Yours")) == "not_yours"
    assert code(delete(reader, sent["id"])) == "not_yours"
    assert ada.messages(den) == [sent]


def test_an_administrator_deletes_a_message_of_anyone_in_their_rooms(
    ada: Person, person: Meet, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    root = person("Root")
    documents["users"].update_one({"_id": ObjectId(root.id)}, {"$set": {"role": "administrator"}})
    administrator, author = online(root), online(ada)
    sent, elsewhere = author.send(room(ada, root), "Rude"), author.send(room(ada), "Private")
    assert code(edit(administrator, sent["id"], "Polite")) == "not_yours"
    assert delete(administrator, sent["id"])["message"]["deleted_at"] is not None
    assert code(delete(administrator, elsewhere["id"])) == "message_not_found"


def test_reactions_come_and_go_each_once_a_person(ada: Person, bob: Person, room: MakeRoom, online: Connect) -> None:
    den = room(ada, bob)
    author, reader = online(ada), online(bob)
    sent = author.send(den, "Cake!")
    for _ in range(2):
        answer = react(reader, sent["id"], "\N{SHORTCAKE}")
        assert answer["message"]["reactions"] == [{"emoji": "\N{SHORTCAKE}", "user_ids": [bob.id]}]
    both = react(author, sent["id"], "\N{SHORTCAKE}")["message"]
    assert both["reactions"] == [{"emoji": "\N{SHORTCAKE}", "user_ids": [bob.id, ada.id]}]
    assert author.wait_for("message:reacted", id=sent["id"], change=3) == {"message": both, "change": 3}
    react(reader, sent["id"], "\N{SHORTCAKE}", on=False)
    react(author, sent["id"], "\N{SHORTCAKE}", on=False)
    assert ada.messages(den)[0]["reactions"] == []
    assert catch_up(author, den, 0)["change"] == 5


@pytest.mark.parametrize("emoji", ["", "x", "\N{THUMBS UP SIGN}\N{THUMBS UP SIGN}", "$set", "a.b", ":+1:", 7, None, {}])
def test_what_is_no_emoji_is_no_reaction(ada: Person, room: MakeRoom, online: Connect, emoji: Any) -> None:
    author = online(ada)
    sent = author.send(room(ada), "Hello")
    answer = author.call("message:react", {"message_id": sent["id"], "emoji": emoji, "on": True})
    assert (code(answer), list(answer["error"]["fields"])) == ("bad_input", ["emoji"])


@pytest.mark.parametrize("event", ["message:edit", "message:delete", "message:react", "room:catch_up"])
def test_an_outsider_is_refused_as_if_there_were_nothing(
    ada: Person, eve: Person, room: MakeRoom, online: Connect, event: str
) -> None:
    den, author, outsider = room(ada), online(ada), online(eve)
    sent = author.send(den, "Hello")
    answers = []
    for message_id, room_id in ((sent["id"], den), (str(ObjectId()), str(ObjectId()))):
        about = {"message_id": message_id, "room_id": room_id, "after": 0}
        answers.append(outsider.call(event, {**about, "body": "!", "emoji": "\N{THUMBS UP SIGN}", "on": True}))
    assert answers[0] == answers[1]
    assert code(answers[0]) == ("room_not_found" if event == "room:catch_up" else "message_not_found")
    assert ada.messages(den) == [sent]


@pytest.mark.parametrize("event", ["message:edit", "message:delete", "message:react", "room:catch_up"])
@pytest.mark.parametrize("payload", [None, [], "x", {}, {"message_id": {"$ne": ""}, "room_id": 1}], ids=str)
def test_bad_input_is_refused(ada: Person, online: Connect, event: str, payload: Any) -> None:
    assert code(online(ada).call(event, payload)) == "bad_input"


@pytest.mark.parametrize("body", ["", "  ", "x" * 8001, "\0", 7, None])
def test_a_message_is_not_edited_to_what_could_not_be_sent(
    ada: Person, room: MakeRoom, online: Connect, body: Any
) -> None:
    den, author = room(ada), online(ada)
    sent = author.send(den, "Hello")
    answer = author.call("message:edit", {"message_id": sent["id"], "body": body})
    assert (code(answer), list(answer["error"]["fields"])) == ("bad_input", ["body"])
    assert ada.messages(den) == [sent]


def test_catching_up_brings_all_changes_in_order_page_by_page(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, author = room(ada), online(ada)
    sent = [author.send(den, f"Message {number}") for number in range(120)]
    edit(author, sent[3]["id"], "Changed")
    delete(author, sent[4]["id"])
    react(author, sent[5]["id"])
    changes: list[dict[str, Any]] = []
    after, pages = 0, 0
    while True:
        page = catch_up(author, den, after)
        changes, after, pages = [*changes, *page["changes"]], page["change"], pages + 1
        if not page["more"]:
            break
    assert pages == 2
    assert [change["change"] for change in changes] == list(range(1, 124))
    assert [change["kind"] for change in changes[120:]] == ["edited", "deleted", "reacted"]
    assert [change["message"]["seq"] for change in changes] == [*range(1, 121), 4, 5, 6]
    assert {change["message"]["id"]: change["message"] for change in changes} == {
        message["id"]: message for after in (0, 60) for message in ada.messages(den, after=after, limit=60)
    }


def test_a_page_of_long_messages_is_shorter(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, author = room(ada), online(ada)
    for _ in range(30):
        author.send(den, "x" * 8000)
    first = catch_up(author, den, 0)
    assert (len(first["changes"]), first["change"], first["more"]) == (12, 12, True)


def test_who_is_up_to_date_or_ahead_is_told_how_far_the_room_is(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, author = room(ada), online(ada)
    assert catch_up(author, den, 0) == {"ok": True, "changes": [], "change": 0, "more": False}
    author.send(den, "Hello")
    assert catch_up(author, den, 1) == {"ok": True, "changes": [], "change": 1, "more": False}
    assert catch_up(author, den, 9) == {"ok": True, "changes": [], "change": 1, "more": False}


def change_often(documents: Documents, message_id: str, count: int) -> None:
    many = [{"n": number, "kind": "reacted"} for number in range(1, count + 1)]
    documents["messages"].update_one({"_id": ObjectId(message_id)}, {"$set": {"changes": many}})


def test_others_cannot_use_up_the_changes_of_a_message(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den, author, other = room(ada, bob), online(ada), online(bob)
    sent = author.send(den, "Hello")
    change_often(documents, sent["id"], MOST_BY_OTHERS - 1)
    assert react(other, sent["id"])["ok"]
    for answer in (
        react(other, sent["id"], on=False),
        react(author, sent["id"]),
        other.call("message:pin", {"message_id": sent["id"], "on": True}),
    ):
        assert code(answer) == "too_many_changes"
    assert react(other, sent["id"])["ok"], "what is so already is answered"
    assert edit(author, sent["id"], "Edited")["message"]["body"] == "Edited"
    assert delete(author, sent["id"])["message"]["deleted_at"] is not None


def test_the_same_reaction_from_two_devices_at_once_is_one_change(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, devices = room(ada), [online(ada) for _ in range(4)]
    sent = devices[0].send(den, "Hello")
    for number, on in enumerate((True, False), start=2):
        with ThreadPoolExecutor(len(devices)) as threads:
            answers = list(threads.map(partial(react, message_id=sent["id"], on=on), devices))
        assert {answer["message"]["change"] for answer in answers} == {number}
    assert catch_up(devices[0], den, 0)["change"] == 3


def test_a_message_that_changed_too_often_changes_no_more_but_can_be_deleted(
    ada: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den, author = room(ada), online(ada)
    sent = author.send(den, "Hello")
    change_often(documents, sent["id"], MOST_CHANGES)
    assert code(react(author, sent["id"])) == code(edit(author, sent["id"], "Edited")) == "too_many_changes"
    assert delete(author, sent["id"])["message"]["deleted_at"] is not None
