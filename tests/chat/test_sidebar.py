"""How somebody arranged their sidebar is kept for them, and for nobody else."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.chat.stored import MakeRoom
from tests.people import NOBODYS_ID, Person
from tests.server import PATIENCE


def arrange(someone: Person, **change: Any) -> requests.Response:
    return someone.write("PUT", "/api/sidebar", json=change)


def test_what_is_given_is_kept_and_the_rest_stays(person: Any, room: MakeRoom) -> None:
    ivy, joe = person("Ivy"), person("Joe")
    order = [room(ivy, joe), ivy.lobby(), NOBODYS_ID]
    assert arrange(ivy, order=order).json() == {"order": order, "folded": []}
    assert arrange(ivy, folded=["online", "rooms"]).json() == {"order": order, "folded": ["online", "rooms"]}
    assert arrange(joe).json() == {"order": [], "folded": []}
    page = ivy.get("/", headers={"Accept": "text/html"}).text
    assert page.index(f'href="/rooms/{order[0]}"') < page.index(f'href="/rooms/{order[1]}"')
    assert 'data-room-header-target="name">Lobby</h1>' in page


@pytest.mark.parametrize(
    "change", [{"order": ["7"]}, {"order": "all"}, {"order": [NOBODYS_ID] * 1_001}, {"folded": ["everything"]}]
)
def test_bad_input_changes_nothing(change: dict[str, Any], person: Any) -> None:
    ivy = person("Ivy")
    answer = arrange(ivy, **change)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_input")
    assert arrange(ivy).json() == {"order": [], "folded": []}


def test_it_takes_a_login(person: Any) -> None:
    answer = requests.put(f"{person('Ivy').url}/api/sidebar", json={"folded": []}, timeout=PATIENCE)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_authenticated")
