"""When MongoDB goes away under a running server, every route says so, and works again when it is back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from app.database.embedded import EmbeddedMongo
from tests.auth.visitor import BROWSER, bearer
from tests.people import PASSWORD, Person
from tests.server import Server, wait_for

ENTER = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD}
ROUTES: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/health", {}),
    ("POST", "/users", ENTER),
    ("POST", "/users/login", ENTER),
    ("POST", "/users/refresh", {}),
    ("POST", "/users/logout", {}),
    ("GET", "/users/me", {}),
    ("PATCH", "/users/me", {"name": "Ada L"}),
    ("GET", "/users/me/sessions", {}),
    ("GET", "/users/login", {}),
    ("GET", "/", {}),
    ("GET", "/api/rooms", {}),
]


@pytest.fixture(scope="module")
def mongo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedMongo]:
    embedded = EmbeddedMongo(tmp_path_factory.mktemp("away") / "mongodb")
    yield embedded
    embedded.release()


@pytest.fixture(scope="module")
def ada(mongo: EmbeddedMongo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """Ada has logged in, and then the database has gone."""
    uri = f"{mongo.ensure_running()}&serverSelectionTimeoutMS=200"
    instance: Path = tmp_path_factory.mktemp("server")
    server = Server(instance, MONGODB_URI=uri, STANDIN_RATE_LIMITS="on").start()
    person = Person(server.url, "Ada")
    mongo.release()
    yield person
    server.stop()


def request(ada: Person, method: str, path: str, body: dict[str, Any], headers: dict[str, str]) -> requests.Response:
    token = ada.http.cookies["refresh_token_cookie"] if path.endswith("refresh") else ada.token
    return requests.request(
        method, f"{ada.url}{path}", json=body or None, headers={**bearer(token), **headers}, timeout=20
    )


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_without_a_database_a_program_is_told_that_it_is_away(
    ada: Person, method: str, path: str, body: dict[str, Any]
) -> None:
    answer = request(ada, method, path, body, {})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")


@pytest.mark.parametrize("path", ["/", "/users/login", "/users/me"])
def test_and_a_browser_gets_a_page(ada: Person, path: str) -> None:
    answer = request(ada, "GET", path, {}, BROWSER)
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/html; charset=utf-8")
    assert "Standin cannot reach its database" in answer.text


def test_when_it_is_back_everybody_is_still_logged_in(ada: Person, mongo: EmbeddedMongo) -> None:
    mongo.ensure_running()
    wait_for(lambda: ada.get("/users/me").status_code == 200, "the server to find its database")
