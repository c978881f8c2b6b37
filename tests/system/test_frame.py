"""What holds for every page: it fits a narrow screen, and its headers keep it to itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.people import Person, Socket
from tests.server import Server
from tests.system.pages import Chat

NARROW = {"viewport": {"width": 320, "height": 640}}


OVERFLOW = """() => [...document.querySelectorAll("body, body *")].filter((element) => {
  if (!element.checkVisibility({visibilityProperty: true})) return false;
  if (element.closest(".visually-hidden, [inert], .wide, .formatting")) return false;
  if (element.closest(".message-menu__quick, .emoji-picker__groups")) return false;
  const canScroll = ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
  const isCut = canScroll && element.scrollWidth > element.clientWidth + 1;
  return isCut || element.getBoundingClientRect().right > innerWidth + 1;
}).map((element) => element.outerHTML.slice(0, 120))"""


def overflow(page: Page) -> list[str]:
    """What can be scrolled sideways or stands out of the window."""
    found: list[str] = page.evaluate(OVERFLOW)
    return found


@pytest.mark.parametrize("path", ["/users", "/users/login"])
def test_the_account_pages_fit_320_pixels(path: str, standin: Server, browse: Callable[..., Page]) -> None:
    page = browse(standin.url, **NARROW)
    page.goto(path)
    assert overflow(page) == []


def test_a_conversation_of_long_words_fits_320_pixels(
    enter: Callable[..., Chat],
    meet: Callable[[str], Person],
    online: Callable[..., Socket],
    den: Callable[..., str],
) -> None:
    long_name = "Wolfeschlegelsteinhausenbergerdorff The Elder of Philadelphia"[:60]
    ada, guest = meet("Ada"), meet("Guest")
    assert guest.write("PATCH", "/users/me", json={"name": long_name}).status_code == 200
    path = den(ada, guest)
    theirs = online(guest)
    chat = enter(ada, path, "Den", **NARROW)
    theirs.send(path.rpartition("/")[2], f"{'x' * 200} https://example.com/{'y' * 200}")
    theirs.call("status:set", {"status": "busy", "note": "n" * 280})
    expect(chat.message("example.com")).to_have_count(1)
    chat.say(f"@{long_name} {'z' * 100}")
    expect(chat.messages.filter(has_text="stand-in (AI)")).to_have_count(1)
    chat.say("refused \0 for good")
    expect(chat.unsent()).to_contain_text("Not sent.")
    chat.composer.fill(f"@{long_name} again")
    expect(chat.page.get_by_role("status").filter(has_text="stand-in may answer")).to_be_visible()
    assert overflow(chat.page) == []
    chat.page.get_by_role("button", name="Show rooms and people").click()
    assert overflow(chat.page) == []
    chat.status_button.click()
    chat.dialog.get_by_role("radio", name="Busy").check()
    chat.dialog.get_by_role("radio", name="Choose a time").check()
    assert overflow(chat.page) == []


def test_nobody_is_kept_from_making_a_page_larger(standin: Server, browse: Callable[..., Page]) -> None:
    page = browse(standin.url)
    page.goto("/users/login")
    viewport = page.locator("meta[name=viewport]").get_attribute("content") or ""
    assert "width=device-width" in viewport
    assert "scal" not in viewport.replace("initial-scale=1", "")


@pytest.mark.parametrize("path", ["/", "/users/me/nothing"])
def test_every_page_comes_with_a_strict_policy(path: str, meet: Callable[[str], Person]) -> None:
    answer = meet("Ada").get(path, headers={"Accept": "text/html"})
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
