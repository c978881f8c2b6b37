from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import gevent
import pytest
from flask import Flask
from flask.testing import FlaskClient
from mongoengine.errors import NotUniqueError, OperationError
from pymongo.errors import AutoReconnect, ServerSelectionTimeoutError

from app import errors
from app.errors import BadInput, TooManyRequests, Unavailable, socket_error
from app.realtime.log import OncePerInterval

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
Fail = Callable[[Exception], None]


@pytest.fixture
def fail_with(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Fail:
    """Let /health fail with an error of the kind that views meet."""

    def fail_with(error: Exception) -> None:
        def view() -> NoReturn:
            raise error

        monkeypatch.setitem(app.view_functions, "health", view)

    return fail_with


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/nowhere", {}, 404, "not_found"),
        ("GET", "/api/nowhere", {"headers": BROWSER}, 404, "not_found"),
        ("GET", "/static/nothing.css", {}, 404, "not_found"),
        ("PUT", "/users/me", {}, 405, "method_not_allowed"),
        ("POST", "/users", {"json": {}}, 400, "bad_input"),
        ("POST", "/users", {"data": "x", "content_type": "text/plain"}, 415, "unsupported_media_type"),
        ("POST", "/users", {"data": b"x" * 70_000}, 413, "too_large"),
        ("GET", "/users/me", {}, 401, "not_authenticated"),
    ],
)
def test_every_refusal_has_the_one_shape(
    client: FlaskClient, method: str, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    answer = client.open(path, method=method, **body)
    assert (answer.status_code, answer.mimetype) == (status, "application/json")
    error = answer.get_json()["error"]
    assert error["code"] == code
    assert error["message"].endswith(".")


def test_a_wrong_method_is_told_the_right_ones(client: FlaskClient) -> None:
    assert "PATCH" in client.put("/users/me").headers["Allow"]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nowhere", 404), ("PUT", "/users/me", 405), ("GET", "/users/me", 401)]
)
def test_a_browser_gets_a_page(client: FlaskClient, method: str, path: str, status: int) -> None:
    answer = client.open(path, method=method, headers=BROWSER)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert f"Error {status}" in answer.get_data(as_text=True)
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html;q=0.5, application/json", "", "image/png"])
def test_a_program_gets_data(client: FlaskClient, accept: str) -> None:
    assert client.get("/nowhere", headers={"Accept": accept}).mimetype == "application/json"


def test_what_nobody_foresaw_is_logged_and_told_without_detail(
    client: FlaskClient, fail_with: Fail, caplog: pytest.LogCaptureFixture
) -> None:
    fail_with(RuntimeError("the password is hunter2"))
    answer = client.get("/health")
    assert answer.status_code == 500
    assert answer.get_json()["error"]["code"] == "internal_error"
    assert "hunter2" not in answer.get_data(as_text=True)
    assert "the password is hunter2" in caplog.text
    assert "Traceback" in caplog.text


def test_a_browser_gets_a_page_for_that_too(client: FlaskClient, fail_with: Fail) -> None:
    fail_with(RuntimeError("the password is hunter2"))
    page = client.get("/health", headers=BROWSER)
    assert (page.status_code, page.mimetype) == (500, "text/html")
    assert "hunter2" not in page.get_data(as_text=True)


@pytest.mark.parametrize("error", [ServerSelectionTimeoutError("no"), AutoReconnect("no"), OperationError("no")])
def test_a_database_that_is_away_is_unavailable(client: FlaskClient, fail_with: Fail, error: Exception) -> None:
    fail_with(error)
    answer = client.get("/health")
    assert answer.status_code == 503
    assert answer.get_json()["error"] == {"code": "unavailable", "message": Unavailable.message}


def test_a_clash_that_nobody_foresaw_is_our_mistake(client: FlaskClient, fail_with: Fail) -> None:
    fail_with(NotUniqueError("no"))
    assert client.get("/health").status_code == 500


@pytest.mark.parametrize("headers", [{}, BROWSER])
def test_too_many_tries_are_told_when_to_come_back(
    client: FlaskClient, fail_with: Fail, headers: dict[str, str]
) -> None:
    fail_with(TooManyRequests(retry_after=7))
    answer = client.get("/health", headers=headers)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert "Try again in 7 seconds." in answer.get_data(as_text=True)


def test_an_event_that_failed_is_acked_in_the_same_shape() -> None:
    assert socket_error(BadInput("No.", {"body": "Fill this in."})) == {
        "ok": False,
        "error": {"code": "bad_input", "message": "No.", "fields": {"body": "Fill this in."}},
    }
    assert socket_error(AutoReconnect("no"))["error"]["code"] == "unavailable"
    assert socket_error(RuntimeError("no"))["error"]["code"] == "internal_error"


def test_a_database_that_is_away_makes_one_line(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    gevent.sleep(0)  # lines are written beside whoever failed: those of other tests
    caplog.clear()
    monkeypatch.setattr(errors, "_database_mishaps", OncePerInterval(log=errors.logger.error))
    answers = {errors.as_standin_error(AutoReconnect(f"away, try {number}")).code for number in range(100)}
    gevent.sleep(0)
    assert answers == {"unavailable"}
    assert [record.getMessage() for record in caplog.records] == ["database: AutoReconnect: away, try 0"]
