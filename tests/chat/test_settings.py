"""The pages of the settings: for those who are logged in, each with what is theirs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests
from bson import ObjectId

from tests.chat.stored import Documents
from tests.people import Person
from tests.server import Server

PAGE = {"Accept": "text/html"}


@pytest.mark.parametrize(
    ("section", "title"),
    [
        ("", "Profile"),
        ("/profile", "Profile"),
        ("/password", "Password"),
        ("/sessions", "Devices"),
        ("/appearance", "Appearance"),
    ],
)
def test_each_section_has_a_page(person: Callable[[str], Person], section: str, title: str) -> None:
    answer = person("Ada").get(f"/settings{section}", headers=PAGE)
    assert answer.status_code == 200
    assert f"<title>{title} · Settings · Standin</title>" in answer.text


def test_a_page_shows_what_is_ones_own_as_text(person: Callable[[str], Person]) -> None:
    ada, eve = person("Ada"), person("Eve")
    ada.write("PATCH", "/users/me", json={"bio": "<b>Engines</b>", "time_zone": "Europe/London"})
    text = ada.get("/settings", headers=PAGE).text
    assert "&lt;b&gt;Engines&lt;/b&gt;" in text
    assert "Europe/London" in text
    assert "Engines" not in eve.get("/settings", headers=PAGE).text
    assert ada.get("/settings/sessions", headers=PAGE).text.count("data-session-id") == 1


def test_what_all_stand_ins_use_is_a_page_for_administrators(
    person: Callable[[str], Person], documents: Documents
) -> None:
    ada, eve = person("Ada"), person("Eve")
    documents["users"].update_one({"_id": ObjectId(ada.id)}, {"$set": {"role": "administrator"}})
    documents["users"].update_one({"_id": ObjectId(eve.id)}, {"$set": {"role": "member"}})
    page = ada.get("/settings/stand-ins", headers=PAGE)
    assert page.status_code == 200
    assert "<title>All stand-ins · Settings · Standin</title>" in page.text
    refused = eve.get("/settings/stand-ins", headers=PAGE)
    assert refused.status_code == 403
    assert "Only administrators see what stand-ins use" in refused.text
    assert "/settings/stand-ins" in ada.get("/settings", headers=PAGE).text
    assert "/settings/stand-ins" not in eve.get("/settings", headers=PAGE).text


@pytest.mark.parametrize("path", ["/settings", "/settings/sessions", "/settings/nothing"])
def test_whoever_is_not_logged_in_is_led_to_the_login_and_back(server: Server, path: str) -> None:
    answer = requests.get(f"{server.url}{path}", headers=PAGE, allow_redirects=False, timeout=30)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/users/login?next={path.replace('/', '%2F')}"


@pytest.mark.parametrize("section", ["nothing", "_layout", "profile.html", "%00"])
def test_what_is_no_section_is_not_there(person: Callable[[str], Person], section: str) -> None:
    assert person("Ada").get(f"/settings/{section}", headers=PAGE).status_code == 404
