"""Every state of the page on a small screen and magnified, in each language: nothing stands out of the window, all that
can be used can be reached, by a finger too, and axe-core finds nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest
from playwright.sync_api import Page

from tests.chat.search.find import settled
from tests.chat.stored import Documents
from tests.people import Person, Socket
from tests.system import tour
from tests.system.conftest import log_in
from tests.system.test_accessibility import NO_POLICY, violations
from tests.system.test_frame import overflow

ZOOMED: dict[str, Any] = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}
"""A window of 1280 by 800 at 200 %: half as many pixels, each twice as large."""
SMALL: dict[str, Any] = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}

BOXES = "dialog:modal, :popover-open, .mention-list:not([hidden]), .send-later:not([hidden])"
PARTS = f"{BOXES}, #panel:not([hidden])"

FAULTS = """async ([isTouched, boxes]) => {
  await Promise.allSettled(document.getAnimations().map((each) => each.finished));
  const top = [...document.querySelectorAll(boxes)].at(-1);
  const unused = "[inert], .visually-hidden, .skip-link, [aria-hidden=true], :disabled";
  const isUsable = (one) => {
    if (!one.checkVisibility({visibilityProperty: true, opacityProperty: true}) || one.closest(unused)) return false;
    return (!top || top.contains(one)) && one.getBoundingClientRect().width > 2;
  };
  const all = (kinds) => [...document.querySelectorAll(kinds)].filter(isUsable);
  const isHit = (one, x, y) => {
    const hit = document.elementFromPoint(x, y);
    const those = [hit, hit?.closest("label"), hit?.closest("a, button")];
    return those.some((it) => it && (one.contains(it) || it.contains(one)));
  };
  const middle = (from, to, most) => (Math.max(from, 0) + Math.min(to, most)) / 2;
  const isReached = (one) => ["nearest", "center"].some((block) => {
    one.scrollIntoView({block, inline: "nearest", behavior: "instant"});
    return [...one.getClientRects()].some(({left, right, top: above, bottom}) =>
      isHit(one, middle(left, right, innerWidth), middle(above, bottom, innerHeight)));
  });
  const isSmall = (one) => {
    one.scrollIntoView({block: "center", inline: "center", behavior: "instant"});
    const {left, top: above, width, height} = one.getBoundingClientRect();
    const [x, y, far] = [left + width / 2, above + height / 2, 21.5];
    if (width < 43.5 && !(isHit(one, x - far, y) && isHit(one, x + far, y))) return true;
    return height < 43.5 && !(isHit(one, x, y - far) && isHit(one, x, y + far));
  };
  const told = (what) => (one) => `${what}: ${one.outerHTML.replace(/\\s+/g, " ").slice(0, 160)}`;
  const buttons = "button, summary, select, .field__input, .button, .room-link, .pill, .choice";
  const controls = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  const isInSight = ({top: above, bottom}) => above >= 0 && bottom <= innerHeight;
  const field = document.querySelector("#body");
  const isLost = !top && field && isUsable(field) && !isInSight(field.getBoundingClientRect());
  return [
    ...(isLost ? ["out of sight: the message field"] : []),
    ...all(controls).filter((one) => !isReached(one)).map(told("cannot be reached")),
    ...(isTouched ? all(buttons).filter(isSmall).map(told("too small for a finger")) : []),
  ];
}"""


@pytest.fixture
def furnished(meet: Callable[[str], Person], online: Callable[..., Socket], documents: Documents) -> tuple[Person, str]:
    ada, bob = meet("Ada Tour"), meet("Wolfeschlegelsteinhausen the Elder of Philadelphia")
    room_id = tour.furnish(ada, bob, online(ada), online(bob))
    settled(documents, room_id)
    return ada, f"/rooms/{room_id}"


@pytest.mark.parametrize(("locale", "screen"), [("de-DE", SMALL), ("fr-FR", ZOOMED)], ids=["small", "zoomed"])
def test_in_every_state_all_is_in_the_window_or_can_be_brought_there(
    locale: str, screen: dict[str, Any], furnished: tuple[Person, str], browse: Callable[..., Page]
) -> None:
    ada, path = furnished
    page = browse(ada.url, locale=locale, **screen, **NO_POLICY)
    scheme: Literal["light", "dark"] = "light" if "has_touch" in screen else "dark"
    found = {}
    for door in ("/users/login", "/users"):
        page.goto(door)
        found[door] = faults(page, is_touched="has_touch" in screen)
    log_in(page.context, ada)
    tour.enter(page, path)
    for name in tour.STATES:
        tour.show(page, name)
        found[name] = faults(page, is_touched="has_touch" in screen)
        # What is behind a box or beside the panel is as it was in the first state.
        texts = page.evaluate("parts => [...document.querySelectorAll(parts)].map((part) => part.innerText)", PARTS)
        found[name] += violations(page, scheme, within=PARTS if texts else "html")
        if name != "sight":  # which shows what an AI is given, word for word
            found[name] += [f"signs of Markdown: {text}" for text in texts if "**" in text]
        tour.close(page)
    for section in tour.SETTINGS:
        page.goto(f"/settings/{section}")
        found[section] = faults(page, is_touched="has_touch" in screen)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def faults(page: Page, *, is_touched: bool) -> list[str]:
    """What stands out of the window, cannot be brought into it, or is too small for a finger."""
    found: list[str] = page.evaluate(FAULTS, [is_touched, BOXES])
    return [f"stands out: {each}" for each in overflow(page)] + found
