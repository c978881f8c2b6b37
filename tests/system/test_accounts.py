"""Accounts in the browser: refusals that help, coming back to where one was going, logins that last and end."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import jwt
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from config import load_settings
from tests.people import PASSWORD, Person
from tests.server import Server
from tests.system import pages
from tests.system.pages import LOST, Chat
from tests.system.watch import OFFLINE, Watch


@pytest.mark.parametrize("who", ["a stranger", "somebody with another password"])
def test_a_refused_login_shows_the_one_error_and_keeps_the_address(
    who: str, standin: Server, browse: Callable[..., Page], meet: Callable[[str], Person], watch: Watch
) -> None:
    watch.allow("status of 401")
    email = meet("Ada").email if who != "a stranger" else "nobody@example.com"
    page = browse(standin.url)
    page.goto("/users/login")
    pages.log_in(page, email, "not the password")
    expect(page.get_by_role("alert")).to_contain_text("do not match an account")
    expect(page.get_by_label("E-mail", exact=True)).to_have_value(email)
    expect(page.get_by_label("Password", exact=True)).to_have_value("")
    expect(page.get_by_label("Password", exact=True)).to_be_focused()


def test_an_address_that_is_taken_is_told_and_what_was_typed_stays(
    standin: Server, browse: Callable[..., Page], meet: Callable[[str], Person], watch: Watch
) -> None:
    watch.allow("status of 409")
    page = browse(standin.url)
    page.goto("/users")
    pages.sign_up(page, "Ada Two", meet("Ada").email.upper())
    expect(page.get_by_text("There is an account with this e-mail address already")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Ada Two")
    expect(page.get_by_label("Password", exact=True)).to_have_value("")


def test_somebody_without_a_login_is_led_to_it_and_back_to_where_they_were_going(
    standin: Server, browse: Callable[..., Page], meet: Callable[[str], Person]
) -> None:
    ada = meet("Ada")
    going = f"/rooms/{ada.lobby()}"
    page = browse(standin.url)
    page.goto(going)
    expect(page).to_have_url(re.compile("/users/login"))
    pages.log_in(page, ada.email)
    expect(page).to_have_url(f"{standin.url}{going}")
    Chat(page).expect_connection("Connected")


def test_logging_out_in_one_tab_ends_the_others(
    enter: Callable[..., Chat], meet: Callable[[str], Person], watch: Watch
) -> None:
    watch.allow("status of 401")
    here = enter(meet("Ada"))
    there = another_tab(here)
    here.log_out()
    for tab in (here, there):
        expect(tab.page).to_have_url(re.compile("/users/login"))
    there.page.goto("/")
    expect(there.page).to_have_url(re.compile("/users/login"))


def test_logging_out_asks_before_unsent_messages_are_lost(
    enter: Callable[..., Chat], meet: Callable[[str], Person], watch: Watch
) -> None:
    question = "One message was not sent. Log out and lose what was not sent?"
    watch.allow(re.escape(f"confirm: {question}"))
    chat = enter(meet("Ada"))
    chat.say("refused \0 for good")
    expect(chat.unsent()).to_contain_text("Not sent.")
    with chat.page.expect_event("dialog"):
        chat.log_out()
    assert watch.has_heard(question)
    expect(chat.unsent()).to_contain_text("Not sent.")
    chat.say_and_see("still logged in")


def test_a_login_that_is_revoked_elsewhere_leads_to_the_login_page_and_back(
    enter: Callable[..., Chat], meet: Callable[[str], Person], watch: Watch
) -> None:
    watch.allow("status of 401")
    ada = meet("Ada")
    here = f"/rooms/{ada.lobby()}"
    chat = enter(ada, here)
    chat.composer.fill("half a thought")
    [session] = ada.get("/users/me/sessions").json()["sessions"]
    assert ada.write("DELETE", f"/users/me/sessions/{session['id']}").status_code == 200
    expect(chat.page).to_have_url(re.compile("/users/login"))
    pages.log_in(chat.page, ada.email, PASSWORD)
    expect(chat.page).to_have_url(f"{ada.url}{here}")
    expect(chat.composer).to_have_value("half a thought")


@pytest.mark.parametrize("what", ["expired", "gone"])
def test_an_access_token_that_is_no_longer_good_is_renewed_without_a_word(
    what: str, enter: Callable[..., Chat], meet: Callable[[str], Person], standin: Server, watch: Watch
) -> None:
    watch.allow("status of 401", OFFLINE)
    chat = enter(meet("Ada"))
    age(chat.page.context, standin) if what == "expired" else chat.page.context.clear_cookies(
        name="access_token_cookie"
    )
    reconnect(chat)
    assert watch.answers("POST", "/users/refresh") == [200]
    chat.say_and_see(f"still here, {what}")
    age(chat.page.context, standin)
    chat.page.reload()
    chat.expect_connection("Connected")
    expect(chat.message(f"still here, {what}")).to_have_count(1)


def test_three_tabs_renew_the_login_once(
    enter: Callable[..., Chat], meet: Callable[[str], Person], standin: Server, watch: Watch
) -> None:
    watch.allow("status of 401", OFFLINE)
    ada = meet("Ada")
    tabs = [enter(ada)]
    tabs += [another_tab(tabs[0]), another_tab(tabs[0])]
    age(tabs[0].page.context, standin)
    reconnect(*tabs)
    assert watch.answers("POST", "/users/refresh") == [200]
    for number, tab in enumerate(tabs):
        tab.say_and_see(f"tab {number} of three")


def another_tab(chat: Chat) -> Chat:
    tab = Chat(chat.page.context.new_page())
    tab.page.goto("/")
    tab.expect_connection("Connected")
    return tab


def age(context: BrowserContext, server: Server) -> None:
    """Make the access token in a browser one whose time is over."""
    [cookie] = [each for each in context.cookies() if each["name"] == "access_token_cookie"]
    secret = load_settings(instance=server.instance).jwt_secret_key
    claims = jwt.decode(cookie["value"], options={"verify_signature": False})
    an_hour_ago = int(time.time()) - 3_600
    claims |= {"iat": an_hour_ago - 900, "nbf": an_hour_ago - 900, "exp": an_hour_ago}
    cookie["value"] = jwt.encode(claims, secret, "HS256")
    context.add_cookies([cookie])  # type: ignore[list-item]


def reconnect(*tabs: Chat) -> None:
    """Take the network away from a browser and give it back."""
    context = tabs[0].page.context
    context.set_offline(True)
    for tab in tabs:
        tab.expect_connection(LOST)
    context.set_offline(False)
    for tab in tabs:
        tab.expect_connection("Connected")
