from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.auth.visitor import BROWSER, Visitor
from tests.people import PASSWORD

Meet = Callable[[str], Visitor]
HOSTILE = [
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "\n//evil.example",
    " https://evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "http://127.0.0.1:3000@evil.example/",
    "http://127.0.0.1:3000.evil.example/",
    "http://127.0.0.1:30000/",
    "http://[",
    "//[",
    "evil.example",
    "",
]


@pytest.mark.parametrize("url", HOSTILE)
def test_a_login_never_leads_to_another_site(ada: Visitor, url: str) -> None:
    form = {"email": ada.email, "password": PASSWORD, "next": url}
    answer = ada.http.post("/users/login", data=form, headers=BROWSER)
    assert (answer.status_code, answer.location) == (303, "/")


@pytest.mark.parametrize("url", HOSTILE)
def test_nor_does_the_page_for_who_is_logged_in(ada: Visitor, url: str) -> None:
    answer = ada.http.get("/users/login", query_string={"next": url}, headers=BROWSER)
    assert (answer.status_code, answer.location) == (303, "/")


@pytest.mark.parametrize("path", ["/", "/rooms/1?at=2#3", "/r%C3%BCme"])
def test_it_leads_to_a_page_of_ours(ada: Visitor, path: str) -> None:
    answer = ada.http.get("/users/login", query_string={"next": path}, headers=BROWSER)
    assert answer.location == path


def test_it_leads_to_a_known_address_of_ours(ada: Visitor, app: Flask) -> None:
    url = f"{app.config['SETTINGS'].chat_base}/rooms/1"
    assert ada.http.get("/users/login", query_string={"next": url}, headers=BROWSER).location == url
