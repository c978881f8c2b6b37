"""Values that a database, a parser or a renderer could mistake for something else: refused, never an error of ours."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from app.api_docs import BY_KEY
from tests.attacks.payloads import EVENTS, fields_of_everything, of_others
from tests.attacks.world import World, key, snapshot
from tests.chat.stored import Documents
from tests.server import Server

OPERATORS: list[Any] = [
    {"$gt": ""},
    {"$ne": None},
    {"$in": ["a"]},
    {"$regex": ".*"},
    {"$where": "sleep(1000)"},
    {"$function": {"body": "return 1"}},
    [{"$gt": ""}],
    {"__proto__": {"role": "administrator"}},
]
ODD: list[Any] = [
    "x\x00y",
    "\ud800",
    "\u202egnp.exe",
    "A" * 100_000,
    "../../etc/passwd",
    "$where",
    -1,
    2**63,
    2**70,
    1e308,
    True,
    [],
    {},
    [[[[[[[[[[[[]]]]]]]]]]]],
]
MASS = {
    "_id": "5" * 24,
    "id": "5" * 24,
    "sender": "5" * 24,
    "origin": "system",
    "on_behalf_of": "5" * 24,
    "seq": 1,
    "change": 1,
    "created_at": "2001-01-01T00:00:00Z",
    "state": "done",
    "html": "<script>alert(1)</script>",
    "role": "administrator",
    "mentions": ["5" * 24],
    "asked_by": "5" * 24,
    "deleted_at": None,
}
"""What a client might hope that the server takes over as it is."""


def sane(world: World) -> bool:
    return world.attacker.client.connected and bool(world.attacker.call("presence:active", {})["ok"])


@pytest.mark.parametrize("event", EVENTS)
def test_an_operator_in_any_field_of_an_event_is_bad_input(event: str, world: World, stored: Documents) -> None:
    before, good = snapshot(stored), of_others(event, world)
    for name in good:
        for value in OPERATORS:
            answer = world.attacker.call(event, {**good, name: value})
            assert answer["error"]["code"] == "bad_input", (name, value, answer)
            assert any(field.split(".")[0] == name for field in answer["error"]["fields"]), (name, value, answer)
    assert snapshot(stored) == before


@pytest.mark.parametrize("event", [event for event in EVENTS if event not in {"room:create", "status:set"}])
def test_an_odd_value_in_any_field_of_an_event_is_answered(event: str, world: World, stored: Documents) -> None:
    before, good = snapshot(stored), of_others(event, world)
    for name in good:
        for value in ODD:
            answer = world.attacker.call(event, {**good, name: value})
            if answer["ok"] is False:
                assert answer["error"]["code"] not in {"internal_error", "unavailable"}, (name, value, answer)
    assert snapshot(stored) == before
    assert sane(world)


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_that_comes_without_its_object_is_bad_input(event: str, world: World) -> None:
    for payload in (None, "text", 5, [], ["a"], [{}]):
        answer = world.attacker.call(event, payload)
        assert answer["ok"] is False, (payload, answer)
        assert answer["error"]["code"] == "bad_input", (payload, answer)


def test_nobody_can_say_who_they_are_or_where_their_message_stands(world: World) -> None:
    payload = {**MASS, "room_id": world.own_room_id, "body": "Who am I?", "client_message_id": key()}
    message = world.attacker.call("message:send", payload)["message"]
    assert message["sender"]["id"] == world.eve.id
    assert (message["origin"], message["on_behalf_of"], message["asked_by"]) == ("person", None, None)
    assert message["id"] != MASS["id"]
    assert not message["created_at"].startswith("2001")
    assert "script" not in str(message["html"])
    assert message["mentions"] == []
    following = world.attacker.send(world.own_room_id, "And now?")
    assert following["seq"] == message["seq"] + 1


def test_nobody_gives_themselves_a_role(world: World) -> None:
    answer = world.eve.write("PATCH", "/users/me", json={**MASS, "name": "Eve", "is_admin": True})
    assert answer.status_code == 200
    assert world.eve.get("/users/me").json()["user"]["role"] == "member"
    assert world.eve.write("PATCH", f"/api/users/{world.eve.id}", json={"role": "administrator"}).status_code == 403
    made = world.attacker.call("room:create", {**MASS, "kind": "closed", "name": "Another lair", "member_ids": []})
    assert made["room"]["id"] != MASS["id"]


def test_an_operator_in_any_field_of_a_request_is_refused(app: Flask, world: World, stored: Documents) -> None:
    before, tried = snapshot(stored), 0
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "5" * 24, rule.rule)
        for method in sorted((rule.methods or set()) & {"POST", "PUT", "PATCH"}):
            if path in {"/users/logout", "/users/refresh"}:
                continue
            for value in OPERATORS:
                body = dict.fromkeys(fields_of_everything(), value)
                answer = world.eve.write(method, path, json=body, allow_redirects=False)
                assert 400 <= answer.status_code < 500, (method, path, value, answer.status_code, answer.text[:200])
                tried += 1
    assert tried >= 6 * len(OPERATORS)
    assert snapshot(stored) == before


QUERIES = (
    "{0}[$gt]=",
    "{0}=%7B%22%24gt%22%3A%22%22%7D",
    "{0}=%00",
    "{0}=%ED%A0%80",
    "{0}=-1",
    "{0}=1e999",
    "{0}=" + "9" * 400,
)


def test_a_query_string_of_any_kind_is_answered(app: Flask, world: World) -> None:
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.rule.startswith("/static"):
            continue
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<{name}>", world.ids.get(name, "5" * 24))
        for query in QUERIES:
            whole = "&".join(query.format(name) for name in ("before", "after", "limit", "q", "since", "at", "around"))
            answer = world.eve.get(f"{path}?{whole}", allow_redirects=False)
            assert answer.status_code < 500, (path, query, answer.text[:200])


STRANGE_IDS = (
    "%7B%22$gt%22:%22%22%7D",
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "a" * 3_000,
    "%ED%A0%80",
    "$ne",
    "-1",
    "٠" * 24,
)


def test_what_is_no_id_in_an_address_names_nothing(app: Flask, world: World) -> None:
    for rule in app.url_map.iter_rules():
        if not rule.arguments or rule.rule.startswith("/static"):
            continue
        for strange in STRANGE_IDS:
            path = re.sub(r"<[^>]+>", strange, rule.rule)
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                answer = world.eve.write(method, path, json={}, allow_redirects=False)
                allowed = {400, 403, 404, 405, 308} | ({401} if rule.endpoint in BY_KEY else set())
                assert answer.status_code in allowed, (method, path, answer.status_code)


def test_after_all_that_the_server_has_nothing_to_complain_of(attacked: Server, world: World) -> None:
    """The last of this module: whatever was not foreseen would stand in the log."""
    assert sane(world)
    log = attacked.read_log()
    assert "Traceback" not in log
    assert "unexpected" not in log
