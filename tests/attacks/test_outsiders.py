"""Nobody reaches what is not theirs, by whatever event or route: all that exist are tried, those to come as well."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.attacks.payloads import EVENTS, fields, of_others
from tests.attacks.world import World, snapshot
from tests.chat.stored import Documents

ABOUT_ONESELF = {"status:set", "presence:active", "presence:visible", "room:create", "assistant:open"}
"""Events that name nothing of anybody's, or only people, whom everyone here may see."""

OPEN_TO_ALL = {
    "/api/users/<user_id>",
    "/api/users/<user_id>/avatar",
    "/locale/<language>.js",
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
            assert answer.status_code in {400, 403, 404}, (method, rule.rule, answer.status_code, answer.text[:200])
            assert not any(word in answer.text for word in HIDDEN), (method, rule.rule)
            tried += 1
    assert tried >= 12
    assert snapshot(stored) == before


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
