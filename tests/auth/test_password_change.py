from __future__ import annotations

from collections.abc import Callable

import pytest

from app.auth import services
from app.auth.forms import LogIn
from app.auth.models import Session
from app.auth.services import Device
from tests.auth.visitor import Visitor, bearer, fields, refusal
from tests.people import PASSWORD

NEW = "a better horse battery staple"


def change(visitor: Visitor, current: object = PASSWORD, new: object = NEW) -> object:
    return visitor.write("PUT", "/users/me/password", json={"current_password": current, "new_password": new})


def test_a_new_password_takes_the_place_of_the_old_one_and_ends_all_other_sessions(
    ada: Visitor, eve: Visitor, visitor: Callable[[str], Visitor]
) -> None:
    laptop, phone = visitor("Ada"), visitor("Ada")
    assert (laptop.log_in().status_code, phone.log_in().status_code) == (200, 200)
    answer = change(ada)
    assert (answer.status_code, answer.get_json()) == (200, {"ended": 2})
    assert ada.is_logged_in()
    assert eve.is_logged_in()
    for other in (laptop, phone):
        assert refusal(other.http.get("/users/me", headers=bearer(other.token))) == (401, "session_revoked")
        assert refusal(other.refresh()) == (401, "session_revoked")
    assert refusal(visitor("Ada").log_in()) == (401, "invalid_credentials")
    assert visitor("Ada").log_in(password=NEW).status_code == 200


def test_whoever_does_not_know_the_password_cannot_change_it(ada: Visitor, visitor: Callable[[str], Visitor]) -> None:
    laptop = visitor("Ada")
    laptop.log_in()
    answer = change(laptop, current="not the password")
    assert refusal(answer) == (403, "wrong_password")
    assert set(answer.get_json()["error"]["fields"]) == {"current_password"}
    assert ada.is_logged_in()
    assert visitor("Ada").log_in().status_code == 200


def test_nobody_changes_a_password_without_a_login(visitor: Callable[[str], Visitor]) -> None:
    answer = visitor("Nobody").http.put("/users/me/password", json={"current_password": PASSWORD, "new_password": NEW})
    assert refusal(answer) == (401, "not_authenticated")


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("new_password", {"new_password": "short"}),
        ("new_password", {"new_password": "x" * 1025}),
        ("new_password", {"new_password": None}),
        ("new_password", {"new_password": {"$ne": ""}}),
        ("current_password", {"current_password": ""}),
        ("current_password", {"current_password": 5}),
    ],
)
def test_what_is_no_password_is_refused(
    ada: Visitor, visitor: Callable[[str], Visitor], name: str, body: dict[str, object]
) -> None:
    given = {"current_password": PASSWORD, "new_password": NEW, **body}
    assert set(fields(ada.write("PUT", "/users/me/password", json=given))) == {name}
    assert visitor("Ada").log_in().status_code == 200


def test_a_login_with_the_old_password_that_was_under_way_does_not_outlive_the_change(
    ada: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = services.open_session

    def change_first(*args: object) -> object:
        monkeypatch.setattr(services, "open_session", opened)
        assert change(ada).status_code == 200
        return opened(*args)

    monkeypatch.setattr(services, "open_session", change_first)
    with pytest.raises(services.InvalidCredentials):
        services.authenticate(LogIn(email=ada.email, password=PASSWORD), Device("late", ""))
    assert Session.live().count() == 1
    assert ada.is_logged_in()
