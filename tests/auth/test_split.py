"""Standin as two processes on one database, as `make run-split` starts it: accounts on one port, chat on the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.auth.visitor import BROWSER, bearer
from tests.people import NOBODYS_ID, PASSWORD, Person, Socket
from tests.server import Server, free_port, start_together, wait_for

SECONDS_TO_CLOSE = 2  # the contract: a session that ends on one server loses its sockets on the other by then


@dataclass(frozen=True)
class Split:
    auth: str
    chat: str


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Split]:
    instance: Path = tmp_path_factory.mktemp("split")
    ports = {"auth": free_port(), "chat": free_port()}
    addresses = {f"STANDIN_{role.upper()}_URL": f"http://127.0.0.1:{port}" for role, port in ports.items()}
    servers = [Server(instance, port, STANDIN_ROLE=role, **addresses) for role, port in ports.items()]
    start_together(servers)
    yield Split(*(server.url for server in servers))
    assert [server.stop() for server in servers] == [0, 0], servers[0].read_log()


@pytest.fixture(scope="module")
def eve(split: Split) -> Person:
    """Somebody who signed up on the auth server and stays logged in."""
    return Person(split.auth, "Eve")


@pytest.fixture
def ada(split: Split) -> Person:
    """Somebody else, whose login a test may end."""
    return Person(split.auth, "Ada")


@pytest.fixture
def socket(split: Split, ada: Person) -> Iterator[Socket]:
    """Ada's connection to the chat server, with the token from the auth server."""
    connected = Socket(split.chat, {"token": ada.token})
    yield connected
    connected.close()


def test_the_chat_page_sends_the_login_less_to_the_auth_server_and_back(split: Split, eve: Person) -> None:
    browser = requests.Session()
    browser.headers.update(BROWSER)
    page = f"{split.chat}/?from=mail"
    refused = browser.get(page, allow_redirects=False, timeout=20)
    assert refused.status_code == 302
    assert refused.headers["Location"].startswith(f"{split.auth}/users/login?")
    login = browser.get(refused.headers["Location"], timeout=20)
    (destination,) = parse_qs(urlsplit(login.url).query)["next"]
    assert destination == page
    form = {"email": eve.email, "password": PASSWORD, "next": destination}
    arrived = browser.post(f"{split.auth}/users/login", data=form, headers={"Origin": split.auth}, timeout=20)
    assert (arrived.status_code, arrived.url) == (200, page)
    assert [step.status_code for step in arrived.history] == [303]


def test_without_a_destination_a_login_leads_to_the_chat_server(split: Split, eve: Person) -> None:
    form = {"email": eve.email, "password": PASSWORD}
    answer = requests.post(f"{split.auth}/users/login", data=form, headers=BROWSER, allow_redirects=False, timeout=20)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{split.chat}/")


def test_a_destination_without_a_server_is_on_the_chat_server(split: Split, eve: Person) -> None:
    answer = eve.get("/users/login?next=/rooms/1", headers=BROWSER, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{split.chat}/rooms/1")


def test_logging_out_by_form_on_the_chat_server_leads_to_the_auth_server(split: Split, ada: Person) -> None:
    form = {"csrf_token": ada.http.cookies["csrf_access_token"]}
    headers = {**BROWSER, "Origin": split.chat}
    answer = ada.http.post(f"{split.chat}/users/logout", data=form, headers=headers, allow_redirects=False, timeout=20)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{split.auth}/users/login")


def test_a_token_from_one_server_is_good_on_the_other(split: Split, eve: Person) -> None:
    rooms = requests.get(f"{split.chat}/api/rooms", headers=bearer(eve.token), timeout=20).json()["rooms"]
    assert [room["name"] for room in rooms] == ["Lobby"]
    refreshed = eve.http.post(
        f"{split.chat}/users/refresh",
        headers={"X-CSRF-TOKEN": eve.http.cookies["csrf_refresh_token"], "Origin": split.chat},
        timeout=20,
    )
    token = refreshed.json()["access_token"]
    assert eve.get("/users/me", headers=bearer(token)).status_code == 200


def test_a_socket_is_opened_with_the_token_from_the_auth_server(ada: Person, socket: Socket) -> None:
    assert socket.wait_for("session:ready")["user"]["name"] == "Ada"


def test_logging_out_on_the_auth_server_closes_the_sockets_on_the_chat_server(ada: Person, socket: Socket) -> None:
    assert ada.write("POST", "/users/logout").status_code == 200
    wait_for(lambda: not socket.client.connected, "the socket to close", SECONDS_TO_CLOSE)


def test_logging_out_on_the_chat_server_closes_the_sockets_and_ends_the_token_on_the_auth_server(
    split: Split, ada: Person, socket: Socket
) -> None:
    assert requests.post(f"{split.chat}/users/logout", headers=bearer(ada.token), timeout=20).status_code == 200
    wait_for(lambda: not socket.client.connected, "the socket to close", SECONDS_TO_CLOSE)
    refused = ada.get("/users/me")
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "session_revoked")


def test_a_session_that_is_ended_from_another_device_loses_its_sockets(
    split: Split, ada: Person, socket: Socket
) -> None:
    other = requests.post(f"{split.auth}/users/login", json={"email": ada.email, "password": PASSWORD}, timeout=20)
    sessions = ada.get("/users/me/sessions").json()["sessions"]
    (lost,) = [session["id"] for session in sessions if session["is_current"]]
    answer = requests.delete(
        f"{split.auth}/users/me/sessions/{lost}", headers=bearer(other.json()["access_token"]), timeout=20
    )
    assert answer.status_code == 200
    wait_for(lambda: not socket.client.connected, "the socket to close", SECONDS_TO_CLOSE)


def test_a_refresh_token_used_twice_on_the_auth_server_closes_the_sockets_on_the_chat_server(
    ada: Person, socket: Socket
) -> None:
    token = ada.http.cookies["refresh_token_cookie"]
    for expected in (200, 401):
        answer = requests.post(f"{ada.url}/users/refresh", headers=bearer(token), timeout=20)
        assert answer.status_code == expected
    wait_for(lambda: not socket.client.connected, "the socket to close", SECONDS_TO_CLOSE)


def test_somebody_elses_sockets_stay_open(split: Split, ada: Person, eve: Person, socket: Socket) -> None:
    eves = Socket(split.chat, {"token": eve.token})
    ada.write("POST", "/users/logout")
    wait_for(lambda: not socket.client.connected, "Ada's socket to close", SECONDS_TO_CLOSE)
    lobby = requests.get(f"{split.chat}/api/rooms", headers=bearer(eve.token), timeout=20).json()["rooms"][0]["id"]
    assert eves.send(lobby, "Still here")["body"] == "Still here"
    eves.close()


@pytest.mark.parametrize(
    "path", ["/", "/rooms/1", "/api/rooms", f"/api/rooms/{NOBODYS_ID}/messages", "/socket.io/?EIO=4"]
)
def test_the_auth_server_has_no_chat(split: Split, eve: Person, path: str) -> None:
    assert eve.get(path).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/users"), ("POST", "/users"), ("GET", "/users/login"), ("POST", "/users/login")]
)
def test_the_chat_server_has_no_doors(split: Split, method: str, path: str) -> None:
    answer = requests.request(method, f"{split.chat}{path}", json={}, timeout=20)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/health", "/users/me", "/users/me/sessions"])
def test_both_know_the_account(split: Split, eve: Person, path: str) -> None:
    for url in (split.auth, split.chat):
        assert requests.get(f"{url}{path}", headers=bearer(eve.token), timeout=20).status_code == 200


def test_each_takes_writes_from_the_pages_of_the_other_and_from_nowhere_else(split: Split, eve: Person) -> None:
    for url in (split.auth, split.chat):
        for origin, status in ((split.auth, 200), (split.chat, 200), ("http://127.0.0.1:1", 403)):
            headers = {**bearer(eve.token), "Origin": origin}
            answer = requests.patch(f"{url}/users/me", json={}, headers=headers, timeout=20)
            assert answer.status_code == status
