from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import requests
from flask import Flask
from flask_jwt_extended import decode_token

from tests.auth.visitor import Visitor, bearer, refusal
from tests.people import Person, Socket
from tests.server import wait_for

Meet = Callable[[str], Visitor]


def test_refreshing_gives_new_tokens_of_the_same_session(ada: Visitor) -> None:
    before, first = decode_token(ada.token), ada.cookie("refresh_token_cookie")
    answer = ada.refresh()
    assert answer.status_code == 200
    assert set(answer.get_json()) == {"user", "access_token"}
    after = decode_token(ada.token)
    assert after["session"] == before["session"]
    assert after["jti"] != before["jti"]
    assert ada.cookie("refresh_token_cookie") != first
    assert ada.is_logged_in()


def test_a_new_name_is_in_the_next_token(ada: Visitor) -> None:
    ada.write("PATCH", "/users/me", json={"name": "Ada L"})
    ada.refresh()
    assert decode_token(ada.token)["name"] == "Ada L"


def test_refresh_tokens_can_be_traded_again_and_again(ada: Visitor) -> None:
    assert [ada.refresh().status_code for _ in range(3)] == [200, 200, 200]


def test_a_refresh_token_used_twice_ends_the_session_with_its_newest_tokens(ada: Visitor, app: Flask) -> None:
    stolen = ada.cookie("refresh_token_cookie")
    ada.refresh()
    answer = app.test_client().post("/users/refresh", headers=bearer(stolen))
    assert refusal(answer) == (401, "session_revoked")
    assert refusal(ada.http.get("/users/me")) == (401, "session_revoked")
    assert refusal(ada.refresh()) == (401, "session_revoked")
    assert refusal(app.test_client().get("/users/me", headers=bearer(ada.token))) == (401, "session_revoked")


def test_of_several_trades_at_once_one_succeeds_and_the_session_ends(person: Callable[[str], Person]) -> None:
    ada = person("Ada")
    headers = bearer(ada.http.cookies["refresh_token_cookie"])

    def trade(_number: int) -> requests.Response:
        return requests.post(f"{ada.url}/users/refresh", headers=headers, timeout=20)

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(trade, range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]
    (winner,) = [answer.json()["access_token"] for answer in answers if answer.status_code == 200]
    assert ada.get("/users/me", headers=bearer(winner)).status_code == 401


def test_other_sessions_outlive_a_stolen_one(ada: Visitor, visitor: Meet, app: Flask) -> None:
    laptop = visitor("Ada")
    laptop.log_in()
    stolen = ada.cookie("refresh_token_cookie")
    ada.refresh()
    app.test_client().post("/users/refresh", headers=bearer(stolen))
    assert laptop.is_logged_in()


def test_a_used_up_refresh_token_does_not_open_a_page_either(ada: Visitor, app: Flask) -> None:
    stolen = ada.cookie("refresh_token_cookie")
    ada.refresh()
    thief = app.test_client()
    thief.set_cookie("refresh_token_cookie", stolen, path="/users")
    assert thief.get("/users/login").status_code == 200


def test_after_logging_out_nothing_can_be_refreshed(ada: Visitor, app: Flask) -> None:
    token = ada.cookie("refresh_token_cookie")
    ada.write("POST", "/users/logout")
    answer = app.test_client().post("/users/refresh", headers=bearer(token))
    assert refusal(answer) == (401, "session_revoked")


def test_a_stolen_refresh_token_used_twice_closes_the_sockets(
    person: Callable[[str], Person], online: Callable[..., Socket]
) -> None:
    ada = person("Ada")
    socket = online(ada)
    token = ada.http.cookies["refresh_token_cookie"]
    for _ in range(2):
        ada.http.post(f"{ada.url}/users/refresh", headers=bearer(token), timeout=20)
    wait_for(lambda: not socket.client.connected, "the socket of the ended session to close", 2)
