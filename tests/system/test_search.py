"""Searching in the page: by mouse and keyboard, from the field to the message in its room."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.chat.search.find import settled
from tests.chat.stored import Documents, add_room
from tests.people import Person
from tests.system.pages import Chat
from tests.system.watch import Watch

Meet = Callable[[str], Person]
Enter = Callable[..., Chat]


class Search:
    """The search in the panel."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.button = page.get_by_role("button", name="Search", exact=True)
        self.field = page.get_by_role("combobox", name="Search your rooms")
        self.results = page.get_by_role("region", name="Results").get_by_role("listitem")
        self.suggestions = page.get_by_role("listbox", name="Suggestions").get_by_role("option")

    def look_for(self, text: str) -> None:
        if not self.field.is_visible():
            self.button.click()
        self.field.fill(text)

    def marks(self) -> Locator:
        return self.results.locator("mark")

    def expect_state(self, text: str) -> None:
        expect(self.page.get_by_role("status").filter(has_text=re.compile(rf"^{re.escape(text)}$"))).to_be_visible()


@pytest.fixture
def spoken(meet: Meet, documents: Documents) -> tuple[Person, Person, str]:
    """Ada and Bob, and what they said in a room of theirs."""
    ada, bob = meet("Ada Search"), meet("Xenia Search")
    room = add_room(documents, ada, bob, name="Kitchen")
    a, b = ada.connect(), bob.connect()
    a.send(room, "I bake on Friday")
    b.send(room, "Then bring the \N{SHORTCAKE} crème brûlée, baker! https://example.org/cake")
    a.send(room, "No promises")
    for socket in (a, b):
        socket.close()
    settled(documents, room)
    return ada, bob, room


def test_a_result_shows_where_the_words_are_and_leads_to_the_message(
    spoken: tuple[Person, Person, str], enter: Enter
) -> None:
    ada, _, room = spoken
    chat = enter(ada)
    search = Search(chat.page)
    search.look_for("creme bak")
    expect(search.results).to_have_count(1)
    search.expect_state("1 message")
    expect(search.marks()).to_have_text(["crème", "baker"])
    expect(search.results).to_contain_text("Xenia Search in Kitchen")
    search.results.get_by_role("link").click()
    expect(chat.page).to_have_url(re.compile(rf"/rooms/{room}/messages/[0-9a-f]{{24}}$"))
    expect(Chat(chat.page, "Kitchen").message("crème brûlée")).to_be_visible()


def test_the_keyboard_is_enough(spoken: tuple[Person, Person, str], enter: Enter) -> None:
    ada, _, room = spoken
    page = enter(ada).page
    search = Search(page)
    page.keyboard.press("ControlOrMeta+Shift+F")
    expect(search.field).to_be_focused()
    page.keyboard.type("bak")
    expect(search.results).to_have_count(2)
    links = search.results.get_by_role("link")
    for index in (0, 1):
        page.keyboard.press("ArrowDown")
        expect(links.nth(index)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(search.field).to_be_focused()
    page.keyboard.press("Escape")
    expect(search.field).to_have_count(0)
    page.get_by_role("log").focus()
    page.keyboard.press("/")
    expect(search.field).to_be_focused()
    expect(search.field).to_have_value("bak")  # what was looked for is there again
    expect(search.results).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/rooms/{room}/messages/"))


def test_a_slash_in_a_message_is_a_slash(spoken: tuple[Person, Person, str], enter: Enter) -> None:
    chat = enter(spoken[0])
    chat.composer.focus()
    chat.page.keyboard.type("and/or")
    expect(chat.composer).to_have_value("and/or")
    expect(Search(chat.page).field).to_have_count(0)


def test_filters_are_offered_and_taken_by_keyboard(spoken: tuple[Person, Person, str], enter: Enter) -> None:
    page = enter(spoken[0]).page
    search = Search(page)
    search.look_for("bak")
    expect(search.results).to_have_count(2)
    page.get_by_role("button", name="From", exact=True).click()
    expect(search.suggestions.first).to_have_text(re.compile("^Me"))
    page.keyboard.type("xenz")
    page.keyboard.press("Backspace")
    expect(search.suggestions.filter(has_text="Xenia Search").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(search.field).to_have_value('bak from:"Xenia Search" ')
    page.get_by_role("button", name="In", exact=True).click()
    page.keyboard.type("kit")
    expect(search.suggestions).to_have_text(["Kitchen"])
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Has", exact=True).click()
    page.keyboard.press("Enter")
    expect(search.field).to_have_value('bak from:"Xenia Search" in:Kitchen has:link ')


def test_what_was_said_around_a_result_is_shown_on_demand(spoken: tuple[Person, Person, str], enter: Enter) -> None:
    page = enter(spoken[0]).page
    search = Search(page)
    search.look_for("brulee in:kitchen ")
    more = search.results.get_by_role("button", name="What was said around it")
    more.click()
    expect(search.results).to_contain_text("I bake on Friday")
    expect(search.results).to_contain_text("No promises")
    more.click()
    expect(search.results.get_by_text("I bake on Friday")).to_be_hidden()


def test_nothing_found_and_a_filter_that_makes_no_sense_say_what_to_do(
    spoken: tuple[Person, Person, str], enter: Enter, watch: Watch
) -> None:
    watch.allow("400")
    page = enter(spoken[0]).page
    search = Search(page)
    search.look_for("nonesuchword ")
    search.expect_state("Nothing found")
    expect(page.get_by_text("Try fewer words")).to_be_visible()
    search.look_for("has:money ")
    expect(page.get_by_role("alert").filter(has_text="write link, file, image, reaction or pin")).to_be_visible()
    page.get_by_role("button", name="Clear the search").click()
    expect(page.get_by_text("Everything said in your rooms")).to_be_visible()


def test_more_results_come_when_one_scrolls_and_the_best_first_if_wanted(
    meet: Meet, documents: Documents, enter: Enter
) -> None:
    ada = meet("Ada Pages")
    room = add_room(documents, ada, name="Pages")
    socket = ada.connect()
    socket.send(room, "lantern festival")
    for number in range(45):
        socket.send(room, f"festival of many words number {number} lantern")
    socket.close()
    settled(documents, room)
    page = enter(ada).page
    search = Search(page)
    search.look_for("lantern festival ")
    expect(search.results).to_have_count(20)
    search.expect_state("20+ messages")
    for count in (40, 46):
        search.results.last.scroll_into_view_if_needed()
        expect(search.results).to_have_count(count)
    page.get_by_text("Best", exact=True).click()
    expect(search.results.first.get_by_role("link")).to_contain_text("lantern festival")
