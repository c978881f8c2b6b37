"""The first minute on an empty database: an account, a name, an invite link, and somebody who follows it."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.people import PASSWORD
from tests.server import Server
from tests.system import pages
from tests.system.pages import Chat
from tests.system.test_accessibility import violations
from tests.system.test_frame import overflow

PHONE = {"viewport": {"width": 320, "height": 640}, "bypass_csp": True}


def test_from_an_empty_database_to_the_first_message_of_somebody_who_was_invited(
    make_server: Callable[..., Server], browse: Callable[..., Page]
) -> None:
    server = make_server().start()
    page = browse(server.url, bypass_csp=True)
    page.goto("/")
    page.get_by_role("link", name="Create an account").click()
    expect(page.get_by_role("heading", name="Make yourself at home")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("What your team is called").fill("The Analytical Engine Company")
    pages.sign_up(page, "Ada", "ada@example.com")
    chat = Chat(page)
    chat.expect_connection("Connected")
    first = chat.message("Welcome to The Analytical Engine Company")
    expect(first).to_have_count(1)
    expect(first).to_contain_text("Standin")
    expect(page.locator(".entry[data-mine]")).to_have_count(0)
    assert violations(page) == []
    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("dialog", name="Account").get_by_role("link", name="Invite people").click()
    page.get_by_role("radio", name="Who is invited").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_role("textbox", name="Invite link").input_value()
    code = page.get_by_role("img", name="The invite link as a QR code")
    expect(code).to_have_js_property("complete", True)
    assert code.evaluate("image => image.naturalWidth") > 100
    expect(page.get_by_text(re.compile("Good until .*day.*202"))).to_be_visible()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == link
    assert violations(page) == []
    page.set_viewport_size(PHONE["viewport"])  # type: ignore[arg-type]
    assert overflow(page) == []
    guest = browse(server.url, **PHONE)
    guest.goto("/users")
    expect(guest.get_by_role("heading", name="By invitation")).to_be_visible()
    guest.goto(link)
    expect(guest.get_by_role("heading", name="Join The Analytical Engine Company")).to_be_visible()
    assert overflow(guest) == []
    pages.sign_up(guest, "Grace", "grace@example.com")
    theirs = Chat(guest)
    theirs.expect_connection("Connected")
    theirs.composer.fill("Here I am")
    guest.get_by_role("button", name="Send").click()
    page.get_by_role("link", name="Back to the chat").click()
    expect(chat.message("Here I am")).to_have_count(1)


def test_what_is_stored_first_is_in_the_language_of_whoever_is_first_and_the_lobby_is_not_empty(
    make_server: Callable[..., Server], browse: Callable[..., Page]
) -> None:
    server = make_server().start()
    page = browse(server.url, locale="fr-FR", **PHONE)
    page.goto("/users")
    assert overflow(page) == []
    page.locator("#name").fill("Ada")
    page.locator("#email").fill("ada@example.com")
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Créer le compte").click()
    expect(page.get_by_role("heading", level=1, name="Accueil")).to_be_visible()
    welcome = page.get_by_role("log", name="Messages dans Accueil").get_by_role("article")
    expect(welcome).to_have_count(1)
    expect(welcome).to_contain_text("Bienvenue chez Standin")
    assert overflow(page) == []
