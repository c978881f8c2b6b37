"""More people than one event may hold: a client is told of some, and finds the others page by page."""

from __future__ import annotations

from typing import Any

import pytest

from app.chat.room_forms import PEOPLE_LIMIT
from tests.chat.rooms import create
from tests.chat.stored import Connect, Documents, Meet, crowd
from tests.people import NOBODYS_ID, Person


def test_a_small_workspace_is_told_whole(person: Meet, online: Connect) -> None:
    ready = online(person("Ada")).wait_for("session:ready")
    assert not ready["more_users"]


def test_of_many_people_those_of_direct_rooms_come_first_and_all_others_by_page(
    person: Meet, online: Connect, documents: Documents
) -> None:
    ada, zoe = person("Ada"), person("Zzz Zoe")
    create(online(ada), "direct", None, zoe)
    with crowd(documents, zoe, PEOPLE_LIMIT + 10) as ids:
        ready = online(ada).wait_for("session:ready")
        told = [user["id"] for user in ready["users"]]
        assert (len(told), ready["more_users"]) == (PEOPLE_LIMIT, True)
        assert {ada.id, zoe.id} <= set(told)
        assert sorted(ready["users"], key=lambda user: user["name"]) == ready["users"]
        first, rest = (page(ada, limit=PEOPLE_LIMIT * 2), page(ada, after=ids[PEOPLE_LIMIT]))
        assert (len(first["users"]), first["more"]) == (PEOPLE_LIMIT, True)
        assert [user["id"] for user in rest["users"]][:9] == ids[PEOPLE_LIMIT + 1 :]
        assert not rest["more"]
        assert page(ada, after=first["users"][1]["id"], limit=1)["users"] == first["users"][2:3]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"after": NOBODYS_ID}, 404, "user_not_found"),
        ({"after": "no id"}, 400, "bad_input"),
        ({"limit": 0}, 400, "bad_input"),
    ],
)
def test_a_page_of_people_that_is_none_is_refused(ada: Person, query: dict[str, Any], status: int, code: str) -> None:
    answer = ada.get("/api/users", params=query)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_guest_finds_no_strangers_in_any_page(ada: Person, eve: Person, documents: Documents, room: Any) -> None:
    room(ada, eve)
    documents["users"].update_one({"email": eve.email}, {"$set": {"role": "guest"}})
    try:
        with crowd(documents, ada, PEOPLE_LIMIT) as ids:
            assert not {user["id"] for user in page(eve)["users"]} & set(ids)
            assert eve.get("/api/users", params={"after": ids[0]}).status_code == 404
    finally:
        documents["users"].update_one({"email": eve.email}, {"$set": {"role": "member"}})


def page(by: Person, **query: Any) -> Any:
    answer = by.get("/api/users", params=query)
    assert answer.status_code == 200
    return answer.json()
