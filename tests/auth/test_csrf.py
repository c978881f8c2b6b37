from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.auth.visitor import BROWSER, Visitor, bearer, refusal
from tests.people import NOBODYS_ID

WRITES = [
    ("POST", "/users/logout"),
    ("POST", "/users/refresh"),
    ("PATCH", "/users/me"),
    ("DELETE", f"/users/me/sessions/{NOBODYS_ID}"),
]
every_write = pytest.mark.parametrize(("method", "path"), WRITES)


@every_write
@pytest.mark.parametrize("value", [None, "", "wrong", "\xe9"])
def test_a_write_by_cookie_needs_its_csrf_value(ada: Visitor, method: str, path: str, value: str | None) -> None:
    headers = {} if value is None else {"X-CSRF-TOKEN": value}
    answer = ada.http.open(path, method=method, headers=headers, json={})
    assert refusal(answer) == (403, "csrf_failed")
    assert ada.is_logged_in()


@every_write
def test_somebody_elses_csrf_value_does_not_do(ada: Visitor, eve: Visitor, method: str, path: str) -> None:
    kind = "refresh" if path == "/users/refresh" else "access"
    answer = ada.http.open(path, method=method, headers={"X-CSRF-TOKEN": eve.csrf(kind)})
    assert refusal(answer) == (403, "csrf_failed")


def test_the_csrf_value_of_the_refresh_token_is_not_that_of_the_access_token(ada: Visitor) -> None:
    assert refusal(ada.write("PATCH", "/users/me", csrf="refresh", json={})) == (403, "csrf_failed")
    assert refusal(ada.write("POST", "/users/refresh", csrf="access")) == (403, "csrf_failed")


def test_a_form_carries_the_csrf_value_in_a_field(ada: Visitor) -> None:
    wrong = ada.http.post("/users/logout", data={"csrf_token": "wrong"}, headers=BROWSER)
    assert wrong.status_code == 403
    assert "This page is out of date." in wrong.get_data(as_text=True)
    right = ada.http.post("/users/logout", data={"csrf_token": ada.csrf()}, headers=BROWSER)
    assert (right.status_code, right.location) == (303, "/users/login")


def test_the_field_that_is_no_ascii_is_refused(ada: Visitor) -> None:
    answer = ada.http.post("/users/logout", data={"csrf_token": "é"})
    assert refusal(answer) == (403, "csrf_failed")


def test_a_bearer_token_needs_none(ada: Visitor, app: Flask) -> None:
    program = app.test_client()
    answer = program.patch("/users/me", json={"name": "Ada L"}, headers=bearer(ada.token))
    assert answer.get_json()["user"]["name"] == "Ada L"
    assert program.post("/users/logout", headers=bearer(ada.token)).status_code == 200


def test_reading_needs_none(ada: Visitor) -> None:
    assert ada.http.get("/users/me").status_code == 200


def test_a_header_of_another_kind_is_no_way_around_it(ada: Visitor) -> None:
    answer = ada.http.patch("/users/me", json={}, headers={"Authorization": "Basic YTpi"})
    assert refusal(answer) == (403, "csrf_failed")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://127.0.0.1"])
@pytest.mark.parametrize("path", ["/users", "/users/login", "/users/logout", "/users/refresh"])
def test_a_write_from_another_site_is_refused_before_anything_else(ada: Visitor, path: str, origin: str) -> None:
    answer = ada.http.post(path, json={}, headers={"Origin": origin, "X-CSRF-TOKEN": ada.csrf()})
    assert refusal(answer) == (403, "foreign_origin")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_write_from_our_own_pages_is_not(visitor: Callable[[str], Visitor], app: Flask, host: str) -> None:
    origin = f"http://{host}:{app.config['SETTINGS'].listen_port}"
    answer = visitor("Ada").http.post("/users/login", json={}, headers={"Origin": origin})
    assert refusal(answer) == (400, "bad_input")
