from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.auth.visitor import BROWSER, Visitor, bearer, fields, refusal
from tests.people import PASSWORD

Meet = Callable[[str], Visitor]
MISMATCH = "That e-mail address and password do not match an account."


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@EXAMPLE.com", " ada@example.com "])
def test_logging_in_gives_the_account_and_a_token_and_sets_the_cookies(ada: Visitor, visitor: Meet, email: str) -> None:
    laptop = visitor("Ada")
    answer = laptop.log_in(email=email)
    assert answer.status_code == 200
    assert set(answer.get_json()) == {"user", "access_token"}
    assert answer.get_json()["user"]["email"] == "ada@example.com"
    assert laptop.is_logged_in()
    assert visitor("nobody").http.get("/users/me", headers=bearer(laptop.token)).status_code == 200


def test_an_address_of_another_script_can_be_typed_in_either_form(visitor: Meet) -> None:
    visitor("Ada").sign_up(email="ada@xn--bcher-kva.example")
    assert visitor("Ada").log_in(email="Ada@BÜCHER.example").status_code == 200


def test_the_address_may_be_called_gmail_as_in_the_original(ada: Visitor) -> None:
    answer = ada.http.post("/users/login", json={"gmail": ada.email, "password": PASSWORD})
    assert answer.status_code == 200


def test_the_cookies_are_out_of_reach_for_scripts_but_for_the_csrf_values(ada: Visitor) -> None:
    cookies = {cookie.partition("=")[0]: cookie for cookie in ada.log_in().headers.getlist("Set-Cookie")}
    assert all("SameSite=Lax" in cookie for cookie in cookies.values())
    assert {name for name, cookie in cookies.items() if "HttpOnly" in cookie} == {
        "access_token_cookie",
        "refresh_token_cookie",
    }
    assert "Path=/users;" in cookies["refresh_token_cookie"]
    assert set(cookies) == {"access_token_cookie", "refresh_token_cookie", "csrf_access_token", "csrf_refresh_token"}


def test_a_wrong_password_and_an_unknown_user_get_the_same_error(ada: Visitor, visitor: Meet) -> None:
    wrong = visitor("Ada").log_in(password="wrong")
    unknown = visitor("Nobody").log_in()
    assert refusal(wrong) == (401, "invalid_credentials")
    assert wrong.get_data() == unknown.get_data()
    assert set(wrong.headers.keys()) == set(unknown.headers.keys())
    assert "Set-Cookie" not in wrong.headers


def test_a_password_that_differs_only_beyond_72_bytes_is_wrong(visitor: Meet) -> None:
    visitor("Ada").sign_up(password="x" * 80 + "1")
    assert visitor("Ada").log_in(password="x" * 80 + "1").status_code == 200
    assert refusal(visitor("Ada").log_in(password="x" * 80 + "2")) == (401, "invalid_credentials")


def test_a_form_leads_to_the_page_that_was_asked_for(ada: Visitor, visitor: Meet) -> None:
    laptop = visitor("Ada")
    form = {"email": ada.email, "password": PASSWORD, "next": "/rooms/1"}
    answer = laptop.http.post("/users/login", data=form, headers=BROWSER)
    assert (answer.status_code, answer.location) == (303, "/rooms/1")
    assert laptop.is_logged_in()


def test_a_refused_form_comes_back_with_the_address_and_the_reason(ada: Visitor) -> None:
    form = {"email": ada.email, "password": "wrong", "next": "/rooms/1"}
    answer = ada.http.post("/users/login", data=form, headers=BROWSER)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert MISMATCH in page
    assert f'value="{ada.email}"' in page
    assert 'name="next" value="/rooms/1"' in page
    assert 'value="wrong"' not in page


def test_a_program_that_sends_a_form_gets_its_refusal_as_data(ada: Visitor) -> None:
    answer = ada.http.post("/users/login", data={"email": ada.email, "password": "wrong"})
    assert refusal(answer) == (401, "invalid_credentials")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": {"$gt": ""}, "password": {"$gt": ""}}, "email"),
        ({"email": {"$regex": ".*"}, "password": PASSWORD}, "email"),
        ({"gmail": {"$ne": None}, "password": PASSWORD}, "gmail"),
        ({"email": True, "password": PASSWORD}, "email"),
        ({"email": "ada@example.com", "password": ["x"]}, "password"),
        ({"email": "ada@example.com", "password": ""}, "password"),
        ({"email": "\udc00", "password": PASSWORD}, "email"),
        ({"password": PASSWORD}, "email"),
        ({}, "password"),
    ],
)
def test_a_value_of_the_wrong_type_never_reaches_a_query(ada: Visitor, body: dict[str, Any], field: str) -> None:
    assert field in fields(ada.http.post("/users/login", json=body))


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"text"', b"null", b"1", b"\xff", b"[" * 30_000, b'{"email": ' + b"9" * 5_000 + b"}"]
)
def test_a_body_that_is_no_json_object_is_refused(ada: Visitor, body: bytes) -> None:
    answer = ada.http.post("/users/login", data=body, content_type="application/json")
    assert refusal(answer) == (400, "bad_input")


def test_a_body_of_another_type_is_refused(ada: Visitor) -> None:
    body = json.dumps({"email": ada.email, "password": PASSWORD})
    answer = ada.http.post("/users/login", data=body, content_type="text/plain")
    assert refusal(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded", "text/plain"])
def test_a_huge_body_is_refused(ada: Visitor, content_type: str) -> None:
    answer = ada.http.post("/users/login", data=b"a" * 70_000, content_type=content_type)
    assert refusal(answer) == (413, "too_large")


def test_the_page_has_the_form_and_remembers_where_to_go(visitor: Meet) -> None:
    answer = visitor("Ada").http.get("/users/login?next=/rooms/1", headers=BROWSER)
    assert answer.status_code == 200
    assert 'action="/users/login"' in answer.get_data(as_text=True)
    assert 'name="next" value="/rooms/1"' in answer.get_data(as_text=True)


def test_the_page_sends_on_who_is_logged_in(ada: Visitor) -> None:
    answer = ada.http.get("/users/login?next=/rooms/1", headers=BROWSER)
    assert (answer.status_code, answer.location) == (303, "/rooms/1")


def test_a_browser_that_kept_only_its_refresh_cookie_is_logged_in_again_on_the_way(ada: Visitor) -> None:
    ada.http.delete_cookie("access_token_cookie")
    for _tab in range(2):
        answer = ada.http.get("/users/login?next=/rooms/1", headers=BROWSER)
        assert (answer.status_code, answer.location) == (303, "/rooms/1")
    assert ada.is_logged_in()


def test_the_chat_page_sends_the_login_less_to_the_login_and_back(visitor: Meet) -> None:
    answer = visitor("Ada").http.get("/rooms/1?at=2", headers=BROWSER)
    assert (answer.status_code, answer.location) == (302, "/users/login?next=%2Frooms%2F1%3Fat%3D2")


def test_a_refused_form_keeps_the_address_that_was_called_gmail(ada: Visitor) -> None:
    answer = ada.http.post("/users/login", data={"gmail": ada.email, "password": "wrong"}, headers=BROWSER)
    assert answer.status_code == 401
    assert f'value="{ada.email}"' in answer.text
