"""Requests that lie about where they come from, whose they are, or where they end."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest
import requests
import websocket

from tests.attacks.world import World, key, snapshot
from tests.chat.stored import Documents
from tests.people import PASSWORD, Person
from tests.server import PATIENCE, Server

EVIL = "evil.example"
PAGE = {"Accept": "text/html"}


@pytest.mark.parametrize("path", ["/", "/users", "/users/login", "/rooms/" + "5" * 24, "/nowhere", "/settings"])
@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host", "X-Original-URL", "X-Rewrite-URL", "Forwarded"])
def test_no_page_takes_a_host_from_the_request(attacked: Server, world: World, path: str, name: str) -> None:
    for jar in (requests.Session(), world.eve.http):
        answer = jar.get(attacked.url + path, headers={**PAGE, name: EVIL}, allow_redirects=False, timeout=PATIENCE)
        assert EVIL not in answer.text
        assert EVIL not in answer.headers.get("Location", "")
        assert EVIL not in answer.headers.get("Set-Cookie", "")


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_a_header_does_not_make_a_reading_request_a_writing_one(world: World, stored: Documents, header: str) -> None:
    before = snapshot(stored)
    answer = world.eve.http.get(f"{world.eve.url}/users/me/avatar", headers={header: "DELETE"}, timeout=PATIENCE)
    assert answer.status_code == 405
    assert snapshot(stored) == before


def test_a_login_never_goes_on_with_a_session_that_was_planted(attacked: Server, world: World) -> None:
    """Whoever planted cookies in a browser knows nothing of the login that follows."""
    victim, browser = Person(attacked.url, "Victoria"), requests.Session()
    browser.cookies.update(world.eve.http.cookies)
    planted = world.eve.get("/users/me/sessions").json()["sessions"]
    answer = browser.post(
        f"{attacked.url}/users/login", json={"email": victim.email, "password": PASSWORD}, timeout=PATIENCE
    )
    assert answer.status_code == 200
    assert answer.json()["user"]["id"] == victim.id
    for name in ("access_token_cookie", "refresh_token_cookie", "csrf_access_token", "csrf_refresh_token"):
        assert answer.cookies[name] != world.eve.http.cookies[name]
    mine = {one["id"] for one in browser.get(f"{attacked.url}/users/me/sessions", timeout=PATIENCE).json()["sessions"]}
    assert not mine & {one["id"] for one in planted}


SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
BODIES = {
    "both lengths": f"Content-Length: {len(SMUGGLED) + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SMUGGLED}",
    "two lengths": f"Content-Length: 0\r\nContent-Length: {len(SMUGGLED)}\r\n\r\n{SMUGGLED}",
    "a length with a sign": f"Content-Length: +{len(SMUGGLED)}\r\n\r\n{SMUGGLED}",
    "a negative length": f"Content-Length: -1\r\n\r\n{SMUGGLED}",
    "a length that is none": f"Content-Length: 0x10\r\n\r\n{SMUGGLED}",
    "a coding in disguise": f"Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n{SMUGGLED}",
    "a folded header": f"X: 1\r\n Content-Length: 0\r\n\r\n{SMUGGLED}",
    "a chunk that lies": "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx",
}


@pytest.mark.parametrize("kind", BODIES)
def test_a_request_about_whose_end_there_is_doubt_hides_no_other_and_harms_nobody(
    attacked: Server, world: World, kind: str
) -> None:
    address = urlsplit(attacked.url)
    head = f"POST /users/login HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
    with socket.create_connection((address.hostname, address.port), PATIENCE) as connection:
        connection.sendall((head + BODIES[kind]).encode())
        connection.shutdown(socket.SHUT_WR)
        came = b""
        while piece := connection.recv(65_536):
            came += piece
    assert b" 500 " not in came
    if kind == "both lengths":  # RFC 9112, 6.3: the coding wins, or the request is refused; not the length
        assert came.count(b"HTTP/1.1 2") == 0
    assert world.attacker.call("presence:active", {})["ok"]


def test_an_event_before_the_login_of_its_connection_does_nothing(
    attacked: Server, world: World, stored: Documents
) -> None:
    before = snapshot(stored)
    event = f'42/chat,1["message:send",{{"room_id":"{world.ids["room_id"]}","body":"x","client_message_id":"{key()}"}}]'
    address = attacked.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    for opening in ([], ["40/chat,{}"], ['40/chat,{"token":"x"}'], ["40"], ['40/chat,{"token":null}'], ["41/chat,"]):
        connection = websocket.create_connection(address, timeout=PATIENCE)
        connection.recv()
        heard = []
        try:
            for packet in [*opening, event]:
                connection.send(packet)
            connection.settimeout(1)
            while message := connection.recv():
                heard.append(message)
        except (websocket.WebSocketException, OSError):
            pass
        connection.shutdown()
        assert not [one for one in heard if one.startswith(("42", "43")) and '"ok":true' in one], (opening, heard)
    assert snapshot(stored) == before
