"""Answering a message with a quote of it."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from tests.chat.stored import Connect, MakeRoom
from tests.people import Person, Socket


def send(socket: Socket, room_id: str, body: str, key: str | None = None, **more: Any) -> Any:
    return socket.call(
        "message:send", {"room_id": room_id, "body": body, "client_message_id": key or str(ObjectId()), **more}
    )


def code(answer: Any) -> str:
    assert not answer["ok"], answer
    assert answer["error"]["message"]
    found: str = answer["error"]["code"]
    return found


def test_a_reply_quotes_what_it_answers(ada: Person, bob: Person, room: MakeRoom, online: Connect) -> None:
    den = room(ada, bob)
    author, reader = online(ada), online(bob)
    asked = author.send(den, "Tea or coffee?")
    answered = send(reader, den, "Tea", reply_to=asked["id"])["message"]
    quote = {"id": asked["id"], "seq": 1, "sender": {"id": ada.id, "name": "Ada"}, "body": "Tea or coffee?"}
    assert answered["reply_to"] == quote
    assert author.wait_for("message:created", id=answered["id"]) == {"message": answered, "change": 2}
    assert ada.messages(den) == [asked, answered]


def test_a_quote_is_what_the_message_says_today(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, author = room(ada), online(ada)
    asked = author.send(den, "Tae?")
    send(author, den, "Yes", reply_to=asked["id"])
    author.call("message:edit", {"message_id": asked["id"], "body": "Tea?"})
    assert ada.messages(den)[1]["reply_to"]["body"] == "Tea?"
    author.call("message:delete", {"message_id": asked["id"]})
    quote = ada.messages(den)[1]["reply_to"]
    assert (quote["id"], quote["body"]) == (asked["id"], "")
    caught_up = author.call("room:catch_up", {"room_id": den, "after": 1})["changes"]
    assert caught_up[0]["message"]["reply_to"] == quote


def test_a_quote_is_the_beginning_of_a_long_message(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, author = room(ada), online(ada)
    exact, long = author.send(den, "é" * 200), author.send(den, "é" * 201)
    quotes = [send(author, den, "!", reply_to=one["id"])["message"]["reply_to"]["body"] for one in (exact, long)]
    assert quotes == ["é" * 200, "é" * 199 + "…"]


def test_a_reply_that_is_edited_keeps_its_quote_and_one_that_is_deleted_does_not(
    ada: Person, room: MakeRoom, online: Connect
) -> None:
    den, author = room(ada), online(ada)
    asked = author.send(den, "Tea?")
    answered = send(author, den, "Yse", reply_to=asked["id"])["message"]
    edited = author.call("message:edit", {"message_id": answered["id"], "body": "Yes"})["message"]
    assert edited["reply_to"] == answered["reply_to"]
    assert author.call("message:delete", {"message_id": answered["id"]})["message"]["reply_to"] is None


@pytest.mark.parametrize("name", ["reply_to", "thread_id"])
def test_what_is_elsewhere_or_gone_or_nothing_is_not_answered(
    ada: Person, eve: Person, room: MakeRoom, online: Connect, name: str
) -> None:
    den, other, secret = room(ada), room(ada), room(eve)
    author, outsider = online(ada), online(eve)
    gone = author.send(den, "Gone")
    author.call("message:delete", {"message_id": gone["id"]})
    elsewhere, hidden = author.send(other, "Elsewhere"), outsider.send(secret, "Hidden")
    answers = [
        send(author, den, "Hello", **{name: message_id})
        for message_id in (gone["id"], elsewhere["id"], hidden["id"], str(ObjectId()))
    ]
    assert [code(answer) for answer in answers] == ["message_not_found"] * 4
    assert len({answer["error"]["message"] for answer in answers}) == 1
    assert len(ada.messages(den)) == 1


@pytest.mark.parametrize("name", ["reply_to", "thread_id"])
@pytest.mark.parametrize("value", ["", "x", 7, {"$ne": None}, [], True], ids=str)
def test_what_is_no_id_is_bad_input(ada: Person, room: MakeRoom, online: Connect, name: str, value: Any) -> None:
    den, author = room(ada), online(ada)
    answer = send(author, den, "Hello", **{name: value})
    assert (code(answer), list(answer["error"]["fields"])) == ("bad_input", [name])
    assert ada.messages(den) == []


def test_an_outsider_answers_nothing(ada: Person, eve: Person, room: MakeRoom, online: Connect) -> None:
    den, author, outsider = room(ada), online(ada), online(eve)
    asked = author.send(den, "Tea?")
    assert code(send(outsider, den, "Me", reply_to=asked["id"])) == "room_not_found"
    assert ada.messages(den) == [asked]


def test_a_reply_sent_again_is_the_first_also_when_what_it_answers_is_gone(
    ada: Person, room: MakeRoom, online: Connect
) -> None:
    den, author = room(ada), online(ada)
    asked, key = author.send(den, "Tea?"), str(ObjectId())
    first = send(author, den, "Yes", key, reply_to=asked["id"])["message"]
    assert send(author, den, "Yes", key, reply_to=asked["id"])["message"] == first
    author.call("message:delete", {"message_id": asked["id"]})
    again = send(author, den, "Yes", key, reply_to=asked["id"])["message"]
    assert (again["id"], again["seq"], again["reply_to"]["body"]) == (first["id"], 2, "")
    assert len(ada.messages(den)) == 2


def test_a_message_that_answers_nothing_has_neither_quote_nor_thread(
    ada: Person, room: MakeRoom, online: Connect
) -> None:
    answer = send(online(ada), room(ada), "Hello", reply_to=None, thread_id=None)["message"]
    assert (answer["reply_to"], answer["thread_id"], answer["thread_count"]) == (None, None, 0)
