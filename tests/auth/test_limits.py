"""Rate limits, on two processes in production with one database. The second one stands behind a proxy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import requests
from flask import Flask
from mongoengine import get_db
from websocket import WebSocket, WebSocketBadStatusException, create_connection

from app.auth.limits import SharedMongoDBStorage
from tests.auth.visitor import bearer
from tests.people import PASSWORD
from tests.server import Server, start_together

PRODUCTION = {
    "STANDIN_ENV": "production",
    "STANDIN_SECRET_KEY": "s" * 32,
    "STANDIN_JWT_SECRET_KEY": "j" * 32,
    "STANDIN_RATE_LIMITS": "on",
    "STANDIN_BCRYPT_COST": "12",
    "STANDIN_STRANGERS_OF_ONE": "2",
}


@dataclass(frozen=True)
class Pair:
    direct: str
    proxied: str


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    instance = tmp_path_factory.mktemp("limits")
    servers = [Server(instance, **PRODUCTION), Server(instance, **PRODUCTION, STANDIN_TRUSTED_PROXIES="1")]
    start_together(servers)
    yield Pair(*(server.url for server in servers))
    assert [server.stop() for server in servers] == [0, 0], servers[0].read_log()


def post(url: str, path: str, address: str = "", **body: Any) -> requests.Response:
    """A write from `address`, as a proxy tells it."""
    return requests.post(f"{url}{path}", json=body, headers=at(address) if address else {}, timeout=20)


def at(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


def sign_up(pair: Pair, address: str) -> requests.Response:
    """Somebody new, from a network of their own."""
    body = {"name": "Ada", "email": f"{uuid4().hex}@example.com", "password": PASSWORD}
    answer = post(pair.proxied, "/users", address, **body)
    assert answer.status_code == 201, answer.text
    return answer


def assert_limited(answer: requests.Response, seconds: int) -> None:
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "rate_limited")
    assert 0 < int(answer.headers["Retry-After"]) <= seconds + 1
    assert answer.json()["error"]["retry_after"] == int(answer.headers["Retry-After"])


def test_an_account_is_guessed_at_ten_times_however_it_is_spelt_from_wherever_on_either_server(pair: Pair) -> None:
    email = sign_up(pair, "192.0.2.1").json()["user"]["email"]
    for number in range(10):
        url = (pair.direct, pair.proxied)[number % 2]
        spelling = (email, email.upper(), f" {email} ")[number % 3]
        answer = post(url, "/users/login", f"192.0.2.{10 + number}", email=spelling, password="wrong")
        assert answer.status_code == 401
    assert_limited(post(pair.direct, "/users/login", email=email, password=PASSWORD), 300)
    assert_limited(post(pair.proxied, "/users/login", "192.0.2.99", gmail=email.title(), password=PASSWORD), 300)


def test_guesses_that_are_sent_at_once_count_like_those_one_after_the_other(pair: Pair) -> None:
    email = f"{uuid4().hex}@example.com"

    def attempt(number: int) -> int:
        url = (pair.direct, pair.proxied)[number % 2]
        return post(url, "/users/login", f"198.51.100.{number}", email=email).status_code

    with ThreadPoolExecutor(15) as threads:
        assert sorted(threads.map(attempt, range(15))) == [400] * 10 + [429] * 5


def test_an_address_tries_many_accounts_up_to_a_limit(pair: Pair) -> None:
    def attempt(address: str) -> requests.Response:
        return post(pair.proxied, "/users/login", address, email=f"{uuid4().hex}@example.com")

    assert {attempt("203.0.113.1").status_code for _ in range(60)} == {400}
    assert_limited(attempt("203.0.113.1"), 60)
    assert attempt("203.0.113.2").status_code == 400


def test_all_addresses_of_one_ipv6_network_are_one(pair: Pair) -> None:
    def attempt(address: str) -> requests.Response:
        return post(pair.proxied, "/users/login", address, email=f"{uuid4().hex}@example.com")

    assert {attempt(f"2001:db8:0:1::{number:x}").status_code for number in range(60)} == {400}
    assert_limited(attempt("2001:db8:0:1:ffff::1"), 60)
    assert attempt("2001:db8:0:2::1").status_code == 400


def test_an_address_signs_up_many_people_up_to_a_limit(pair: Pair) -> None:
    def attempt() -> requests.Response:
        return post(pair.proxied, "/users", "203.0.113.3", email=f"{uuid4().hex}@example.com")

    assert {attempt().status_code for _ in range(30)} == {400}
    assert_limited(attempt(), 60)


def test_one_account_is_signed_up_for_ten_times_at_most(pair: Pair) -> None:
    email = f"{uuid4().hex}@example.com"
    answers = [post(pair.proxied, "/users", f"203.0.113.{50 + number}", email=email) for number in range(11)]
    assert [answer.status_code for answer in answers[:10]] == [400] * 10
    assert_limited(answers[10], 3_600)


def test_a_request_that_names_no_account_counts_for_its_address_alone(pair: Pair) -> None:
    for path in ("/users", "/users/login"):
        answers = [post(pair.proxied, path, "203.0.113.90", email={"$gt": ""}, password=PASSWORD) for _ in range(12)]
        assert {answer.status_code for answer in answers} == {400}


def test_a_session_is_refreshed_ten_times_a_minute_on_both_servers_together(pair: Pair) -> None:
    token = sign_up(pair, "192.0.2.2").cookies["refresh_token_cookie"]
    for number in range(10):
        url = (pair.direct, pair.proxied)[number % 2]
        answer = requests.post(f"{url}/users/refresh", headers=bearer(token), timeout=20)
        assert answer.status_code == 200
        token = answer.cookies["refresh_token_cookie"]
    assert_limited(requests.post(f"{pair.direct}/users/refresh", headers=bearer(token), timeout=20), 60)


def test_of_the_first_tries_at_once_none_is_taken_for_too_many(app: Flask) -> None:
    storage = SharedMongoDBStorage("standin://", database_name=get_db().name)
    with ThreadPoolExecutor(16) as threads:
        for key in range(30):
            within = list(threads.map(lambda number: storage.acquire_entry(str(number), 12, 60), [key] * 16))
            assert (within.count(True), within.count(False)) == (12, 4)


@pytest.mark.parametrize(("server", "address"), [("direct", "127.0.0.1"), ("proxied", "192.0.2.7")])
def test_an_address_that_is_only_claimed_counts_behind_a_trusted_proxy_alone(
    pair: Pair, server: str, address: str
) -> None:
    url = getattr(pair, server)
    forged = {**at("10.0.0.1, 192.0.2.7"), "X-Real-IP": "10.0.0.1", "Forwarded": "for=10.0.0.1"}
    body = {"name": "Ada", "email": f"{uuid4().hex}@example.com", "password": PASSWORD}
    token = requests.post(f"{url}/users", json=body, headers=forged, timeout=20).json()["access_token"]
    (session,) = requests.get(f"{url}/users/me/sessions", headers=bearer(token), timeout=20).json()["sessions"]
    assert session["address"] == address


def test_who_has_not_logged_in_yet_is_counted_where_they_come_from(pair: Pair) -> None:
    claimed = {pair.direct: ["203.0.113.1", "203.0.113.2"], pair.proxied: ["203.0.113.1, 203.0.113.9"] * 2}
    for url, addresses in claimed.items():
        opened = [open_socket(url, address) for address in addresses]
        with pytest.raises(WebSocketBadStatusException) as caught:
            open_socket(url, "203.0.113.3, 203.0.113.9")
        assert caught.value.status_code == 429
        if url == pair.proxied:
            opened.append(open_socket(url, "203.0.113.9, 203.0.113.3"))
        for one in opened:
            one.shutdown()


def open_socket(url: str, address: str) -> WebSocket:
    """A connection that does not log in."""
    route = f"{url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket"
    return create_connection(route, header=at(address), suppress_origin=True, timeout=20)


def test_in_production_cookies_are_kept_to_https(pair: Pair) -> None:
    cookies = sign_up(pair, "192.0.2.8").headers["Set-Cookie"]
    assert len(re.findall(r"Secure;", cookies)) == 4


def test_a_browser_that_came_by_https_is_told_to_stay_there(pair: Pair) -> None:
    headers = {**at("192.0.2.9"), "X-Forwarded-Proto": "https"}
    answer = requests.get(f"{pair.proxied}/health", headers=headers, timeout=20)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31556926"
    plain = requests.get(f"{pair.proxied}/health", timeout=20)
    assert "Strict-Transport-Security" not in plain.headers
