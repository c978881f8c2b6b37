"""The chat page as a person meets it: by roles and labels only."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.people import PASSWORD

LOST = "(Reconnecting…|Offline)"


class Chat:
    """One open room in one tab."""

    def __init__(self, page: Page, room: str = "Lobby") -> None:
        self.page = page
        self.log = page.get_by_role("log", name=f"Messages in {room}", exact=True)
        self.composer = page.get_by_role("textbox", name=f"Message to {room}", exact=True)
        self.messages = self.log.get_by_role("article")
        self.dialog = page.get_by_role("dialog", name="Your status")
        self.status_button = page.get_by_role("button", name="Set your status")

    def expect_connection(self, state: str) -> None:
        """`state` is the words or, as LOST is, a pattern of them."""
        said = re.compile(rf"^\s*{state}\s*$")
        expect(self.page.get_by_role("status").filter(has_text=said)).to_be_visible()

    def message(self, text: str) -> Locator:
        """The articles that hold this text; one, if all is well."""
        return self.messages.filter(has_text=text)

    def say(self, text: str) -> None:
        """Write and press Enter."""
        self.composer.fill(text)
        self.composer.press("Enter")

    def say_and_see(self, text: str) -> None:
        """The same, until the server has it."""
        self.say(text)
        expect(self.message(text)).to_have_count(1)
        expect(self.unsent(text)).to_have_count(0)

    def unsent(self, text: str = "") -> Locator:
        return self.log.locator(".entry[data-pending]").filter(has_text=text)

    def set_status(self, status: str, until: str | None = None, note: str | None = None) -> None:
        """Through the dialog."""
        self.status_button.click()
        self.dialog.get_by_role("radio", name=status).check()
        if until:
            self.dialog.get_by_role("radio", name=until).check()
        if note is not None:
            self.dialog.get_by_label("Note").fill(note)
        self.dialog.get_by_role("button", name="Save status").click()
        expect(self.dialog).to_be_hidden()

    def log_out(self) -> None:
        """Through the account's menu."""
        self.page.get_by_role("button", name="Account menu").click()
        self.page.get_by_role("button", name="Log out").click()

    def people(self, group: str) -> Locator:
        """Who is listed under Online or Offline."""
        return self.page.get_by_role("region", name=re.compile(f"^{group}")).get_by_role("listitem")

    def texts(self, *among: str) -> list[str]:
        """Those of these texts that are on the page, in its order, as often as they stand there."""
        found = self.messages.all_inner_texts()
        return [text for article in found for text in among if text in article]


def toast(page: Page) -> Locator:
    """What was said over the page last. It is hidden after three seconds, for which a busy machine may not look."""
    return page.locator("[data-controller=toast]").locator("[data-toast-target=text]")


def sign_up(page: Page, name: str, email: str, password: str = PASSWORD) -> None:
    """Fill the form in and send it. What comes then is for the caller to expect."""
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("E-mail", exact=True).fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Create account").click()


def log_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """The same at the login page."""
    page.get_by_label("E-mail", exact=True).fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log in").click()
