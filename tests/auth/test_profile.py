from __future__ import annotations

import pytest

from app.auth.models import User
from tests.auth.visitor import Visitor, fields


def test_an_account_is_shown_to_its_owner(ada: Visitor) -> None:
    user = ada.http.get("/users/me").get_json()["user"]
    of_a_user = {"id", "name", "email", "status", "status_until", "status_note", "role", "bio", "time_zone", "language"}
    assert set(user) == {*of_a_user, "avatar_url", "created_at"}
    assert (user["name"], user["email"], user["status_until"]) == ("Ada", "ada@example.com", None)
    assert user["created_at"].endswith("Z")


def test_a_name_can_be_changed(ada: Visitor, eve: Visitor) -> None:
    answer = ada.write("PATCH", "/users/me", json={"name": "  Ada Lovelace "})
    assert answer.status_code == 200
    assert answer.get_json()["user"]["name"] == "Ada Lovelace"
    assert ada.http.get("/users/me").get_json() == answer.get_json()
    assert eve.http.get("/users/me").get_json()["user"]["name"] == "Eve"


def test_what_is_left_out_stays_as_it_is(ada: Visitor) -> None:
    before = ada.http.get("/users/me").get_json()
    for body in ({"json": {}}, {"data": {}}, {}):
        assert ada.write("PATCH", "/users/me", **body).get_json() == before


@pytest.mark.parametrize("name", [None, "", "  ", 5, ["Ada"], {"$set": "x"}, "A" * 61, "Ada\0", "\ud800", "\u2066"])
def test_a_name_that_is_none_is_refused(ada: Visitor, name: object) -> None:
    assert set(fields(ada.write("PATCH", "/users/me", json={"name": name}))) == {"name"}
    assert ada.http.get("/users/me").get_json()["user"]["name"] == "Ada"


def test_nothing_else_of_an_account_can_be_changed_here(ada: Visitor) -> None:
    before = User.objects.get(name="Ada").to_mongo()
    change = {"id": "0" * 24, "email": "eve@example.com", "email_key": "x", "status": "busy", "role": "admin"}
    assert ada.write("PATCH", "/users/me", json={**change, "password_hash": "x", "_id": 1}).status_code == 200
    assert User.objects.get(name="Ada").to_mongo() == before
