"""How the page looks: in the colours of the system, or in those that were chosen, from the first picture on."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.people import Person
from tests.server import wait_for
from tests.system.pages import Chat

LIGHT, DARK = "rgb(251, 248, 244)", "rgb(28, 25, 22)"
BAR = "() => [...document.querySelectorAll('meta[name=theme-color]')].find((meta) => matchMedia(meta.media).matches)"


def background(page: Page) -> str:
    found: str = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    return found


def bar(page: Page) -> str:
    """The colour that the browser is told for what it draws around the page."""
    found: str = page.evaluate(f"({BAR})().content")
    return found


MOVING = """() => [...document.querySelectorAll("*")].flatMap((element) => {
  const {transitionDuration, animationDuration} = getComputedStyle(element);
  return `${transitionDuration}, ${animationDuration}`.split(", ");
}).filter((duration) => parseFloat(duration) > 0.001).length"""


FADES = "addEventListener('pagereveal', ({viewTransition}) => (window.isFading = Boolean(viewTransition)))"


def test_nothing_moves_where_less_motion_is_asked_for(
    enter: Callable[..., Chat], meet: Callable[[str], Person]
) -> None:
    ada = meet("Ada")
    for motion, moves in (("no-preference", True), ("reduce", False)):
        page = enter(ada, reduced_motion=motion).page
        assert bool(page.evaluate(MOVING)) is moves
        page.add_init_script(FADES)
        if moves:  # on a busy machine Chromium may give up to fade once
            wait_for(lambda page=page: fades(page), "a page to fade in")  # type: ignore[misc]
        else:
            assert not fades(page)


def fades(page: Page) -> bool:
    """Whether the next page comes fading in."""
    goal = "/settings/appearance" if not page.url.endswith("/appearance") else "/settings/profile"
    page.evaluate("goal => location.assign(goal)", goal)
    page.wait_for_url(f"**{goal}")
    wait_for(lambda: page.evaluate("'isFading' in window"), "the page to be seen")
    return bool(page.evaluate("isFading"))


def test_the_theme_is_the_systems_until_one_is_chosen_which_holds_in_every_tab_and_on_every_page(
    enter: Callable[..., Chat], meet: Callable[[str], Person]
) -> None:
    chat = enter(meet("Ada"), color_scheme="dark")
    page = chat.page
    other = page.context.new_page()
    other.goto("/")
    assert (background(page), bar(page)) == (DARK, "#141210")
    page.get_by_role("button", name="Account menu").click()
    appearance = page.get_by_role("group", name="Appearance")
    expect(appearance.get_by_role("radio", name="System")).to_be_checked()
    appearance.get_by_role("radio", name="Light").check()
    for tab in (page, other):
        expect(tab.locator("html")).to_have_css("background-color", LIGHT)
        assert bar(tab) == "#f1ebe2"
    # Nothing has to run for it: the page comes in its colours.
    response = page.reload()
    assert response is not None
    assert 'data-theme="light"' in response.text()
    page.get_by_role("button", name="Account menu").click()
    appearance.get_by_role("radio", name="Light").press("ArrowLeft")
    expect(appearance.get_by_role("radio", name="System")).to_be_checked()
    expect(page.locator("html")).to_have_css("background-color", DARK)
    appearance.get_by_role("radio", name="System").press("ArrowLeft")
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).to_have_css("background-color", DARK)
    page.keyboard.press("Escape")
    other.close()
    chat.log_out()
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    expect(page.locator("html")).to_have_css("background-color", DARK)  # once the sheet is there
    assert bar(page) == "#141210"
