"""What the owner of a stand-in allows."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from bson import ObjectId

from tests.chat.busy import replies, reply, set_status, set_up
from tests.chat.stand_in.pen import Pen
from tests.chat.stored import Connect, MakeRoom
from tests.people import Person, Socket

DEFAULTS = {
    "mode": "off",
    "notes": "",
    "tone": "",
    "direct": {"allow": "everyone", "user_ids": []},
    "rooms": "on_mention",
    "model": None,
    "is_set_up": False,
    "mode_now": None,
    "models": ["gpt-4o-mini", "gpt-4o"],
    "costs": {"gpt-4o-mini": 315},
    "is_configured": True,
    "is_enabled": True,
}


def choose(person: Person, body: Any) -> requests.Response:
    return person.write("PUT", "/api/stand-in", json=body)


def be_busy(socket: Socket) -> None:
    set_status(socket, "busy", note="Back at 3")


def be_away(person: Person, socket: Socket) -> None:
    """Busy, with a plain line for everyone."""
    set_up(person, direct={"allow": "only"})
    be_busy(socket)


def test_what_is_chosen_is_read_again_and_replaces_what_was_there(ada: Person, bob: Person) -> None:
    assert ada.get("/api/stand-in").json() == DEFAULTS
    direct = {"allow": "except", "user_ids": [bob.id]}
    chosen = {"mode": "draft", "notes": "The plan is in the wiki.", "tone": "dry", "direct": direct, "rooms": "never"}
    chosen["model"] = "gpt-4o"
    expected = {**DEFAULTS, **chosen, "is_set_up": True}
    assert choose(ada, chosen).json() == expected
    assert ada.get("/api/stand-in").json() == expected
    assert choose(ada, {"mode": "answer"}).json() == {**DEFAULTS, "mode": "answer", "is_set_up": True}
    assert bob.get("/api/stand-in").json() == DEFAULTS


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "mode"),
        ({"mode": "always"}, "mode"),
        ({"mode": {"$ne": ""}}, "mode"),
        ({"mode": "off", "notes": "x" * 8_001}, "notes"),
        ({"mode": "off", "notes": "\0"}, "notes"),
        ({"mode": "off", "tone": "two\nlines"}, "tone"),
        ({"mode": "off", "direct": "everyone"}, "direct"),
        ({"mode": "off", "direct": {"allow": "some"}}, "direct.allow"),
        ({"mode": "off", "direct": {"user_ids": ["x"]}}, "direct.user_ids.0"),
        ({"mode": "off", "direct": {"user_ids": [str(ObjectId())] * 501}}, "direct.user_ids"),
        ({"mode": "off", "rooms": "always"}, "rooms"),
        ({"mode": "off", "model": "gpt-1"}, "model"),
        ({"mode": "off", "model": "x" * 101}, "model"),
        ({"mode": "off", "model": 7}, "model"),
    ],
)
def test_bad_input_is_refused_and_changes_nothing(ada: Person, body: dict[str, Any], field: str) -> None:
    answer = choose(ada, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_input")
    assert list(answer.json()["error"]["fields"]) == [field]
    assert ada.get("/api/stand-in").json() == DEFAULTS


@pytest.mark.parametrize("path", ["", "/drafts", "/digest", "/audit", "/preview", "/admin"])
def test_the_login_less_are_refused(ada: Person, path: str) -> None:
    answer = requests.get(f"{ada.url}/api/stand-in{path}", timeout=10)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_authenticated")


def test_until_it_is_set_up_there_is_the_plain_away_line_and_nothing_is_asked(
    ada: Person, bob: Person, cat: Person, room: MakeRoom, online: Connect, pen: Pen
) -> None:
    den, hall = room(ada, bob), room(ada, bob, cat)
    asker, other = online(bob), online(cat)
    be_busy(online(ada))
    asker.send(den, "When are you back?")
    other.send(hall, "@Ada when are you back?")
    for socket, place in ((asker, den), (other, hall)):
        assert reply(socket, place)["body"].endswith("Ada left this note: Back at 3")
    assert pen.begun.empty()
    assert ada.get("/api/stand-in/audit").json()["calls"] == []


def test_the_mode_may_be_another_for_one_busy_time(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, pen: Pen
) -> None:
    den = room(ada, bob)
    owner, asker = online(ada), online(bob)
    for mode in ("answer", "draft"):
        refused = owner.call("status:set", {"status": "busy", "mode": mode})
        assert refused["error"]["code"] == "not_set_up"
    assert owner.call("status:set", {"status": "busy", "mode": "always"})["error"]["code"] == "bad_input"
    assert ada.get("/api/stand-in").json()["mode_now"] is None
    set_up(ada, "answer")
    set_status(owner, "busy", mode="draft")
    assert ada.get("/api/stand-in").json()["mode_now"] == "draft"
    asked = asker.send(den, "Where is the plan?")
    pen.finish("In the wiki.")
    assert owner.wait_for("draft:changed", seconds=20)["draft"]["message_id"] == asked["id"]
    set_status(owner, "available", mode="draft")
    set_status(owner, "busy")
    assert ada.get("/api/stand-in").json()["mode_now"] is None
    asker.send(den, "Where is it now?")
    pen.finish("Still in the wiki.")
    assert reply(asker, den)["body"] == "Still in the wiki."


def test_who_is_not_set_up_can_be_silent_for_one_busy_time(
    ada: Person, cat: Person, bob: Person, room: MakeRoom, online: Connect
) -> None:
    den, marker = room(ada, bob), room(cat, bob)
    set_status(online(ada), "busy", mode="off")
    be_away(cat, online(cat))
    asker = online(bob)
    asker.send(den, "Are you there?")
    asker.send(marker, "By the time that Cat's away line is here Ada's would have been as well")
    reply(asker, marker)
    assert replies(bob, den) == []


def test_a_stand_in_that_is_off_says_nothing(
    ada: Person, cat: Person, bob: Person, room: MakeRoom, online: Connect, pen: Pen
) -> None:
    den, marker = room(ada, bob), room(cat, bob)
    set_up(ada, "off")
    be_busy(online(ada))
    be_away(cat, online(cat))
    asker = online(bob)
    asker.send(den, "Where is the plan?")
    asker.send(marker, "By the time that Cat's away line is here Ada's would have been as well")
    reply(asker, marker)
    assert replies(bob, den) == []
    assert pen.begun.empty()


@pytest.mark.parametrize(
    ("allow", "is_listed", "is_answered"),
    [
        ("everyone", False, True),
        ("only", True, True),
        ("only", False, False),
        ("except", True, False),
        ("except", False, True),
    ],
)
def test_in_a_direct_room_it_answers_whom_its_owner_lets_it_answer(
    ada: Person,
    bob: Person,
    cat: Person,
    room: MakeRoom,
    online: Connect,
    pen: Pen,
    allow: str,
    is_listed: bool,
    is_answered: bool,
) -> None:
    den = room(ada, bob)
    set_up(ada, direct={"allow": allow, "user_ids": [bob.id if is_listed else cat.id]})
    be_busy(online(ada))
    asker = online(bob)
    asker.send(den, "Where is the plan?")
    pen.finish("In the wiki.")
    assert reply(asker, den)["body"] == ("In the wiki." if is_answered else reply_of_the_absent("Ada", bob, den))


def reply_of_the_absent(name: str, asker: Person, den: str) -> str:
    (line,) = replies(asker, den)
    assert line["body"].startswith(f"{name} is busy")
    text: str = line["body"]
    return text


def test_in_other_rooms_it_answers_a_mention_unless_its_owner_says_never(
    ada: Person, cat: Person, bob: Person, room: MakeRoom, online: Connect, pen: Pen
) -> None:
    den = room(ada, cat, bob)
    set_up(ada, rooms="never")
    set_up(cat)
    be_busy(online(ada))
    be_busy(online(cat))
    asker = online(bob)
    asker.send(den, "@Ada and @Cat, where is the plan?")
    pen.finish("In the wiki.")
    assert reply(asker, den)["on_behalf_of"]["id"] == cat.id
    assert len(replies(bob, den)) == 1


def test_a_draft_is_for_its_owner_alone_and_sent_as_their_own_words(
    ada: Person, bob: Person, eve: Person, room: MakeRoom, online: Connect, pen: Pen
) -> None:
    den = room(ada, bob)
    set_up(ada, "draft")
    owner, asker = online(ada), online(bob)
    be_busy(owner)
    asked = asker.send(den, "Where is the plan?")
    pen.finish("In the wiki.")
    draft = owner.wait_for("draft:changed", seconds=20)["draft"]
    assert (draft["text"], draft["message_id"], draft["state"]) == ("In the wiki.", asked["id"], "waiting")
    assert ada.get("/api/stand-in/drafts").json() == {"drafts": [draft]}
    assert bob.get("/api/stand-in/drafts").json() == {"drafts": []}
    for outsider in (asker, online(eve)):
        assert outsider.call("draft:send", {"draft_id": draft["id"]})["error"]["code"] == "draft_not_found"
        assert outsider.call("draft:discard", {"draft_id": draft["id"]})["error"]["code"] == "draft_not_found"
    assert owner.call("draft:send", {"draft_id": "x"})["error"]["code"] == "bad_input"
    assert len(bob.messages(den)) == 1
    assert [need["reason"] for need in ada.get("/api/stand-in/digest").json()["needs_you"]] == ["unanswered"]
    sent = owner.call("draft:send", {"draft_id": draft["id"], "body": "In the wiki, page 3."})["message"]
    assert (sent["origin"], sent["body"], sent["sender"]["id"]) == ("person", "In the wiki, page 3.", ada.id)
    assert owner.call("draft:send", {"draft_id": draft["id"]})["message"] == sent
    assert ada.get("/api/stand-in/drafts").json() == {"drafts": []}
    assert ada.get("/api/stand-in/digest").json()["needs_you"] == []


def test_a_draft_that_is_discarded_is_gone(ada: Person, bob: Person, room: MakeRoom, online: Connect, pen: Pen) -> None:
    den = room(ada, bob)
    set_up(ada, "draft")
    owner, asker = online(ada), online(bob)
    be_busy(owner)
    asker.send(den, "Where is the plan?")
    pen.finish("In the wiki.")
    draft = owner.wait_for("draft:changed", seconds=20)["draft"]
    assert owner.call("draft:discard", {"draft_id": draft["id"]})["draft"]["state"] == "discarded"
    assert owner.call("draft:send", {"draft_id": draft["id"]})["error"]["code"] == "draft_not_found"
    assert owner.call("draft:discard", {"draft_id": draft["id"]})["error"]["code"] == "draft_not_found"
    assert len(bob.messages(den)) == 1


def test_an_owner_who_has_just_written_there_is_not_stood_in_for(
    ada: Person, bob: Person, cat: Person, room: MakeRoom, online: Connect, pen: Pen
) -> None:
    den, marker = room(ada, bob), room(cat, bob)
    set_up(ada)
    owner, asker = online(ada), online(bob)
    be_busy(owner)
    be_away(cat, online(cat))
    owner.send(den, "One thing before I go")
    asker.send(den, "Where is the plan?")
    asker.send(marker, "By the time that Cat's away line is here Ada's answer would have been begun")
    reply(asker, marker)
    assert replies(bob, den) == []
    assert pen.begun.empty()
