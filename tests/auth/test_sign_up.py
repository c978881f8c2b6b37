from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
import requests

from app.auth.models import User
from tests.auth.visitor import BROWSER, Visitor, fields, refusal
from tests.people import PASSWORD
from tests.server import Server

Meet = Callable[[str], Visitor]
FORM = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD}


def test_signing_up_gives_the_account_and_a_token_and_logs_the_browser_in(visitor: Meet) -> None:
    ada = visitor("Ada")
    answer = ada.sign_up()
    assert answer.status_code == 201
    assert set(answer.get_json()) == {"user", "access_token"}
    user = answer.get_json()["user"]
    assert (user["name"], user["email"], user["status"]) == ("Ada", "ada@example.com", "available")
    assert ada.http.get("/users/me").get_json() == {"user": user}


def test_no_answer_holds_the_password_or_its_hash(visitor: Meet) -> None:
    text = visitor("Ada").sign_up().get_data(as_text=True)
    assert PASSWORD not in text
    assert "$2b$" not in text


def test_the_address_may_be_called_gmail_as_in_the_original(visitor: Meet) -> None:
    ada = visitor("Ada")
    answer = ada.http.post("/users", json={"name": "Ada", "gmail": "Ada@Gmail.com", "password": PASSWORD})
    assert answer.status_code == 201
    assert answer.get_json()["user"]["email"] == "Ada@gmail.com"


def test_a_form_leads_to_the_chat_and_logs_the_browser_in(visitor: Meet) -> None:
    ada = visitor("Ada")
    answer = ada.http.post("/users", data=FORM, headers=BROWSER)
    assert (answer.status_code, answer.location) == (303, "/")
    assert ada.is_logged_in()


def test_a_form_leads_to_the_page_that_was_asked_for(visitor: Meet) -> None:
    answer = visitor("Ada").http.post("/users", data={**FORM, "next": "/rooms/1?at=2"}, headers=BROWSER)
    assert (answer.status_code, answer.location) == (303, "/rooms/1?at=2")


def test_a_refused_form_comes_back_as_it_was_typed_without_the_password(visitor: Meet) -> None:
    typed = {**FORM, "name": "<Ada>", "password": "short", "next": "/rooms/1"}
    answer = visitor("Ada").http.post("/users", data=typed, headers=BROWSER)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert 'value="&lt;Ada&gt;"' in page
    assert 'value="/rooms/1"' in page
    assert "Use at least 8 characters." in page
    assert 'value="short"' not in page


def test_a_form_with_a_taken_address_says_so_beside_it(ada: Visitor, visitor: Meet) -> None:
    answer = visitor("Eve").http.post("/users", data=FORM, headers=BROWSER)
    assert answer.status_code == 409
    assert "There is an account with this e-mail address already." in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ada@example.com", "ADA@Example.COM"),
        ("ada@example.com", "  ada@example.com\n"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@bücher.example", "ada@BÜCHER.example"),
        ("\u00e1da@example.com", "a\u0301da@example.com"),
        ("straße@example.com", "STRASSE@example.com"),
    ],
)
def test_an_address_is_taken_however_it_is_spelt(visitor: Meet, first: str, second: str) -> None:
    assert visitor("Ada").sign_up(email=first).status_code == 201
    answer = visitor("Eve").sign_up(email=second)
    assert refusal(answer) == (409, "email_taken")
    assert set(answer.get_json()["error"]["fields"]) == {"email"}
    assert User.objects.count() == 1


def test_of_two_sign_ups_at_once_with_one_address_one_wins(server: Server) -> None:
    body = {"name": "Ada", "email": f"{uuid4().hex}@example.com", "password": PASSWORD}
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: requests.post(f"{server.url}/users", json=body, timeout=20), range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": {"$gt": ""}}, "email"),
        ({"email": ["ada@example.com"]}, "email"),
        ({"email": None}, "email"),
        ({"email": "ada"}, "email"),
        ({"email": "ada@example.com\0"}, "email"),
        ({"email": "\ud800@example.com"}, "email"),
        ({"email": "a" * 250 + "@example.com"}, "email"),
        ({"name": ""}, "name"),
        ({"name": " \t"}, "name"),
        ({"name": "\u200b"}, "name"),
        ({"name": "Ada\nEve"}, "name"),
        ({"name": "\u202eevE"}, "name"),
        ({"name": "A" * 61}, "name"),
        ({"name": 5}, "name"),
        ({"password": "1234567"}, "password"),
        ({"password": "x" * 1025}, "password"),
        ({"password": 12345678}, "password"),
        ({"password": "\udfff" * 8}, "password"),
    ],
)
def test_bad_input_is_refused_and_says_which(visitor: Meet, changes: dict[str, object], field: str) -> None:
    assert set(fields(visitor("Ada").sign_up(**changes))) == {field}
    assert User.objects.count() == 0


def test_everything_that_is_missing_is_named_at_once(visitor: Meet) -> None:
    missing = fields(visitor("Ada").http.post("/users", json={}))
    assert missing == dict.fromkeys(("name", "email", "password"), "Fill this in.")


def test_nobody_gives_themselves_more_than_an_account(visitor: Meet) -> None:
    ada = visitor("Ada")
    answer = ada.sign_up(id="0" * 24, status="busy", email_key="eve@example.com", role="admin", created_at=0)
    assert answer.status_code == 201
    user = User.objects.get()
    assert (str(user.id) != "0" * 24, user.status, user.email_key) == (True, "available", "ada@example.com")


def test_the_page_has_the_form(visitor: Meet) -> None:
    answer = visitor("Ada").http.get("/users?next=/rooms/1", headers=BROWSER)
    assert answer.status_code == 200
    assert 'action="/users"' in answer.get_data(as_text=True)
    assert 'name="next" value="/rooms/1"' in answer.get_data(as_text=True)


def test_the_page_sends_on_who_is_logged_in(ada: Visitor) -> None:
    answer = ada.http.get("/users?next=/rooms/1", headers=BROWSER)
    assert (answer.status_code, answer.location) == (303, "/rooms/1")
