"""Who comes first runs the place, who may come after, and what administrators alone do about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.auth.models import now
from app.auth.workspace import Workspace
from app.chat.models import Message
from tests.auth.visitor import BROWSER, Visitor, bearer, fields, refusal
from tests.people import PASSWORD

Meet = Callable[[str], Visitor]
WRITES = ["/workspace", "/workspace/invite", "/workspace/invite/revoke"]
READS = ["/workspace", "/workspace/invite.svg"]


def secret(answer: TestResponse) -> str:
    """What the invite link holds that an administrator was given."""
    link = answer.get_json()["workspace"]["invite"]["link"]
    return parse_qs(urlsplit(link).query)["invite"][0]


def workspace(ada: Visitor) -> Any:
    return ada.http.get("/workspace").get_json()["workspace"]


def by_invitation(ada: Visitor) -> str:
    assert ada.write("POST", "/workspace", json={"sign_up": "invite"}).status_code == 200
    return secret(ada.write("POST", "/workspace/invite", json={}))


def test_the_first_to_sign_up_names_the_workspace_and_finds_a_lobby_with_something_in_it(visitor: Meet) -> None:
    ada, eve = visitor("Ada"), visitor("Eve")
    page = ada.http.get("/users", headers=BROWSER).get_data(as_text=True)
    assert "What your team is called" in page
    form = {"name": "Ada", "email": ada.email, "password": PASSWORD, "workspace": "Engines & Co"}
    assert ada.http.post("/users", data=form, headers=BROWSER).status_code == 303
    assert workspace(ada) == {"name": "Engines & Co", "sign_up": "open", "invite": None}
    [message] = Message.objects
    assert (message.origin, message.seq) == ("system", 1)
    assert "Welcome to Engines &amp; Co." in message.html
    page = eve.http.get("/users", headers=BROWSER).get_data(as_text=True)
    assert "Join Engines &amp; Co" in page
    assert "What your team is called" not in page
    # Who comes second names nothing.
    assert eve.sign_up(workspace="Eve's").status_code == 201
    assert workspace(ada)["name"] == "Engines & Co"
    assert Message.objects.count() == 1


def test_without_a_name_the_lobby_is_as_empty_as_ever(visitor: Meet) -> None:
    ada = visitor("Ada")
    assert ada.sign_up().get_json()["user"]["role"] == "administrator"
    assert workspace(ada)["name"] == ""
    assert Message.objects.count() == 0


def test_where_sign_up_is_by_invitation_only_the_newest_link_lets_anyone_in(ada: Visitor, visitor: Meet) -> None:
    first = by_invitation(ada)
    second = secret(ada.write("POST", "/workspace/invite", json={"days": 30}))
    for number, stale in enumerate(("", "nonsense", first)):
        eve = visitor(f"Eve{number}")
        assert refusal(eve.sign_up(invite=stale)) == (403, "invite_needed")
        page = eve.http.get(f"/users?invite={stale}", headers=BROWSER).get_data(as_text=True)
        assert "By invitation" in page
        assert "Create account" not in page
        assert not eve.is_logged_in()
    eve = visitor("Eve")
    page = eve.http.get(f"/users?invite={second}", headers=BROWSER).get_data(as_text=True)
    assert f'name="invite" value="{second}"' in page
    assert eve.sign_up(invite=second).status_code == 201
    assert eve.is_logged_in()


@pytest.mark.parametrize("how", ["revoked", "past its time"])
def test_a_link_that_is_over_lets_nobody_in(how: str, ada: Visitor, visitor: Meet) -> None:
    invite = by_invitation(ada)
    if how == "revoked":
        assert ada.write("POST", "/workspace/invite/revoke").get_json()["workspace"]["invite"] is None
    else:
        Workspace.change(invite_until=now() - timedelta(seconds=1))
    assert workspace(ada)["invite"] is None
    assert refusal(visitor("Eve").sign_up(invite=invite)) == (403, "invite_needed")
    assert refusal(ada.http.get("/workspace/invite.svg")) == (404, "invite_not_found")


def test_the_link_is_a_picture_too_and_the_page_works_as_plain_forms(ada: Visitor) -> None:
    page = ada.http.get("/workspace", headers=BROWSER)
    assert (page.status_code, "no invite link at the moment" in page.get_data(as_text=True)) == (200, True)
    form = {"csrf_token": ada.csrf(), "days": "0"}
    answer = ada.http.post("/workspace/invite", data=form, headers=BROWSER)
    assert (answer.status_code, answer.location) == (303, "/workspace")
    link = workspace(ada)["invite"]
    assert link["until"] is None
    assert link["link"] in ada.http.get("/workspace", headers=BROWSER).get_data(as_text=True)
    picture = ada.http.get("/workspace/invite.svg")
    assert (picture.status_code, picture.mimetype) == (200, "image/svg+xml")
    assert b"<svg" in picture.data
    form = {"csrf_token": ada.csrf(), "name": "n" * 81, "sign_up": "open"}
    answer = ada.http.post("/workspace", data=form, headers=BROWSER)
    assert answer.status_code == 400
    assert "Use at most 80 characters." in answer.get_data(as_text=True)


def test_the_link_leads_here_whatever_host_the_request_says(app: Flask, ada: Visitor) -> None:
    settings = app.config["SETTINGS"]
    by_invitation(ada)
    for host in (f"localhost:{settings.listen_port}", f"127.0.0.1:{settings.listen_port}"):
        link = ada.http.get("/workspace", headers={**bearer(ada.token), "Host": host}).get_json()["workspace"][
            "invite"
        ]["link"]
        assert link.startswith(f"http://{host}/users?invite=")
    for host in ("evil.example", f"localhost.evil.example:{settings.listen_port}", "localhost"):
        for headers in ({}, BROWSER):
            answer = ada.http.get("/workspace", headers={**headers, **bearer(ada.token), "Host": host})
            assert answer.status_code == 200
            assert f"{settings.auth_base}/users?invite=" in answer.get_data(as_text=True)
            assert "evil" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", WRITES)
def test_nobody_but_an_administrator_changes_anything(path: str, ada: Visitor, eve: Visitor, visitor: Meet) -> None:
    before = workspace(ada)
    assert refusal(eve.write("POST", path, json={"name": "Eve's"})) == (403, "not_allowed")
    assert refusal(visitor("Nobody").http.post(path, json={})) == (401, "not_authenticated")
    assert refusal(ada.http.post(path, json={})) == (403, "csrf_failed")
    assert workspace(ada) == before


@pytest.mark.parametrize("path", READS)
def test_nobody_but_an_administrator_sees_the_link(path: str, ada: Visitor, visitor: Meet) -> None:
    by_invitation(ada)
    assert ada.http.get(path).status_code == 200
    assert refusal(visitor("Nobody").http.get(path)) == (401, "not_authenticated")
    Workspace.change(sign_up="open")
    assert refusal(_joined(visitor("Zoe")).http.get(path)) == (403, "not_allowed")


def _joined(someone: Visitor) -> Visitor:
    assert someone.sign_up().status_code == 201
    return someone


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/workspace", {"name": 7}, "name"),
        ("/workspace", {"name": "two\nlines"}, "name"),
        ("/workspace", {"sign_up": "closed"}, "sign_up"),
        ("/workspace/invite", {"days": -1}, "days"),
        ("/workspace/invite", {"days": 366}, "days"),
        ("/workspace/invite", {"days": "soon"}, "days"),
    ],
)
def test_bad_input_changes_nothing(path: str, body: dict[str, Any], field: str, ada: Visitor) -> None:
    before = workspace(ada)
    assert set(fields(ada.write("POST", path, json=body))) == {field}
    assert workspace(ada) == before


@pytest.mark.parametrize("values", [{"workspace": "w" * 81}, {"workspace": 7}, {"invite": "i" * 101}])
def test_bad_input_signs_nobody_up(values: dict[str, Any], visitor: Meet) -> None:
    ada = visitor("Ada")
    assert set(fields(ada.sign_up(**values))) == set(values)
    assert Workspace.get() is None
