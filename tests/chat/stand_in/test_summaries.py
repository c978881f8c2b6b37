"""A summary on top of the digest, whose references are checked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chat.stand_in.pen import Pen
from tests.chat.stored import Connect, Documents, MakeRoom
from tests.people import NOBODYS_ID, Person

LONG_AGO = "2020-01-01T00:00:00Z"


def sum_up(person: Person, **form: Any) -> Any:
    return person.write("POST", "/api/stand-in/digest/summary", json={"since": LONG_AGO, **form}).json()


def test_a_summary_refers_to_messages_that_were_given_and_to_no_others(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, pen: Pen
) -> None:
    den, hall = room(ada, bob, name="Den"), room(ada, bob, name="Hall")
    asker = online(bob)
    said = [asker.send(den, "The demo moves to Friday"), asker.send(hall, "Who brings the cake?")]
    pen.finish(
        "- A cake is asked for [2] [7].\n",
        "- The demo is on Friday [1, 2], see https://evil.example/?q=x ![x](//evil/p.png) [99]",
    )
    summary = sum_up(ada)["summary"]
    assert summary["message_ids"] == [said[1]["id"], said[0]["id"]]
    assert summary["room_ids"] == [hall, den]
    assert summary["text"].startswith("- A cake is asked for [1].\n- The demo is on Friday [2][1], see (link removed)")
    assert "evil" not in summary["text"]
    assert "99" not in summary["text"]
    (call,) = ada.get("/api/stand-in/audit").json()["calls"]
    assert (call["kind"], call["outcome"], call["room_id"], call["message_id"]) == ("summary", "done", None, None)
    assert call["context_ids"] == [message["id"] for message in said]
    assert ada.get("/api/stand-in/digest").json()["tokens"] == call["tokens_in"] + call["tokens_out"]
    assert ada.get("/api/rooms").json()["rooms"][1]["last_read_seq"] == 0, "no marker moved"


def test_a_summary_of_one_room_holds_that_room_and_only_for_its_members(
    ada: Person, bob: Person, eve: Person, room: MakeRoom, online: Connect, pen: Pen, documents: Documents
) -> None:
    den, hall = room(ada, bob), room(ada, bob)
    asker = online(bob)
    said = asker.send(den, "The demo moves to Friday")
    asker.send(hall, "Who brings the cake?")
    pen.finish("- The demo is on Friday [1]. The cake [2].")
    summary = sum_up(ada, room_id=den)["summary"]
    assert (summary["message_ids"], summary["room_ids"]) == ([said["id"]], [den])
    assert summary["text"] == "- The demo is on Friday [1]. The cake."
    digest = ada.get("/api/stand-in/digest", params={"since": LONG_AGO, "room_id": den}).json()
    assert [place["room_id"] for place in digest["rooms"]] == [den]
    before = documents["stand_in_calls"].count_documents({})
    for room_id in (den, NOBODYS_ID):
        assert sum_up(eve, room_id=room_id)["error"]["code"] == "room_not_found"
        answer = eve.get("/api/stand-in/digest", params={"room_id": room_id})
        assert answer.json()["error"]["code"] == "room_not_found"
    for form in ({"since": "yesterday"}, {"room_id": "x"}, {"room_id": 7}):
        assert sum_up(eve, **form)["error"]["code"] == "bad_input"
    assert documents["stand_in_calls"].count_documents({}) == before


def test_where_nothing_was_said_nothing_is_asked(cat: Person, room: MakeRoom) -> None:
    assert sum_up(cat, room_id=room(cat)) == {"summary": {"text": "", "message_ids": [], "room_ids": []}}


@pytest.mark.parametrize("way", ["breaks off", "says nothing"])
def test_a_provider_that_fails_is_told_as_that(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, pen: Pen, way: str
) -> None:
    den = room(ada, bob)
    online(bob).send(den, "The demo moves to Friday")
    if way == "breaks off":
        pen.write("- The demo")
        pen.break_off()
    else:
        pen.finish("  ")
    assert sum_up(ada, room_id=den)["error"]["code"] == "assistant_failed"
    assert ada.get("/api/stand-in/audit").json()["calls"][0]["outcome"] == "failed"
