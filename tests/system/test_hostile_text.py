"""What people type is text wherever it is shown: no markup, no script, no complaint of the browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.people import Person
from tests.system.pages import Chat

NAMES = ["<img src=x onerror=alert(1)>", "\"'></script><svg onload=alert(1)>"]
BODY = "</textarea><script>alert(1)</script> <b>{{ 7 * 7 }}</b>${7*7} javascript:alert(1)"


@pytest.mark.parametrize("name", NAMES)
def test_markup_in_names_notes_and_messages_is_shown_as_text(
    name: str, enter: Callable[..., Chat], meet: Callable[[str], Person], den: Callable[..., str]
) -> None:
    writer, reader = meet("Mallory"), meet("Reader")
    assert writer.write("PATCH", "/users/me", json={"name": name}).status_code == 200
    path = den(writer, reader)
    theirs, mine = (enter(person, path, "Den") for person in (writer, reader))
    theirs.set_status("Busy", until="30 minutes", note=name)
    theirs.say_and_see(BODY)

    for _ in ("as it came", "from the history"):
        expect(mine.message(BODY).locator(".message__body")).to_have_text(BODY)
        expect(mine.message(BODY).get_by_text(name, exact=True)).to_have_count(1)
        expect(mine.people("Online").filter(has_text=name)).to_contain_text(f"· {name}")
        mine.composer.fill(f"@{name} hello")
        notice = mine.page.get_by_role("status").filter(has_text=f"{name} is busy until")
        expect(notice).to_contain_text(f"“{name}”")
        ours = ".quote, [data-slot=forwardedFrom]"
        expect(mine.messages.locator(f"img, script, svg:not(.icon), b, a:not({ours})")).to_have_count(0)
        mine.page.reload()
        mine.expect_connection("Connected")


def test_only_web_addresses_become_links_and_they_give_nothing_away(
    enter: Callable[..., Chat], meet: Callable[[str], Person], den: Callable[..., str]
) -> None:
    ada = meet("Ada")
    chat = enter(ada, den(ada), "Den")
    chat.say_and_see("https://example.com/a?b=1, javascript:alert(1) data:text/html,x <a href=//x>y</a>")
    link = chat.message("example.com").get_by_role("link")
    expect(link).to_have_count(1)
    expect(link).to_have_attribute("href", "https://example.com/a?b=1")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow ugc")
