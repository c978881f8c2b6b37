"""How texts are stored and told beside their letters: in HTML, and with whom they call."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId
from flask import Flask

from app.auth.models import User
from app.chat import writing
from app.chat.models import Membership, Room
from app.chat.rich_text import Renderer
from tests.chat.busy import Busy, replies, reply
from tests.chat.stored import Connect, Documents, MakeRoom
from tests.people import Person


def own(documents: Documents, room_id: str, owner: Person) -> None:
    membership = {"room": ObjectId(room_id), "user": ObjectId(owner.id)}
    documents["memberships"].update_one(membership, {"$set": {"role": "owner"}})


def mention_count(someone: Person, room_id: str) -> int:
    rooms: list[dict[str, Any]] = someone.get("/api/rooms").json()["rooms"]
    count: int = next(room["mention_count"] for room in rooms if room["id"] == room_id)
    return count


@pytest.fixture(autouse=True)
def nobody_is_administrator(ada: Person, bob: Person, documents: Documents) -> None:
    """Whoever signs up first on a server is."""
    people = {"_id": {"$in": [ObjectId(one.id) for one in (ada, bob)]}}
    documents["users"].update_many(people, {"$set": {"role": "member"}})


def test_markdown_is_rendered_once_for_the_sender_the_room_and_the_history(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den = room(ada, bob)
    author, reader = online(ada), online(bob)
    sent = author.send(den, "**Hello** @Bob")
    chip = f'<span class="mention" data-user-id="{bob.id}">@Bob</span>'
    assert sent["html"] == f"<p><strong>Hello</strong> {chip}</p>"
    assert (sent["body"], sent["mentions"], sent["mentions_all"]) == ("**Hello** @Bob", [bob.id], False)
    assert reader.wait_for("message:created", id=sent["id"])["message"] == sent
    assert bob.messages(den) == [sent]
    stored = documents["messages"].find_one({"_id": ObjectId(sent["id"])})
    assert stored is not None
    assert stored["html"] == sent["html"]


def test_what_is_plain_is_stored_without_html(
    ada: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    sent = online(ada).send(room(ada), "Hello")
    assert sent["html"] is None
    stored = documents["messages"].find_one({"_id": ObjectId(sent["id"])})
    assert stored is not None
    assert not {"html", "mentions", "mentions_all"} & stored.keys()


def test_an_edit_renders_anew_and_a_deletion_takes_it_away(
    ada: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    author = online(ada)
    den = room(ada)
    own(documents, den, ada)
    sent = author.send(den, "*one* @all @Ada")
    edited = author.call("message:edit", {"message_id": sent["id"], "body": "`two`"})["message"]
    assert (edited["html"], edited["mentions"], edited["mentions_all"]) == ("<p><code>two</code></p>", [], False)
    plain = author.call("message:edit", {"message_id": sent["id"], "body": "two"})["message"]
    assert plain["html"] is None
    author.call("message:edit", {"message_id": sent["id"], "body": "*secret* @all"})
    gone = author.call("message:delete", {"message_id": sent["id"]})["message"]
    assert (gone["html"], gone["mentions_all"]) == (None, False)
    assert "secret" not in str(documents["messages"].find_one({"_id": ObjectId(sent["id"])}))


@pytest.mark.parametrize(
    "body", ["- a\n" * 2000, "[" * 8000, "```py\n" + "x = 1\n" * 1000 + "```", "**b** " + "c" * 7000]
)
def test_a_long_text_is_rendered_or_left_as_it_is_and_never_lost(
    ada: Person, room: MakeRoom, online: Connect, body: str
) -> None:
    den = room(ada)
    sent = online(ada).send(den, body)
    assert ada.messages(den) == [sent]
    assert (sent["html"] is None) is body.startswith("[")


def test_texts_are_rendered_in_the_order_in_which_they_were_sent(ada: Person, room: MakeRoom, online: Connect) -> None:
    den, author = room(ada), online(ada)
    bodies = [f"*{number}*" + (" long" * 1000 if number % 3 == 0 else "") for number in range(9)]
    for number, body in enumerate(bodies):
        author.client.emit(
            "message:send", {"room_id": den, "body": body, "client_message_id": f"{den}-{number}"}, namespace="/chat"
        )
    author.send(den, "last")
    assert [message["body"] for message in ada.messages(den)] == [*bodies, "last"]


def test_a_text_that_cannot_be_rendered_is_kept_as_it_was_typed_and_still_calls(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ada = User(name="Ada", email="a@b.example", email_key="a@b.example", password_hash="x").save()
    den = Room(name="Den", kind="closed").save()
    Membership(room=den.id, user=ada.id).save()

    def fail(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(Renderer, "render", fail)
    for body in ("*x* @Ada", "*x* @Ada" + " long" * 1000):
        assert writing.read(body, den.id, ada.id) == {"mentions": [ada.id]}
    assert len(caplog.records) == 2
    assert "@Ada" not in caplog.records[0].getMessage()


def test_an_owner_and_an_administrator_call_everyone_and_nobody_else_does(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den = room(ada, bob)
    for someone in (ada, bob):
        sent = online(someone).send(den, "@all: cake")
        assert (sent["mentions_all"], sent["mentions"], sent["html"]) == (False, [], None)
    assert mention_count(bob, den) == 0
    own(documents, den, ada)
    sent = online(ada).send(den, "@all: cake")
    assert (sent["mentions_all"], sent["mentions"]) == (True, [])
    assert (mention_count(bob, den), mention_count(ada, den)) == (1, 0)
    documents["users"].update_one({"_id": ObjectId(bob.id)}, {"$set": {"role": "administrator"}})
    assert online(bob).send(den, "@ALL, more cake")["mentions_all"]
    assert (mention_count(bob, den), mention_count(ada, den)) == (1, 1)


def test_who_is_called_by_name_and_with_everyone_is_called_once(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den = room(ada, bob)
    own(documents, den, ada)
    online(ada).send(den, "@all and @Bob")
    assert mention_count(bob, den) == 1


def test_a_call_of_everyone_makes_no_stand_in_speak(
    ada: Person, bob: Person, eve: Person, room: MakeRoom, online: Connect, busy: Busy, documents: Documents
) -> None:
    den = room(ada, bob, eve)
    own(documents, den, ada)
    theirs, author = busy(bob), online(ada)
    author.send(den, "@all: cake")
    author.send(den, "`@Bob` is code")
    called = author.send(den, "@Bob are you there?")
    assert reply(theirs, den)["client_message_id"].startswith("away:")
    assert len(replies(ada, den)) == 1
    assert called["mentions"] == [bob.id]
