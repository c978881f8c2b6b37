"""Nobody reaches what is not theirs, by whatever event or route: all that exist are tried, those to come as well."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest
import requests
from flask import Flask
from werkzeug.routing import Rule

from app.api_docs import BY_KEY
from tests.attacks.payloads import EVENTS, fields, of_others, pointed_at
from tests.attacks.world import World, snapshot
from tests.chat.stored import Documents
from tests.people import NOBODYS_ID

ABOUT_ONESELF = {"status:set", "presence:active", "presence:visible", "room:create", "assistant:open", "digest:dismiss"}
"""Events that name nothing of anybody's, or only people, whom everyone here may see."""

OPEN_TO_ALL = {
    "/api/users/<user_id>",
    "/api/users/<user_id>/avatar",
    "/locale/<language>.js",
    "/parts/<language>.html",
    "/settings/<section>",
    "/static/<path:filename>",
    "/unsubscribe/<token>",
}
"""Routes with a part to fill in that everybody may ask for. (Of guests, see tests/chat/test_roles.py.)"""

HIDDEN = ("plum", "Orchard")
"""What an answer to Eve must not hold."""


@pytest.mark.parametrize("event", [event for event in EVENTS if event not in ABOUT_ONESELF])
def test_an_event_about_what_is_somebody_elses_is_refused_and_changes_nothing(
    event: str, world: World, stored: Documents
) -> None:
    before = snapshot(stored)
    answer = world.attacker.call(event, of_others(event, world))
    assert not answer["ok"], answer
    code = answer["error"]["code"]
    assert code == "forbidden" or code.endswith("not_found"), answer
    assert not any(word in str(answer) for word in HIDDEN)
    assert snapshot(stored) == before


POINTERS = {"message_id", "reply_to", "thread_id", "file_ids"}
INTO_A_ROOM = [
    (event, one) for event in EVENTS if "room_id" in fields(event) for one in sorted(POINTERS & fields(event))
]


@pytest.mark.parametrize(("event", "pointer"), INTO_A_ROOM)
def test_nothing_is_drawn_over_into_a_room_of_ones_own(
    event: str, pointer: str, world: World, stored: Documents
) -> None:
    payload = of_others(event, world)
    own = {name: value for name, value in payload.items() if name not in POINTERS} | {"room_id": world.own_room_id}
    before = snapshot(stored)
    answer = world.attacker.call(event, {**own, pointer: payload[pointer]})
    assert not answer["ok"], answer
    assert not any(word in str(answer) for word in HIDDEN)
    assert snapshot(stored) == before


def test_no_route_shows_or_changes_what_is_somebody_elses(app: Flask, world: World, stored: Documents) -> None:
    before = snapshot(stored)
    tried = 0
    for rule in app.url_map.iter_rules():
        if not rule.arguments or rule.rule in OPEN_TO_ALL:
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            answer = world.eve.write(method, _address(rule, world), json={}, allow_redirects=False)
            seen = (method, rule.rule, answer.status_code, answer.text[:200])
            assert answer.status_code in {400, 403, 404} | ({401} if rule.endpoint in BY_KEY else set()), seen
            assert not any(word in answer.text for word in HIDDEN), (method, rule.rule)
            tried += 1
    assert tried >= 12
    assert snapshot(stored) == before


def _told_the_same(theirs: str, nothing: str, world: World) -> bool:
    """Whether two answers differ in nothing but the ids that were asked about."""
    for one in (*world.ids.values(), NOBODYS_ID):
        theirs, nothing = theirs.replace(one, "?"), nothing.replace(one, "?")
    return theirs == nothing


@pytest.mark.parametrize("event", [event for event in EVENTS if event not in ABOUT_ONESELF])
def test_an_id_of_somebody_elses_in_an_event_says_no_more_than_one_of_nothing(event: str, world: World) -> None:
    nothing = dataclasses.replace(world, ids=dict.fromkeys(world.ids, NOBODYS_ID))
    answers = [str(world.attacker.call(event, of_others(event, one))) for one in (world, nothing)]
    assert _told_the_same(*answers, world), answers


def test_an_id_of_somebody_elses_in_an_address_says_no_more_than_one_of_nothing(app: Flask, world: World) -> None:
    for rule in app.url_map.iter_rules():
        if rule.arguments - {"filename"} and rule.rule not in OPEN_TO_ALL:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                nothing = dataclasses.replace(world, ids=dict.fromkeys(world.ids, NOBODYS_ID))
                paths = [_address(rule, one) for one in (world, nothing)]
                answers = [world.eve.write(method, path, json={}, allow_redirects=False) for path in paths]
                assert answers[0].status_code == answers[1].status_code, (method, rule.rule)
                assert set(answers[0].headers) == set(answers[1].headers), (method, rule.rule)
                assert _told_the_same(answers[0].text, answers[1].text, world), (method, rule.rule)


def test_an_id_of_somebody_elses_in_what_a_route_takes_says_no_more_than_one_of_nothing(
    app: Flask, world: World
) -> None:
    """Where a digest is of, what a page comes behind, which thread: all that is pointed at beside the address."""
    own = dataclasses.replace(world, ids={**world.ids, "room_id": world.own_room_id, "user_id": world.eve.id})
    tried = 0
    for rule in app.url_map.iter_rules():
        for given in pointed_at(rule.endpoint, world.ids.values()):
            if rule.rule == "/api/users" and given.get("after") in {world.ada.id, world.ids["bot_id"]}:  # seen by all
                continue
            (nothing,) = (one for one in pointed_at(rule.endpoint, [NOBODYS_ID]) if one.keys() == given.keys())
            answers = [_asked(rule, own, one) for one in (given, nothing)]
            assert answers[0].status_code == answers[1].status_code, (rule.rule, given, answers[0].text)
            assert _told_the_same(*(_without_times(answer.text) for answer in answers), world), (rule.rule, given)
            assert not any(word in answers[0].text for word in HIDDEN), (rule.rule, given)
            tried += 1
    assert tried >= 10 * len(world.ids)


def _asked(rule: Rule, world: World, given: dict[str, Any]) -> requests.Response:
    (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
    where = {"params": given} if method == "GET" else {"json": given}
    return world.eve.write(method, _address(rule, world), **where)


def _without_times(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "T", text)


def test_a_list_of_ones_own_holds_nothing_of_others(app: Flask, world: World) -> None:
    lists = [rule.rule for rule in app.url_map.iter_rules() if not rule.arguments and "GET" in (rule.methods or set())]
    assert len(lists) >= 10
    for path in lists:
        answer = world.eve.get(path, params={"q": "ripe"})
        assert answer.status_code < 500
        assert not any(word in answer.text for word in HIDDEN), path


def test_the_owner_finds_all_of_it(world: World) -> None:
    """Else the tests above would prove nothing."""
    room = world.ids["room_id"]
    assert "plum" in world.ada.get(f"/api/rooms/{room}/messages").text
    assert "plum" in world.ada.get(f"/api/files/{world.ids['file_id']}").text
    for path in ("/api/bookmarks", "/api/reminders", "/api/stand-in", "/api/stand-in/drafts"):
        assert "plum" in world.ada.get(path).text, path
    assert world.ids["scheduled_id"] in world.ada.get("/api/scheduled").text


def test_what_is_said_in_a_closed_room_reaches_no_outsider(world: World) -> None:
    message = world.owner.send(world.ids["room_id"], "Only for us")
    world.owner.call("message:edit", {"message_id": message["id"], "body": "Only for the two of us"})
    marker = world.attacker.send(world.own_room_id, "a marker")
    world.attacker.wait_for("message:created", id=marker["id"])
    assert not [payload for _, payload in world.attacker.heard if world.ids["room_id"] in _text(payload)]


def _address(rule: Rule, world: World) -> str:
    path = rule.rule
    for name in rule.arguments:
        path = path.replace(f"<{name}>", world.ids[name])
    return path


def _text(payload: Any) -> str:
    return str(payload)
