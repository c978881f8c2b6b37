"""Nobody learns by asking who has an account: not by what is answered, and not by how long it takes.

What takes time is the hashing of passwords, a third of a second each. So what is hashed is compared, not the time;
`make torture` compares that too, and writes it down.
"""

from __future__ import annotations

import os
import re
import statistics
import time
from collections.abc import Callable

import pytest
import requests
from flask import Flask
from werkzeug.test import TestResponse

from app.auth import passwords
from app.auth.models import User
from app.auth.workspace import Workspace
from app.extensions import bcrypt
from tests.auth.visitor import BROWSER, Visitor, refusal
from tests.people import PASSWORD
from tests.report import report
from tests.server import Server

KNOCKS = int(os.environ.get("STANDIN_KNOCKS", "3"))
Meet = Callable[[str], Visitor]
Hashed = Callable[[Callable[[], TestResponse]], tuple[TestResponse, list[str]]]


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch, quick: Flask) -> Hashed:
    """What an answer takes: `hashed(ask)` is the answer, and what was hashed for it, at which cost."""
    passwords.nobodys_hash()  # made at the start of a process
    check, make, noted = bcrypt.check_password_hash, bcrypt.generate_password_hash, []

    def checking(password_hash: str, password: str) -> object:
        noted.append(f"compared with {password_hash[:7]}")
        return check(password_hash, password)

    def making(*given: object) -> object:
        noted.append("made")
        return make(*given)

    monkeypatch.setattr(bcrypt, "check_password_hash", checking)
    monkeypatch.setattr(bcrypt, "generate_password_hash", making)

    def observe(ask: Callable[[], TestResponse]) -> tuple[TestResponse, list[str]]:
        noted.clear()
        return ask(), list(noted)

    return observe


def told(answer: TestResponse) -> tuple[int, bytes, set[str]]:
    return answer.status_code, answer.get_data(), set(answer.headers.keys())


@pytest.mark.parametrize("known", ["ada@example.com", "ADA@Example.com"])
def test_a_login_says_and_works_the_same_whether_there_is_an_account(
    ada: Visitor, visitor: Meet, hashed: Hashed, known: str
) -> None:
    wrong, for_wrong = hashed(lambda: visitor("Eve").log_in(email=known, password="guessed wrong"))
    nobody, for_nobody = hashed(lambda: visitor("Eve").log_in(email="nobody@example.com", password="guessed wrong"))
    assert told(wrong) == told(nobody)
    assert for_wrong == for_nobody == ["compared with $2b$04$"]
    _, for_right = hashed(ada.log_in)
    assert for_right == for_wrong


def test_the_login_form_does_too(ada: Visitor, visitor: Meet, hashed: Hashed) -> None:
    def ask(email: str) -> tuple[TestResponse, list[str]]:
        form = {"email": email, "password": "guessed wrong"}
        return hashed(lambda: visitor("Eve").http.post("/users/login", data=form, headers=BROWSER))

    (wrong, for_wrong), (nobody, for_nobody) = ask(ada.email), ask("xyz@example.com")
    assert wrong.status_code == nobody.status_code == 401
    assert wrong.text.replace(ada.email, "?") != wrong.text
    pages = (wrong.text.replace(ada.email, "?"), nobody.text.replace("xyz@example.com", "?"))
    assert _without_nonces(pages[0]) == _without_nonces(pages[1])
    assert for_wrong == for_nobody


def test_an_account_of_the_time_when_hashing_cost_less_is_like_any_other_from_its_next_login_on(
    app: Flask, ada: Visitor, hashed: Hashed
) -> None:
    old = bcrypt_of(PASSWORD, rounds=5)
    User.objects.update(password_hash=old)
    assert refusal(ada.log_in(password="guessed wrong")) == (401, "invalid_credentials")
    assert User.objects.get().password_hash == old
    assert ada.log_in().status_code == 200
    assert User.objects.get().password_hash.startswith("$2b$04$")
    answer, work = hashed(ada.log_in)
    assert (answer.status_code, work) == (200, ["compared with $2b$04$"])


def bcrypt_of(password: str, rounds: int) -> str:
    made: bytes = bcrypt.generate_password_hash(password, rounds)
    return made.decode("ascii")


def test_whoever_is_not_invited_learns_nothing_of_who_is_there(ada: Visitor, visitor: Meet, hashed: Hashed) -> None:
    """Where anyone may sign up an address that is taken cannot be kept secret; where not, it can."""
    Workspace.change(sign_up="invite")
    Workspace.new_invite(days=7)
    for invite in ("", "guess", str(Workspace.get().invite)[:-1]):
        taken, for_taken = hashed(lambda: visitor("Eve").sign_up(email=ada.email, invite=invite))  # noqa: B023
        free, for_free = hashed(lambda: visitor("Eve").sign_up(email="free@example.com", invite=invite))  # noqa: B023
        assert refusal(taken) == (403, "invite_needed")
        assert told(taken) == told(free)
        assert for_taken == for_free == []
    assert User.objects.count() == 1


def test_signing_up_works_the_same_whether_the_address_is_taken(ada: Visitor, visitor: Meet, hashed: Hashed) -> None:
    taken, for_taken = hashed(lambda: visitor("Eve").sign_up(email=ada.email))
    free, for_free = hashed(lambda: visitor("Eve").sign_up(email="free@example.com"))
    assert (taken.status_code, free.status_code) == (409, 201)
    assert for_taken == for_free == ["made"]


def test_a_password_that_is_changed_is_compared_however_wrong_it_is(ada: Visitor, hashed: Hashed) -> None:
    for guess in ("guessed wrong", PASSWORD[:-1], "x" * 1_000):
        body = {"current_password": guess, "new_password": "a better one than that"}
        answer, work = hashed(lambda: ada.write("PUT", "/users/me/password", json=body))  # noqa: B023
        assert refusal(answer) == (403, "wrong_password")
        assert work == ["compared with $2b$04$"]


@pytest.mark.torture
@pytest.mark.timeout(60 + 4 * KNOCKS)
def test_a_login_takes_as_long_whether_there_is_an_account(make_server: Callable[..., Server]) -> None:
    server = make_server(STANDIN_BCRYPT_COST="12")
    url = server.start().url
    body = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD}
    assert requests.post(f"{url}/users", json=body, timeout=30).status_code == 201
    seconds: dict[str, list[float]] = {"ada": [], "nobody": []}
    for _ in range(KNOCKS):
        for name, taken in seconds.items():
            began = time.perf_counter()
            guess = {"email": f"{name}@example.com", "password": "guessed wrong"}
            assert requests.post(f"{url}/users/login", json=guess, timeout=30).status_code == 401
            taken.append(time.perf_counter() - began)
    known, unknown = (f"{statistics.median(taken) * 1000:.1f} ms" for taken in seconds.values())
    report(f"{KNOCKS} logins each with a wrong password: {known} with an account, {unknown} without one")


def _without_nonces(page: str) -> str:
    return re.sub(r'nonce="[^"]*"', "", page)
