"""What people tell of themselves."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.chat.stored import Connect, Meet
from tests.people import NOBODYS_ID, Person


def test_a_profile_is_changed_by_its_owner_and_seen_by_others(person: Meet, bob: Person) -> None:
    ada = person("Ada")
    change = {"bio": "Engines,\nand numbers", "time_zone": "Europe/London"}
    answer = ada.write("PATCH", "/users/me", json=change)
    assert answer.status_code == 200
    assert {key: answer.json()["user"][key] for key in change} == change
    seen = bob.get(f"/api/users/{ada.id}").json()["user"]
    assert {key: seen[key] for key in change} == change
    assert (seen["name"], seen["role"], seen["avatar_url"], seen["is_online"]) == ("Ada", "member", None, False)
    assert "email" not in seen
    assert ada.write("PATCH", "/users/me", json={"name": "Ada L."}).json()["user"]["bio"] == change["bio"]
    cleared = ada.write("PATCH", "/users/me", json={"bio": "", "time_zone": ""}).json()["user"]
    assert (cleared["bio"], cleared["time_zone"], cleared["name"]) == ("", None, "Ada L.")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bio", "x" * 501),
        ("bio", "\0"),
        ("bio", "\ud800"),
        ("bio", 7),
        ("time_zone", "Nowhere/City"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", "+01:00"),
        ("time_zone", 1),
    ],
)
def test_what_is_no_profile_is_refused(person: Meet, field: str, value: Any) -> None:
    ada = person("Ada")
    before = ada.get("/users/me").json()
    answer = ada.write("PATCH", "/users/me", json={field: value})
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, [field])
    assert ada.get("/users/me").json() == before


def test_everyone_is_listed_by_name(person: Meet, online: Connect) -> None:
    ada = person("Ada Listed")
    socket = online(ada)
    users = ada.get("/api/users").json()["users"]
    assert [user["name"] for user in users] == sorted(user["name"] for user in users)
    assert next(user for user in users if user["id"] == ada.id)["is_online"]
    assert {user["id"] for user in users} == {user["id"] for user in socket.wait_for("session:ready")["users"]}


@pytest.mark.parametrize("path", ["/api/users", f"/api/users/{NOBODYS_ID}", "/api/rooms/open"])
def test_without_a_login_nobody_is_seen(server: Any, path: str) -> None:
    assert requests.get(f"{server.url}{path}", timeout=10).status_code == 401


@pytest.mark.parametrize("user_id", [NOBODYS_ID, "x", "$ne"])
def test_a_profile_of_nobody_is_not_found(ada: Person, user_id: str) -> None:
    assert ada.get(f"/api/users/{user_id}").status_code == 404
