"""The interface in the reader's language: chosen in the settings, held everywhere, and nothing of it in another."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.people import PASSWORD, Person
from tests.system.conftest import log_in
from tests.system.pages import Chat
from tests.system.test_accessibility import NO_POLICY, violations
from tests.system.watch import Watch

OVERFLOWING = """() => [...document.querySelectorAll("button, a, label, h1, h2, h3, legend")].filter((element) => {
  if (!element.checkVisibility() || element.closest(".visually-hidden, .skip-link")) return false;
  const { left, right, width } = element.getBoundingClientRect();
  return width > 2 && left < innerWidth && right > innerWidth + 1;
}).map((element) => element.textContent.trim())
  .concat(document.documentElement.scrollWidth > innerWidth ? ["the page"] : [])"""


def test_a_language_is_chosen_and_holds_over_reload_and_on_another_device(
    browse: Callable[..., Page], enter: Callable[..., Chat], den: Callable[..., str], meet: Callable[[str], Person]
) -> None:
    ada, bob = meet("Ada"), meet("Bob")
    path = den(ada, bob)
    page = browse(ada.url, **NO_POLICY)
    log_in(page.context, ada)
    page.goto("/settings/language")
    page.get_by_role("radio", name="Deutsch").check()
    page.get_by_role("button", name="Save language").click()
    expect(page.get_by_role("heading", level=1, name="Sprache")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("radio", name="Deutsch")).to_be_checked()
    assert violations(page) == []

    # What scripts say, how times and numbers are written, and what the server refuses.
    page.goto(path)
    expect(page.get_by_text("Verbunden", exact=True)).to_be_attached()
    expect(page.get_by_text("2 Mitglieder", exact=True)).to_be_visible()
    enter(bob, path, "Den").say("Hello")
    expect(page.get_by_text("Hello", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="Heute")).to_be_visible()
    time = page.locator(".message__time").last
    expect(time).not_to_have_text("")
    assert not {"AM", "PM"} & set(time.inner_text().split())
    page.get_by_role("button", name="Deinen Status setzen").click()
    page.get_by_role("radio", name="Beschäftigt").check(force=True)
    page.get_by_role("button", name="Status speichern").click()
    expect(page.get_by_text("Beschäftigt bis").first).to_be_visible()
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(OVERFLOWING) == []

    other = browse(ada.url, locale="fr-FR")
    log_in(other.context, ada)
    other.goto(path)
    expect(other.locator("html")).to_have_attribute("lang", "de")
    expect(other.get_by_text("2 Mitglieder", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("locale", "language", "heading", "button", "refusal"),
    [
        ("de-AT", "de", "Willkommen zurück", "Anmelden", "E-Mail-Adresse und Passwort passen zu keinem Konto."),
        ("fr-CA", "fr", "Bon retour", "Se connecter", "ne correspondent à aucun compte"),
    ],
    ids=["german", "french"],
)
def test_the_login_comes_in_the_language_of_the_browser(
    browse: Callable[..., Page],
    meet: Callable[[str], Person],
    watch: Watch,
    locale: str,
    language: str,
    heading: str,
    button: str,
    refusal: str,
) -> None:
    watch.allow("status of 401")
    page = browse(meet("Ada").url, locale=locale, **NO_POLICY)
    page.goto("/users/login")
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
    page.locator("#email").fill("nobody@example.com")
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_role("alert").filter(has_text=refusal)).to_be_visible()
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(OVERFLOWING) == []
