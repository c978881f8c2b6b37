"""One's stand-in, as its owner and those who write to them meet it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.ai_provider import Provider
from tests.people import Person, Socket
from tests.system.pages import Chat
from tests.system.test_accessibility import NO_POLICY, PHONE, violations

Enter = Callable[..., Chat]
Meet = Callable[[str], Person]
Den = Callable[..., str]


class StandIn:
    """What the chat page has for one's stand-in, by roles and labels."""

    def __init__(self, chat: Chat) -> None:
        self.chat, self.page = chat, chat.page
        self.settings = self.page.get_by_role("dialog", name=re.compile("^(Set up your stand-in|Stand-in settings)$"))
        self.leave = self.page.get_by_role("button", name=re.compile("^Just leave it for"))

    def mode(self, name: str) -> Locator:
        """In the status dialog."""
        return self.chat.dialog.get_by_role("radio", name=name, exact=True)


def preferences(owner: Person) -> dict[str, Any]:
    found: dict[str, Any] = owner.get("/api/stand-in").json()
    return found


def set_up(owner: Person, **more: Any) -> None:
    values = {"mode": "answer", "notes": "The plan is in the wiki.", **more}
    assert owner.write("PUT", "/api/stand-in", json=values).status_code == 200


@pytest.fixture
def ada(meet: Meet) -> Person:
    return meet("Ada")


def test_going_busy_leads_through_the_set_up_of_a_stand_in_by_keyboard_and_back(
    enter: Enter, meet: Meet, ada: Person
) -> None:
    ulla = meet("Ulla Underhill")
    hers = StandIn(enter(ada, **NO_POLICY))
    keys = hers.page.keyboard
    hers.chat.status_button.press("Enter")
    hers.chat.dialog.get_by_role("radio", name="Busy").press("Space")
    expect(hers.chat.dialog).to_contain_text("one line that you are away")
    hers.mode("Draft for me").press("Space")
    expect(hers.chat.dialog).to_contain_text("First you tell it what it may say")
    assert violations(hers.page) == []
    hers.chat.dialog.get_by_role("button", name="Save status").press("Enter")
    expect(hers.settings.get_by_role("textbox", name="What it may say")).to_be_focused()
    keys.press("Escape")
    expect(hers.settings).to_be_hidden()
    assert preferences(ada)["is_set_up"] is False

    hers.chat.dialog.get_by_role("button", name="Save status").press("Enter")
    expect(hers.settings).to_be_visible()
    keys.type("The key is with Ulla.")
    hers.settings.get_by_role("radio", name="Only these").press("Space")
    hers.settings.get_by_role("button", name="Set it up").press("Enter")
    expect(hers.settings.get_by_role("alert")).to_contain_text("Choose at least one person")
    hers.settings.get_by_role("searchbox", name="People").press_sequentially("ulla under")
    keys.press("Enter")
    assert violations(hers.page) == []
    hers.settings.get_by_role("radio", name="Never").press("Space")
    hers.settings.get_by_role("button", name="Set it up").press("Enter")
    expect(hers.chat.dialog).to_be_hidden()
    expect(hers.chat.status_button).to_contain_text("Busy until")
    chosen = preferences(ada)
    assert (chosen["mode"], chosen["notes"], chosen["rooms"]) == ("draft", "The key is with Ulla.", "never")
    assert chosen["direct"] == {"allow": "only", "user_ids": [ulla.id]}

    hers.chat.status_button.click()
    expect(hers.mode("Draft for me")).to_be_checked()
    hers.mode("Answer").check()
    hers.chat.dialog.get_by_role("button", name="Save status").click()
    expect(hers.chat.dialog).to_be_hidden()
    assert preferences(ada) == {**chosen, "mode": "answer"}


def test_a_message_is_just_left_for_somebody_busy_by_keyboard(
    enter: Enter, meet: Meet, online: Callable[..., Socket], den: Den, ada: Person, provider: Provider
) -> None:
    yara = meet("Yara")
    set_up(yara)
    online(yara).call("status:set", {"status": "busy", "note": "Writing"})
    path = den(ada, yara)
    his = StandIn(enter(ada, path, "Den", viewport=PHONE, **NO_POLICY))
    his.chat.composer.fill("@Yara a surprise party for Zed")
    expect(his.page.get_by_text(re.compile("Yara is busy until .*; their stand-in may answer"))).to_be_visible()
    his.leave.press("Enter")
    expect(his.leave).to_have_attribute("aria-pressed", "true")
    expect(his.page.get_by_text(re.compile("Yara is busy until .*; it waits for them"))).to_be_visible()
    assert violations(his.page) == []
    his.chat.composer.press("Enter")
    if his.chat.composer.input_value():  # on touch only the button sends
        his.page.get_by_role("button", name="Send", exact=True).click()
    expect(his.chat.message("a surprise party")).to_have_count(1)
    expect(his.chat.unsent()).to_have_count(0)
    # What is asked next is answered, and by then the first would have been.
    his.chat.say_and_see("@Yara where is the plan?")
    expect(his.chat.message("Yara's stand-in (AI)")).to_have_count(1)
    assert provider.requests_about("where is the plan?") != []
    digest = yara.get("/api/stand-in/digest").json()
    assert [need["reason"] for need in digest["needs_you"] if "surprise" in need["message"]["body"]] == ["left"]
