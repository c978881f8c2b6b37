"""Nobody comes in with a token that is none, by no route and no socket; and nothing is written for another site.

All routes that exist are tried, those to come as well.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import requests
from flask import Flask
from socketio.exceptions import ConnectionError as NotLetIn

from app.api_docs import BY_KEY, OPEN, OPERATIONS
from tests.attacks.world import World, snapshot
from tests.chat.stored import Documents
from tests.people import NOBODYS_ID, PASSWORD, Person
from tests.server import PATIENCE, Server, wait_for

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
SESSION_OVER = "session_revoked"
BY_REFRESH_TOKEN = "account.refresh"
ENTRANCES = {"doors.sign_up", "doors.log_in", "mail.unsubscribe"}
"""Writes for which nobody is logged in. The last has its secret in its address."""


def routes(app: Flask, *, guarded: bool) -> Iterator[tuple[str, str, str]]:
    """Endpoint, method and address of all that takes a login, or of the writes that take none."""
    for rule in app.url_map.iter_rules():
        is_guarded = rule.endpoint in OPERATIONS.keys() - OPEN - BY_KEY  # of bots: tests/chat/test_bots.py
        path = re.sub(r"<[^>]+>", NOBODYS_ID, rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if is_guarded if guarded else rule.endpoint in ENTRANCES and method in WRITES:
                yield rule.endpoint, method, path


def ask(server: Server, method: str, path: str, **kwargs: Any) -> requests.Response:
    return requests.request(method, f"{server.url}{path}", allow_redirects=False, timeout=PATIENCE, **kwargs)


def code(answer: requests.Response) -> str:
    found: str = answer.json()["error"]["code"]
    return found


def _claims(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def _part(data: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def _altered(token: str, _secret: str, victim: str) -> str:
    head, _, signature = token.split(".")
    return ".".join([head, _part({**_claims(token), "sub": victim}), signature])


def _unsigned(token: str, _secret: str, victim: str) -> str:
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part({**_claims(token), 'sub': victim})}."


def _of_another_key(token: str, _secret: str, victim: str) -> str:
    return jwt.encode({**_claims(token), "sub": victim}, "s" * 48, "HS256")


def _of_another_algorithm(token: str, secret: str, _victim: str) -> str:
    return jwt.encode(_claims(token), secret, "HS384")


def _of_another_kind(token: str, secret: str, _victim: str) -> str:
    return jwt.encode({**_claims(token), "type": "reset"}, secret, "HS256")


def _expired(token: str, secret: str, _victim: str) -> str:
    past = datetime.now(UTC) - timedelta(minutes=1)
    return jwt.encode({**_claims(token), "exp": past}, secret, "HS256")


FORGERIES: dict[str, tuple[Callable[[str, str, str], str], set[str]]] = {
    "altered": (_altered, {"not_authenticated"}),
    "without a signature": (_unsigned, {"not_authenticated"}),
    "of another key": (_of_another_key, {"not_authenticated"}),
    "of another algorithm": (_of_another_algorithm, {"not_authenticated"}),
    "of another kind": (_of_another_kind, {"not_authenticated"}),
    "expired": (_expired, {"token_expired"}),
}


def _after_logout(one: Person) -> str:
    assert one.write("POST", "/users/logout").ok
    return one.token


def _after_a_new_password(one: Person) -> str:
    laptop = requests.Session()
    answer = laptop.post(f"{one.url}/users/login", json={"email": one.email, "password": PASSWORD}, timeout=PATIENCE)
    change = {"current_password": PASSWORD, "new_password": f"{PASSWORD}!"}
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert laptop.put(f"{one.url}/users/me/password", json=change, headers=headers, timeout=PATIENCE).ok
    return one.token


def _after_a_theft(one: Person) -> str:
    headers = {"Authorization": f"Bearer {one.http.cookies['refresh_token_cookie']}"}
    for expected in (200, 401):
        answer = requests.post(f"{one.url}/users/refresh", headers=headers, timeout=PATIENCE)
        assert answer.status_code == expected
    return one.token


def _ended_from_elsewhere(one: Person) -> str:
    (session,) = one.get("/users/me/sessions").json()["sessions"]
    assert one.write("DELETE", f"/users/me/sessions/{session['id']}").ok
    return one.token


ENDINGS = {
    "logout": _after_logout,
    "a new password": _after_a_new_password,
    "a refresh token that came twice": _after_a_theft,
    "its owner's word": _ended_from_elsewhere,
}


@pytest.fixture(scope="module")
def secret(attacked: Server) -> str:
    return (attacked.instance / "jwt_secret_key").read_text().strip()


def refused_everywhere(app: Flask, attacked: Server, token: str, codes: set[str]) -> int:
    """Every route refuses this token in the header and in the cookie. How many tries that took."""
    tried = 0
    for endpoint, method, path in routes(app, guarded=True):
        allowed = codes | ({"not_authenticated"} if endpoint == BY_REFRESH_TOKEN else set())
        headers = {"Authorization": f"Bearer {token}"}
        answer = ask(attacked, method, path, headers=headers, json={})
        assert (answer.status_code, code(answer) in allowed) == (401, True), (method, path, answer.text)
        cookies = {"access_token_cookie": token, "refresh_token_cookie": token}
        answer = ask(attacked, method, path, cookies=cookies, headers={"X-CSRF-TOKEN": "x"}, json={})
        assert answer.status_code in {401, 403}, (method, path, answer.text)
        assert code(answer) in allowed | {"csrf_failed"}, (method, path, answer.text)
        tried += 2
    return tried


def refused_by_sockets(attacked: Server, one: Person, token: str) -> None:
    twin = object.__new__(Person)
    twin.__dict__ |= {**one.__dict__, "token": token}
    with pytest.raises(NotLetIn):
        twin.connect()


def test_nobody_comes_in_without_a_token(app: Flask, attacked: Server, world: World, stored: Documents) -> None:
    before, tried = snapshot(stored), 0
    for _, method, path in routes(app, guarded=True):
        answer = ask(attacked, method, path, json={})
        assert (answer.status_code, code(answer)) == (401, "not_authenticated"), (method, path, answer.text)
        tried += 1
    assert tried >= 45
    assert snapshot(stored) == before


@pytest.mark.parametrize("kind", FORGERIES)
def test_nobody_comes_in_with_a_token_that_we_did_not_make(
    kind: str, app: Flask, attacked: Server, world: World, stored: Documents, secret: str
) -> None:
    before = snapshot(stored)
    forge, codes = FORGERIES[kind]
    token = forge(world.eve.token, secret, world.ada.id)
    assert refused_everywhere(app, attacked, token, codes) >= 90
    refused_by_sockets(attacked, world.eve, token)
    assert snapshot(stored) == before


def test_a_refresh_token_opens_nothing_but_what_it_is_for(app: Flask, attacked: Server, world: World) -> None:
    token = world.eve.http.cookies["refresh_token_cookie"]
    for endpoint, method, path in routes(app, guarded=True):
        if endpoint != BY_REFRESH_TOKEN:
            answer = ask(attacked, method, path, headers={"Authorization": f"Bearer {token}"}, json={})
            assert (answer.status_code, code(answer)) == (401, "not_authenticated"), (method, path)
    refused_by_sockets(attacked, world.eve, token)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_login_that_has_ended_opens_nothing_and_leaves_no_connection(
    ending: str, app: Flask, attacked: Server
) -> None:
    one = Person(attacked.url, "Zora")
    socket = one.connect()
    token = ENDINGS[ending](one)
    wait_for(lambda: not socket.client.connected, "the connection of the ended login to close")
    assert refused_everywhere(app, attacked, token, {SESSION_OVER}) >= 90
    refused_by_sockets(attacked, one, token)
    socket.close()


def test_no_write_goes_through_without_its_csrf_value(
    app: Flask, attacked: Server, world: World, stored: Documents
) -> None:
    """As a page of another site would send it: the cookies come along by themselves, and nothing else does."""
    before, tried = snapshot(stored), 0
    cookies = dict(world.eve.http.cookies)
    csrf = {value for name, value in cookies.items() if name.startswith("csrf_")}
    others = dict(world.bob.http.cookies)["csrf_access_token"]
    assert others not in csrf
    for _, method, path in routes(app, guarded=True):
        if method not in WRITES:
            continue
        for headers in ({}, {"X-CSRF-TOKEN": ""}, {"X-CSRF-TOKEN": "x"}, {"X-CSRF-TOKEN": others}):
            for body in ({"json": {}}, {"data": {"csrf_token": others}}, {"files": {"file": ("a.txt", b"a")}}):
                answer = ask(attacked, method, path, cookies=cookies, headers=headers, **body)
                assert (answer.status_code, code(answer)) == (403, "csrf_failed"), (method, path, answer.text)
                tried += 1
    assert tried >= 15 * 12
    assert snapshot(stored) == before


FOREIGN = ("https://evil.example", "null", "http://localhost", "http://127.0.0.1:1", "file://", "http://localhost:0@x")


def test_no_write_comes_from_another_site(app: Flask, attacked: Server, world: World, stored: Documents) -> None:
    before, tried = snapshot(stored), 0
    for _, method, path in [*routes(app, guarded=True), *routes(app, guarded=False)]:
        if method not in WRITES:
            continue
        for origin in (*FOREIGN, attacked.url.replace("http", "https"), f"{attacked.url}.evil.example"):
            cookies = world.eve.http.cookies
            headers = {"Origin": origin, "X-CSRF-TOKEN": cookies["csrf_access_token"]}
            answer = ask(attacked, method, path, cookies=cookies, headers=headers, json={})
            assert (answer.status_code, code(answer)) == (403, "foreign_origin"), (method, path, origin)
            tried += 1
    assert tried >= 20 * 8
    assert snapshot(stored) == before


def test_no_answer_is_for_the_eyes_of_another_site_or_is_kept(app: Flask, attacked: Server, world: World) -> None:
    expected = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()):
            continue
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<{name}>", world.ids.get(name, NOBODYS_ID))
        answer = world.ada.get(path, headers={"Origin": "https://evil.example"}, allow_redirects=False)
        assert {name: answer.headers.get(name) for name in expected} == expected, path
        assert "Access-Control-Allow-Origin" not in answer.headers, path
        assert "camera=()" in answer.headers["Permissions-Policy"], path
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"], path
        if rule.endpoint in OPERATIONS or rule.endpoint in {"chat.page", "settings.page"}:
            assert answer.headers["Cache-Control"] in {"no-store", "private, no-cache"}, path
