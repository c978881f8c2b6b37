"""Bots in the browser: an administrator makes one, and it is marked as one wherever it is seen."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.chat.rooms import make
from tests.chat.stored import Documents
from tests.people import Person
from tests.server import PATIENCE
from tests.system.conftest import log_in
from tests.system.pages import Chat
from tests.system.test_accessibility import NO_POLICY, PHONE, violations


@pytest.fixture
def root(meet: Callable[[str], Person], documents: Documents) -> Person:
    person = meet("Root")
    make(documents, person, "administrator")
    return person


def say(root: Person, bot_id: str, key: str, text: str) -> int:
    """What the server answers to a program with this key."""
    answer = requests.post(
        f"{root.url}/api/bots/{bot_id}/messages",
        json={"room_id": root.lobby(), "body": text},
        headers={"Authorization": f"Bearer {key}"},
        timeout=PATIENCE,
    )
    return answer.status_code


def test_a_bot_is_made_writes_is_marked_gets_another_key_and_is_removed(
    root: Person, browse: Callable[..., Page], enter: Callable[..., Chat], meet: Callable[[str], Person]
) -> None:
    his, name = enter(meet("Bob")), f"Builds {root.id[-4:]}"
    page = browse(root.url, viewport=PHONE, **NO_POLICY)
    log_in(page.context, root)
    page.goto("/settings/bots")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Make a bot").click()
    heading, shown = page.get_by_role("heading", name=f"The key of {name}"), page.locator("#bot-key")
    expect(heading).to_be_focused()
    key = shown.input_value()
    expect(page.get_by_role("region", name="Example")).to_contain_text(key)
    assert violations(page) == []
    page.get_by_role("list", name="Bots").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    expect(shown).to_be_hidden()  # it was told once
    bot_id = page.url.rsplit("/", 1)[1]

    assert say(root, bot_id, key, f"{name}: 7 is green") == 201
    entry, bots = his.message(f"{name}: 7 is green"), his.page.get_by_role("region", name="Bots")
    expect(entry.locator(".bot-mark")).to_have_text("Bot")
    expect(entry).to_have_accessible_name(re.compile(f"^Bot {name},"))
    bots.get_by_role("button", name=name).click()
    profile = his.page.get_by_role("dialog", name=name)
    expect(profile.get_by_text("A program that writes here.")).to_be_visible()
    expect(profile.locator(".profile__role")).to_have_text("Bot")
    his.page.reload()  # and as the server draws it
    expect(entry.locator(".bot-mark")).to_be_visible()
    expect(bots.get_by_role("button", name=name)).to_be_visible()

    page.get_by_label("Name").fill(f"{name}!")
    page.get_by_role("button", name="Save name").click()
    expect(bots.get_by_role("button", name=f"{name}!")).to_be_visible()
    page.get_by_role("button", name="Make another key").click()
    assert violations(page) == []
    page.get_by_role("dialog").get_by_role("button", name="Make another key").click()
    expect(heading).to_be_visible()
    assert say(root, bot_id, key, "Too late") == 401
    assert say(root, bot_id, shown.input_value(), f"{name}: 8 is green") == 201
    expect(his.message(f"{name}: 8 is green")).to_be_visible()
    page.get_by_role("button", name="Remove this bot").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove it").click()
    page.wait_for_url("**/settings/bots")
    expect(page.get_by_role("link", name=name)).to_have_count(0)
    expect(bots.get_by_role("button", name=name)).to_have_count(0)
    expect(his.message(f"{name}: 8 is green")).to_be_visible()
