"""Without a mouse: every step of the main job by keyboard, and what Enter means where."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.people import PASSWORD, Person
from tests.server import Server
from tests.system.pages import Chat


def test_the_whole_job_by_keyboard_alone(standin: Server, browse: Callable[..., Page]) -> None:
    page = browse(standin.url)
    keyboard = page.keyboard
    page.goto("/users")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    keyboard.type("Viktor")
    tab_to(page.get_by_label("E-mail", exact=True))
    keyboard.type(f"viktor.{uuid.uuid4().hex[:8]}@example.com")
    tab_to(page.get_by_label("Password", exact=True))
    keyboard.type(PASSWORD)
    keyboard.press("Enter")

    chat = Chat(page)
    chat.expect_connection("Connected")
    expect(chat.composer).to_be_focused()
    keyboard.type("by keyboard")
    keyboard.press("Enter")
    expect(chat.message("by keyboard")).to_have_count(1)
    expect(chat.composer).to_be_focused()
    expect(chat.composer).to_have_value("")

    expect(chat.unsent()).to_have_count(0)
    keyboard.press("Shift+ArrowUp")
    expect(page.get_by_text("Replying to Viktor")).to_be_visible()
    keyboard.type("and answered by keyboard")
    keyboard.press("Enter")
    answer = chat.message("and answered by keyboard")
    expect(answer).to_contain_text("In reply to")
    expect(chat.unsent()).to_have_count(0)
    keyboard.press("Control+Shift+Backslash")
    expect(page.locator("#emoji-picker input").first).to_be_focused()  # it comes when it is first opened
    keyboard.type("seedling")
    expect(page.get_by_role("button", name="seedling", exact=True)).to_be_visible()
    keyboard.press("Enter")
    expect(answer.get_by_role("button", name=re.compile("🌱"))).to_be_visible()
    keyboard.press("Control+Shift+f")
    expect(page.get_by_role("combobox", name="Search your rooms")).to_be_focused()
    keyboard.type("answered from:Viktor")
    found = page.locator(".search-result")
    expect(found.first).to_contain_text("and answered by keyboard")
    keyboard.press("Escape")
    keyboard.press("Control+k")
    keyboard.type("lobb")
    expect(page.get_by_role("option", name="Lobby")).to_have_attribute("aria-selected", "true")
    keyboard.press("Enter")
    chat.expect_connection("Connected")
    expect(chat.composer).to_be_focused()

    tab_to(chat.status_button, backwards=True)
    keyboard.press("Enter")
    expect(chat.dialog.get_by_role("radio", name="Available")).to_be_focused()
    keyboard.press("ArrowDown")
    keyboard.press("ArrowDown")
    expect(chat.dialog.get_by_role("radio", name="Busy")).to_be_checked()
    tab_to(chat.dialog.get_by_label("Note"))
    keyboard.type("Heads down")
    keyboard.press("Enter")
    expect(chat.dialog).to_be_hidden()
    expect(chat.status_button).to_be_focused()
    expect(chat.status_button).to_contain_text("Busy until")

    tab_to(page.get_by_role("button", name="Account menu"))
    keyboard.press("Enter")
    tab_to(page.get_by_role("button", name="Log out"))
    keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/users/login"))


def test_the_skip_link_is_first_and_leads_to_the_message_field(
    enter: Callable[..., Chat], meet: Callable[[str], Person]
) -> None:
    chat = enter(meet("Ada"))
    skip = chat.page.get_by_role("link", name="Skip to the message field")
    tab_to(skip, backwards=True)
    expect(skip).to_be_in_viewport()
    chat.page.keyboard.press("Enter")
    expect(chat.composer).to_be_focused()


def test_shift_and_enter_start_a_line(enter: Callable[..., Chat], meet: Callable[[str], Person]) -> None:
    chat = enter(meet("Ada"))
    chat.page.keyboard.type("first line")
    chat.page.keyboard.press("Shift+Enter")
    chat.page.keyboard.type("second line")
    expect(chat.composer).to_have_value("first line\nsecond line")
    chat.page.keyboard.press("Enter")
    expect(chat.message("first line")).to_contain_text("second line", use_inner_text=True)
    expect(chat.composer).to_have_value("")


def test_enter_that_ends_a_word_in_an_input_method_does_not_send(
    enter: Callable[..., Chat], meet: Callable[[str], Person]
) -> None:
    chat = enter(meet("Ada"))
    devtools = chat.page.context.new_cdp_session(chat.page)
    enter_of_a_method = {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    devtools.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    devtools.send("Input.dispatchKeyEvent", enter_of_a_method)
    devtools.send("Input.insertText", {"text": "日本"})
    # Some browsers end the composition first and tell of the key afterwards.
    devtools.send("Input.dispatchKeyEvent", enter_of_a_method)
    expect(chat.composer).to_have_value("日本")
    expect(chat.messages.filter(has_text=re.compile("日本|にほん"))).to_have_count(0)
    chat.page.keyboard.press("Enter")
    expect(chat.message("日本")).to_have_count(1)


def test_a_mention_is_completed_by_keyboard(enter: Callable[..., Chat], meet: Callable[[str], Person]) -> None:
    meet("Quanda Zeller")
    meet("Quander Zeller")
    chat = enter(meet("Ada"))
    members = chat.page.get_by_role("listbox", name="Members to mention")
    chat.page.keyboard.type("Hello @quan")
    expect(members.get_by_role("option")).to_have_count(2)
    expect(members.get_by_role("option", name="Quanda Zeller")).to_have_attribute("aria-selected", "true")
    expect(chat.page.get_by_role("status").filter(has_text="2 members to mention")).to_have_count(1)
    chat.page.keyboard.press("ArrowDown")
    expect(members.get_by_role("option", name="Quander Zeller")).to_have_attribute("aria-selected", "true")
    chat.page.keyboard.press("ArrowDown")
    chat.page.keyboard.press("Enter")
    expect(chat.composer).to_have_value("Hello @Quanda Zeller ")
    expect(members).to_be_hidden()
    chat.page.keyboard.type("and @quand")
    chat.page.keyboard.press("Escape")
    expect(members).to_be_hidden()
    chat.page.keyboard.type("er")
    chat.page.keyboard.press("Tab")
    expect(chat.composer).to_have_value("Hello @Quanda Zeller and @Quander Zeller ")
    expect(chat.composer).to_be_focused()


def test_escape_closes_the_dialog_and_gives_the_focus_back(
    enter: Callable[..., Chat], meet: Callable[[str], Person]
) -> None:
    chat = enter(meet("Ada"))
    chat.status_button.press("Enter")
    expect(chat.dialog).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(chat.dialog).to_be_hidden()
    expect(chat.status_button).to_be_focused()


def test_escape_closes_the_sidebar_of_a_phone_and_gives_the_focus_back(
    enter: Callable[..., Chat], meet: Callable[[str], Person]
) -> None:
    chat = enter(meet("Ada"), viewport={"width": 390, "height": 844})
    sidebar = chat.page.get_by_role("complementary", name="Rooms and people")
    opener = chat.page.get_by_role("button", name="Show rooms and people")
    expect(sidebar).to_be_hidden()
    opener.press("Enter")
    expect(sidebar).to_be_visible()
    expect(chat.page.get_by_role("button", name="Close rooms and people")).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(sidebar).to_be_hidden()
    expect(opener).to_be_focused()


def test_f6_goes_through_the_regions(enter: Callable[..., Chat], meet: Callable[[str], Person]) -> None:
    chat = enter(meet("Ada"))
    expect(chat.composer).to_be_focused()
    chat.page.keyboard.press("F6")
    expect(chat.page.get_by_role("link", name="Lobby")).to_be_focused()
    chat.page.keyboard.press("Shift+F6")
    expect(chat.composer).to_be_focused()
    chat.page.keyboard.press("Shift+F6")
    expect(chat.log).to_be_focused()


def test_on_touch_enter_starts_a_line_and_the_button_sends(
    enter: Callable[..., Chat], meet: Callable[[str], Person]
) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    chat = enter(meet("Ada"), **phone)
    expect(chat.composer).not_to_be_focused()
    chat.composer.tap()
    chat.page.keyboard.type("thumbs")
    chat.page.keyboard.press("Enter")
    chat.page.keyboard.type("up")
    expect(chat.composer).to_have_value("thumbs\nup")
    chat.page.get_by_role("button", name="Send").tap()
    expect(chat.message("thumbs")).to_have_count(1)
    expect(chat.composer).to_have_value("")


def tab_to(wanted: Locator, *, backwards: bool = False) -> None:
    """Press Tab until the focus is there, past all people and rooms whom other tests have left in the sidebar."""
    for _ in range(200):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        wanted.page.keyboard.press("Shift+Tab" if backwards else "Tab")
    raise AssertionError(f"{wanted} cannot be reached with Tab")
