"""An answer that would have the reader's browser ask somebody: the page shows it, and asks nobody."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.chat.busy import set_status, set_up
from tests.people import Person
from tests.system.pages import Chat
from tests.system.watch import Watch


def test_a_page_that_shows_what_a_model_wrote_asks_nobody_for_it(
    meet: Callable[[str], Person], den: Callable[..., str], enter: Callable[..., Chat], watch: Watch
) -> None:
    owner, asker = meet("Quentin"), meet("Rosa")
    set_up(owner)
    busy = owner.connect()
    set_status(busy, "busy")
    chat = enter(asker, den(owner, asker), "Den")
    chat.say("Send me a beacon")
    answer = chat.message("A heron stands here")
    expect(answer).to_have_count(1)
    expect(answer.locator(".message__body").locator("a, img, iframe, link, video, audio, object, embed")).to_have_count(
        0
    )
    expect(answer).not_to_contain_text("evil.example")
    assert watch.strangers() == set()
    assert not [each.url for each in watch.requests if "evil.example" in each.url]
    busy.close()
