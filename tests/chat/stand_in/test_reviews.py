"""What its author leaves for the owner, and what owners make of what their stand-ins said."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chat.busy import Busy, replies, reply
from tests.chat.stand_in.pen import Pen
from tests.chat.stored import Connect, Documents, MakeRoom
from tests.people import NOBODYS_ID, Person, Socket
from tests.server import wait_for


def answered(pen: Pen, asker: Socket, den: str, text: str = "In the wiki.") -> dict[str, Any]:
    asker.send(den, "@Ada where is the plan?")
    pen.finish(text)
    return reply(asker, den)


def reviews(owner: Person) -> list[tuple[str, str | None]]:
    digest = owner.get("/api/stand-in/digest").json()
    return [(exchange["answer"]["id"], exchange["review"]) for exchange in digest["answered"]]


def test_what_its_author_leaves_for_the_owner_is_not_answered_and_waits_for_them(
    ada: Person, bob: Person, cat: Person, room: MakeRoom, online: Connect, busy: Busy, pen: Pen
) -> None:
    den, hall, marker = room(ada, bob), room(ada, bob, cat), room(ada, cat)
    asker, other = online(bob), online(cat)
    busy(ada, note="Back at 3")
    left = []
    for place, body in ((den, "No hurry"), (hall, "@Ada no hurry"), (hall, "Nothing for Ada")):
        form = {"room_id": place, "body": body, "client_message_id": body, "leave": True}
        first, again = asker.call("message:send", form), asker.call("message:send", {**form, "leave": False})
        assert first["message"]["leave"]
        assert again["message"] == first["message"]
        left.append(first["message"]["id"])
    other.send(marker, "By the time that this is answered the others would have been as well")
    pen.finish("In the wiki.")
    reply(other, marker)
    assert replies(bob, den) == replies(bob, hall) == []
    needs = ada.get("/api/stand-in/digest").json()["needs_you"]
    assert [(need["message"]["id"], need["reason"]) for need in needs] == [(left[1], "left"), (left[0], "left")]
    bad = {"room_id": den, "body": "x", "client_message_id": "bad", "leave": "yes"}
    assert asker.call("message:send", bad)["error"]["code"] == "bad_input"


def test_its_owner_keeps_edits_and_retracts_an_answer_and_the_asker_is_told(
    ada: Person, bob: Person, cat: Person, room: MakeRoom, online: Connect, busy: Busy, pen: Pen
) -> None:
    den = room(ada, bob, cat)
    asker, phone, witness, owner = online(bob), online(bob), online(cat), busy(ada)
    answer = answered(pen, asker, den)
    wait_for(lambda: reviews(ada) == [(answer["id"], None)], "the call to be closed")
    kept = owner.call("standin:keep", {"message_id": answer["id"]})
    assert kept == {"ok": True, "message": answer, "review": "kept"}
    assert reviews(ada) == [(answer["id"], "kept")]

    edit = {"message_id": answer["id"], "body": "In the wiki, page 3, see https://wiki.example/3"}
    edited = owner.call("message:edit", edit)["message"]
    label = ("origin", "on_behalf_of", "sender", "asked_by")
    assert {key: edited[key] for key in label} == {key: answer[key] for key in label}
    assert (edited["body"], edited["edited_at"] is not None, edited["html"]) == (edit["body"], True, None)
    assert asker.wait_for("message:edited", id=answer["id"])["message"] == edited
    assert reviews(ada) == [(answer["id"], "edited")]

    gone = owner.call("message:delete", {"message_id": answer["id"]})["message"]
    assert (gone["body"], gone["retracted_by"], gone["asked_by"]) == ("", ada.id, bob.id)
    told = {"message_id": answer["id"], "room_id": den, "owner_id": ada.id}
    for device in (asker, phone):
        assert device.wait_for("standin:retracted") == told
    assert witness.wait_for("message:deleted", id=answer["id"])["message"]["retracted_by"] == ada.id
    assert "standin:retracted" not in [name for name, _ in witness.heard]
    assert bob.messages(den)[-1] == gone, "who comes later sees it as well"
    assert reviews(ada) == [(answer["id"], "retracted")]
    assert owner.call("standin:keep", {"message_id": answer["id"]})["error"]["code"] == "message_deleted"


def test_nobody_else_reviews_an_answer(
    ada: Person, bob: Person, cat: Person, eve: Person, room: MakeRoom, online: Connect, busy: Busy, pen: Pen
) -> None:
    den = room(ada, bob, cat)
    asker, owner, outsider = online(bob), busy(ada), online(eve)
    answer = answered(pen, asker, den)
    changes = {"message:edit": {"body": "Nothing"}, "message:delete": {}, "standin:keep": {}}
    for event, values in changes.items():
        for socket, message_id, code in (
            (asker, answer["id"], "not_yours"),
            (outsider, answer["id"], "message_not_found"),
            (owner, NOBODYS_ID, "message_not_found"),
            (owner, 7, "bad_input"),
        ):
            assert socket.call(event, {"message_id": message_id, **values})["error"]["code"] == code, event
    assert owner.call("standin:keep", {"message_id": bob.messages(den)[0]["id"]})["error"]["code"] == "not_yours"
    assert bob.messages(den)[-1] == answer


@pytest.mark.parametrize("event", ["message:edit", "message:delete"])
def test_an_answer_that_is_still_written_is_written_no_more_once_its_owner_changes_it(
    ada: Person,
    bob: Person,
    room: MakeRoom,
    online: Connect,
    busy: Busy,
    pen: Pen,
    documents: Documents,
    event: str,
) -> None:
    den = room(ada, bob)
    asker, owner = online(bob), busy(ada)
    asker.send(den, "@Ada where is the plan?")
    while not replies(bob, den):
        pen.write("so ")
        asker.client.sleep(0.2)
    (answer,) = replies(bob, den)
    changed = owner.call(event, {"message_id": answer["id"], "body": "In the wiki."})["message"]
    assert changed["state"] == "done"
    pen.finish("and more.")
    wait_for(lambda: documents["stand_in_calls"].find_one({"room": {"$exists": 1}, "outcome": "stopped"}), "its end")
    assert replies(bob, den) == [changed]
    assert documents["messages"].count_documents({"stream_at": {"$exists": True}}) == 0
