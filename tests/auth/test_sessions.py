from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.auth.visitor import Visitor, bearer, refusal
from tests.people import NOBODYS_ID, PASSWORD

Meet = Callable[[str], Visitor]


def sessions(visitor: Visitor) -> list[dict[str, object]]:
    found: list[dict[str, object]] = visitor.http.get("/users/me/sessions").get_json()["sessions"]
    return found


@pytest.fixture
def laptop(ada: Visitor, visitor: Meet) -> Visitor:
    """Another device on which Ada is logged in."""
    other = visitor("Ada")
    body = {"email": ada.email, "password": PASSWORD}
    answer = other.http.post("/users/login", json=body, headers={"User-Agent": "Laptop"})
    other.token = answer.get_json()["access_token"]
    return other


def test_sessions_are_listed_with_where_they_come_from(ada: Visitor, laptop: Visitor, eve: Visitor) -> None:
    listed = sessions(ada)
    assert len(listed) == 2
    assert set(listed[0]) == {"id", "user_agent", "address", "created_at", "last_used_at", "is_current"}
    assert {session["is_current"] for session in listed} == {True, False}
    other = next(session for session in listed if not session["is_current"])
    assert (other["user_agent"], other["address"]) == ("Laptop", "127.0.0.1")
    assert len(sessions(eve)) == 1


def test_a_session_can_be_ended_from_another_device(ada: Visitor, laptop: Visitor) -> None:
    lost = next(session["id"] for session in sessions(ada) if not session["is_current"])
    assert ada.write("DELETE", f"/users/me/sessions/{lost}").get_json() == {"ok": True}
    assert refusal(laptop.http.get("/users/me", headers=bearer(laptop.token))) == (401, "session_revoked")
    assert refusal(laptop.refresh()) == (401, "session_revoked")
    assert [session["is_current"] for session in sessions(ada)] == [True]


def test_somebody_elses_session_is_not_there(ada: Visitor, eve: Visitor) -> None:
    target = sessions(ada)[0]["id"]
    assert refusal(eve.write("DELETE", f"/users/me/sessions/{target}")) == (404, "not_found")
    assert ada.is_logged_in()


@pytest.mark.parametrize("session_id", [NOBODYS_ID, "x", "$ne", "0" * 23, "..", "%00"])
def test_what_names_no_session_is_not_there(ada: Visitor, session_id: str) -> None:
    assert refusal(ada.write("DELETE", f"/users/me/sessions/{session_id}"))[0] == 404


def test_a_session_that_has_ended_is_not_there(ada: Visitor, laptop: Visitor) -> None:
    ended = next(session["id"] for session in sessions(ada) if not session["is_current"])
    ada.write("DELETE", f"/users/me/sessions/{ended}")
    assert refusal(ada.write("DELETE", f"/users/me/sessions/{ended}")) == (404, "not_found")


def test_a_device_with_an_endless_name_is_listed_with_its_beginning(ada: Visitor, visitor: Meet) -> None:
    body = {"email": ada.email, "password": PASSWORD}
    answer = visitor("Ada").http.post("/users/login", json=body, headers={"User-Agent": "x" * 5_000})
    assert answer.status_code == 200
    assert "x" * 300 in {session["user_agent"] for session in sessions(ada)}


def test_all_other_sessions_can_be_ended_at_once(ada: Visitor, laptop: Visitor, eve: Visitor) -> None:
    assert ada.write("DELETE", "/users/me/sessions").get_json() == {"ended": 1}
    assert refusal(laptop.refresh()) == (401, "session_revoked")
    assert [session["is_current"] for session in sessions(ada)] == [True]
    assert eve.is_logged_in()
    assert ada.write("DELETE", "/users/me/sessions").get_json() == {"ended": 0}


def test_nobody_ends_sessions_without_a_login(visitor: Meet) -> None:
    assert refusal(visitor("Nobody").http.delete("/users/me/sessions")) == (401, "not_authenticated")
