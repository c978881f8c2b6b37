"""No violation that axe-core can find, on any state of the pages, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.chat.search.find import settled
from tests.chat.stored import Documents
from tests.people import Person, Socket
from tests.server import ROOT, Server
from tests.system import pages
from tests.system.pages import Chat
from tests.system.watch import Watch

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
PHONE = {"width": 390, "height": 844}
NO_POLICY = {"bypass_csp": True}  # the pages' own would refuse axe


def violations(page: Page, *schemes: Literal["light", "dark"], within: str = "html") -> list[str]:
    """What axe-core finds in light and in dark, or in one of them, one line for each element."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    lines: list[str] = []
    for scheme in schemes or ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate("([within, rules]) => axe.run(within, rules)", [within, RULES])["violations"]
        lines += [f"{scheme}, {rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]
    return lines


@pytest.fixture
def ada(meet: Callable[[str], Person]) -> Person:
    return meet("Ada")


@pytest.fixture
def talk(
    enter: Callable[..., Chat],
    meet: Callable[[str], Person],
    online: Callable[..., Socket],
    den: Callable[..., str],
    ada: Person,
) -> Chat:
    """A room in which somebody was mentioned, a stand-in answered, and a message was refused."""
    zora = meet("Zora")
    path = den(ada, zora)
    hers = online(zora)
    hers.send(path.rpartition("/")[2], "@Ada I am off, see https://example.com/plan")
    hers.call("status:set", {"status": "busy", "note": "Writing"})
    chat = enter(ada, path, "Den", **NO_POLICY)
    chat.say_and_see("@Zora how is the demo?")
    expect(chat.messages.filter(has_text="Zora's stand-in (AI)")).to_have_count(1)
    chat.say("not \0 sent")
    expect(chat.unsent()).to_contain_text("Not sent.")
    return chat


def test_the_pages_for_accounts(standin: Server, browse: Callable[..., Page], watch: Watch) -> None:
    watch.allow("status of 40[14]")
    page = browse(standin.url, **NO_POLICY)
    page.goto("/users")
    assert violations(page) == []
    page.goto("/users/login")
    pages.log_in(page, "nobody@example.com", "not the password")
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []
    page.goto("/nowhere")
    assert violations(page) == []


def test_an_empty_room(enter: Callable[..., Chat], ada: Person, den: Callable[..., str]) -> None:
    chat = enter(ada, den(ada), "Den", **NO_POLICY)
    assert violations(chat.page) == []


def test_a_conversation_with_a_stand_in_and_a_message_that_was_not_sent(talk: Chat) -> None:
    assert violations(talk.page) == []
    talk.composer.fill("@Zo")
    expect(talk.page.get_by_role("listbox", name="Members to mention")).to_be_visible()
    assert violations(talk.page) == []


def test_the_status_dialog(enter: Callable[..., Chat], ada: Person) -> None:
    chat = enter(ada, **NO_POLICY)
    chat.status_button.click()
    chat.dialog.get_by_role("radio", name="Busy").check()
    chat.dialog.get_by_role("radio", name="Choose a time").check()
    assert violations(chat.page) == []


def test_the_sidebar_of_a_phone(
    enter: Callable[..., Chat],
    meet: Callable[[str], Person],
    online: Callable[..., Socket],
    ada: Person,
) -> None:
    online(meet("Zoe")).call("status:set", {"status": "away", "note": "Lunch"})
    chat = enter(ada, viewport=PHONE, **NO_POLICY)
    chat.page.get_by_role("button", name="Show rooms and people").click()
    expect(chat.people("Online").filter(has_text="Zoe").first).to_be_visible()
    assert violations(chat.page) == []


def test_the_search_has_no_violation(talk: Chat, ada: Person, documents: Documents) -> None:
    search, room = talk.page.get_by_role("button", name="Search", exact=True), talk.page.url.rpartition("/")[2]
    settled(documents, room)
    for size in (None, PHONE):
        if size:
            talk.page.set_viewport_size(size)
        search.click()
        field = talk.page.get_by_role("combobox", name="Search your rooms")
        assert violations(talk.page) == []
        field.fill("demo ")
        expect(talk.page.locator(".search-result").first).to_be_visible()
        talk.page.get_by_role("button", name="What was said around it").first.click()
        assert violations(talk.page) == []
        field.fill("demo from:")
        expect(talk.page.get_by_role("option").first).to_be_visible()
        assert violations(talk.page) == []
        field.press("Escape")
        field.fill("")
        talk.page.get_by_role("button", name="Close the panel").click()
