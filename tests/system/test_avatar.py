"""One's own picture: chosen in the page, seen by everyone at once."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.people import Person
from tests.system.pages import Chat
from tests.system.test_accessibility import NO_POLICY, violations
from tests.system.test_files import picture
from tests.system.watch import Watch


def test_a_picture_is_chosen_and_seen_by_others_and_taken_away(
    enter: Callable[..., Chat], den: Callable[..., str], meet: Callable[[str], Person], watch: Watch
) -> None:
    watch.allow("status of 400")
    ada, bob = meet("Ada"), meet("Bob")
    path = den(ada, bob)
    hers, his = enter(ada, path, "Den", **NO_POLICY), enter(bob, path, "Den")
    hers.say_and_see("Hello")
    expect(his.message("Hello").locator(".avatar img")).to_have_count(0)
    hers.status_button.click()
    with hers.page.expect_file_chooser() as chooser:
        hers.dialog.get_by_role("button", name="Change picture").click()
    chooser.value.set_files([{"name": "me.png", "mimeType": "image/png", "buffer": picture()}])
    expect(hers.dialog).to_contain_text("This is your picture now.")
    expect(hers.dialog.get_by_role("button", name="Remove picture")).to_be_visible()
    assert violations(hers.page) == []
    shown = his.message("Hello").locator(".avatar img")
    expect(shown).to_have_js_property("naturalWidth", 256)
    his.page.reload()
    expect(his.message("Hello").locator(".avatar img")).to_have_js_property("naturalWidth", 256)
    with hers.page.expect_file_chooser() as chooser:
        hers.dialog.get_by_role("button", name="Change picture").click()
    chooser.value.set_files([{"name": "me.png", "mimeType": "image/png", "buffer": b"no picture"}])
    expect(hers.dialog).to_contain_text("This is no picture that can be read.")
    hers.dialog.get_by_role("button", name="Remove picture").click()
    expect(his.message("Hello").locator(".avatar img")).to_have_count(0)
