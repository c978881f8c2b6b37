"""What helps to write: the bar of formatting, what completes, what warns; and what is shown of links."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.chat.stored import add_room, open_database
from tests.chat.unfurl.site import Site, open_site
from tests.people import Person
from tests.server import Server
from tests.system.pages import Chat

Enter = Callable[..., Chat]
Meet = Callable[[str], Person]
Den = Callable[..., str]


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as running:
        yield running


def test_the_bar_formats_what_is_selected_and_takes_it_back(enter: Enter, meet: Meet, den: Den) -> None:
    ada = meet("Ada")
    chat = enter(ada, den(ada), "Den")
    chat.composer.fill("one two")
    chat.composer.press("ControlOrMeta+a")
    chat.composer.press("ControlOrMeta+b")
    expect(chat.composer).to_have_value("**one two**")
    chat.composer.press("ControlOrMeta+b")
    expect(chat.composer).to_have_value("one two")
    chat.page.get_by_role("button", name="Formatting").click()
    bar = chat.page.get_by_role("toolbar", name="Formatting")
    for button, value in (
        ("Italic (Ctrl+I)", "_one two_"),
        ("Struck through", "~~one two~~"),
        ("Code", "`one two`"),
        ("Quote", "> one two"),
        ("List", "- one two"),
        ("Block of code", "```\none two\n```"),
        ("Link (Ctrl+Alt+K)", "[one two](https://)"),
    ):
        chat.composer.fill("one two")
        chat.composer.press("ControlOrMeta+a")
        bar.get_by_role("button", name=button, exact=True).click()
        expect(chat.composer).to_have_value(value)
        expect(chat.composer).to_be_focused()


def test_with_the_bar_open_enter_begins_a_line_and_it_stays_open(enter: Enter, meet: Meet, den: Den) -> None:
    ada = meet("Ada")
    chat = enter(ada, den(ada), "Den")
    chat.page.get_by_role("button", name="Formatting").click()
    chat.composer.press_sequentially("one\ntwo")
    expect(chat.composer).to_have_value("one\ntwo")
    chat.composer.press("ControlOrMeta+Enter")
    expect(chat.message("one").locator(".message__body")).to_have_text("one\ntwo")
    chat.page.reload()
    chat.expect_connection("Connected")
    toggle = chat.page.get_by_role("button", name="Formatting")
    expect(toggle).to_have_attribute("aria-expanded", "true")
    toggle.click()
    expect(chat.page.get_by_role("toolbar", name="Formatting")).to_be_hidden()
    chat.say_and_see("three")


def test_a_colon_completes_emoji_and_a_number_sign_rooms(enter: Enter, meet: Meet, den: Den) -> None:
    ada = meet("Ada")
    path = den(ada)
    chat = enter(ada, path, "Den")
    chat.composer.press_sequentially("at 10:30 :tada")
    choices = chat.page.get_by_role("listbox", name="Emoji, rooms and commands")
    expect(choices.get_by_role("option").first).to_contain_text("party popper")
    chat.composer.press("Enter")
    expect(chat.composer).to_have_value("at 10:30 \N{PARTY POPPER} ")
    chat.composer.press_sequentially("#de")
    expect(choices.get_by_role("option")).to_contain_text("Den")
    chat.composer.press("Tab")
    expect(chat.composer).to_have_value(f"at 10:30 \N{PARTY POPPER} [#Den]({ada.url}{path}) ")
    chat.composer.press("Enter")
    link = chat.message("at 10:30").get_by_role("link", name="#Den")
    expect(link).to_have_attribute("href", f"{ada.url}{path}")
    expect(link).not_to_have_attribute("target", "_blank")
    chat.composer.press_sequentially(":ta")
    expect(choices).to_be_visible()
    chat.composer.press("Escape")
    expect(choices).to_be_hidden()
    expect(chat.composer).to_have_value(":ta")


def test_who_may_not_call_everyone_is_told_before(enter: Enter, meet: Meet, den: Den) -> None:
    ada = meet("Ada")
    meet("Second")
    bea = meet("Bea")
    chat = enter(bea, den(ada, bea), "Den")
    notice = chat.page.get_by_text("Only owners of the room and administrators can notify everyone.")
    chat.composer.fill("mail me @allison")
    expect(notice).to_be_hidden()
    chat.composer.fill("@all: cake")
    expect(notice).to_be_visible()


def test_a_link_shows_where_it_leads_and_its_author_takes_that_away(
    make_server: Callable[..., Server], site: Site, enter: Enter
) -> None:
    """The page asks nobody but Standin, which `watch` sees to."""
    server = make_server(STANDIN_UNFURL="on", STANDIN_UNFURL_ALLOW=f"127.0.0.1:{site.port}").start()
    ada, bea = Person(server.url, "Ada"), Person(server.url, "Bea")
    with open_database(server) as documents:
        path = f"/rooms/{add_room(documents, ada, bea)}"
    mine, theirs = enter(ada, path, "Den"), enter(bea, path, "Den")
    mine.say_and_see(f"Look {site.url}/page")
    for chat in (mine, theirs):
        for _ in ("live", "from the history"):
            card = chat.message("Look").locator(".preview")
            expect(card.get_by_role("link")).to_have_text("Cake <b> for all")
            expect(card.get_by_role("link")).to_have_attribute("href", f"{site.url}/page")
            expect(card).to_contain_text("It is a good cake.")
            chat.page.reload()
            chat.expect_connection("Connected")
    expect(theirs.page.get_by_role("button", name="Remove preview")).to_have_count(0)
    mine.page.get_by_role("button", name="Remove preview").click()
    for chat in (mine, theirs):
        expect(chat.message("Look").locator(".preview")).to_have_count(0)
    assert site.paths() == ["/page"]
