from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from socketio.exceptions import ConnectionError

from tests.auth.visitor import BROWSER, Visitor, bearer, refusal
from tests.people import Person, Socket
from tests.server import wait_for

Meet = Callable[[str], Visitor]


def test_logging_out_ends_the_session_and_takes_the_cookies_back(ada: Visitor) -> None:
    answer = ada.write("POST", "/users/logout")
    assert (answer.status_code, answer.get_json()) == (200, {"ok": True})
    for name in ("access_token_cookie", "refresh_token_cookie", "csrf_access_token", "csrf_refresh_token"):
        assert ada.cookie(name) == ""
    assert not ada.is_logged_in()


def test_a_token_that_somebody_kept_is_dead_too(ada: Visitor, app: Flask) -> None:
    ada.write("POST", "/users/logout")
    assert refusal(app.test_client().get("/users/me", headers=bearer(ada.token))) == (401, "session_revoked")


def test_a_form_leads_back_to_the_login(ada: Visitor) -> None:
    answer = ada.http.post("/users/logout", data={"csrf_token": ada.csrf()}, headers=BROWSER)
    assert (answer.status_code, answer.location) == (303, "/users/login")
    assert not ada.is_logged_in()


def test_other_devices_stay_logged_in(ada: Visitor, visitor: Meet) -> None:
    laptop = visitor("Ada")
    laptop.log_in()
    ada.write("POST", "/users/logout")
    assert laptop.is_logged_in()


def test_logging_out_twice_is_refused(ada: Visitor) -> None:
    ada.write("POST", "/users/logout")
    assert refusal(ada.http.post("/users/logout", headers=bearer(ada.token))) == (401, "session_revoked")


def test_logging_out_closes_the_sockets_of_the_session_and_no_others(
    person: Callable[[str], Person], online: Callable[..., Socket]
) -> None:
    ada, eve = person("Ada"), person("Eve")
    first, second, other = online(ada), online(ada), online(eve)
    assert ada.write("POST", "/users/logout").status_code == 200
    wait_for(lambda: not first.client.connected and not second.client.connected, "both sockets to close", 2)
    assert other.send(eve.lobby(), "Still here")["body"] == "Still here"
    with pytest.raises(ConnectionError):
        ada.connect()
