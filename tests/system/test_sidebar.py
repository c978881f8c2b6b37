"""The sidebar as its reader arranges it: order by mouse, finger, keys and buttons, folded sections, all of it kept."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.chat.stored import Documents, add_room
from tests.people import Person, Socket
from tests.system.pages import Chat, toast

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
COUNTED_BEFORE = """(id) => {
  const room = {id, seq: 0, last_read_seq: 0, mention_count: 0, involvement: "everything"};
  document.dispatchEvent(new CustomEvent("chat:advanced", {detail: {rooms: [room]}}));
}"""
"""What the page hears when somebody spoke while the server counted: its numbers come after the message."""
NAMES = ["Lobby", "Anvil", "Bellows", "Crucible"]


def expect_order(page: Page, *names: str) -> None:
    names_shown = page.get_by_role("navigation", name="Rooms").get_by_role("link").locator("[data-slot=name]")
    expect(names_shown).to_have_text([*names], use_inner_text=True)  # beside it the Lobby may count what others wrote


def test_rooms_stand_as_their_reader_put_them_with_unread_ones_first(
    enter: Callable[..., Chat],
    meet: Callable[[str], Person],
    online: Callable[..., Socket],
    documents: Documents,
) -> None:
    ida, smith = meet("Ida Sidebar"), meet("Smith")
    rooms = {name: add_room(documents, ida, smith, name=name) for name in NAMES[1:]}
    page = enter(ida).page
    expect_order(page, *NAMES)
    link = page.get_by_role("navigation", name="Rooms").get_by_role("link", name="Crucible")
    link.drag_to(page.get_by_role("link", name="Anvil"), target_position={"x": 40, "y": 4})
    expect_order(page, "Lobby", "Crucible", "Anvil", "Bellows")
    with page.expect_response("**/api/sidebar") as told:
        page.get_by_role("link", name="Bellows").focus()
        page.keyboard.press("Control+Shift+ArrowUp")
        expect(page.get_by_role("status").filter(has_text="Bellows is room 3 of 4")).to_have_count(1)
        expect(page.get_by_role("link", name="Bellows")).to_be_focused()
    assert told.value.ok
    page.reload()
    expect_order(page, "Lobby", "Crucible", "Bellows", "Anvil")
    online(smith).send(rooms["Anvil"], "@Ida Sidebar the iron is hot")
    unread = page.get_by_role("link", name="Anvil")
    expect(unread).to_contain_text("@ 1")
    page.evaluate(COUNTED_BEFORE, rooms["Anvil"])
    expect(unread).to_contain_text("@ 1")
    expect(page.get_by_role("navigation", name="Rooms").get_by_role("link").first).to_contain_text("Anvil")
    with page.expect_response("**/api/sidebar"):
        page.get_by_role("button", name="Rooms", exact=True).click()
    # A folded section still shows what is unread, and where one is.
    expect(unread).to_be_visible()
    expect(page.get_by_role("link", name="Lobby")).to_be_visible()
    expect(page.get_by_role("link", name="Crucible")).to_be_hidden()
    page.reload()
    expect(page.get_by_role("button", name="Rooms", exact=True)).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("link", name="Crucible")).to_be_hidden()
    page.get_by_role("button", name="Rooms", exact=True).press("Enter")
    expect(page.get_by_role("link", name="Crucible")).to_be_visible()


def test_on_a_phone_a_finger_that_holds_a_room_moves_it_and_buttons_do_too(
    enter: Callable[..., Chat], meet: Callable[[str], Person], documents: Documents
) -> None:
    ida = meet("Ida Thumb")
    rooms = {name: add_room(documents, ida, name=name) for name in NAMES[1:]}
    page = enter(ida, f"/rooms/{rooms['Anvil']}", "Anvil", **PHONE).page
    page.get_by_role("button", name="Show rooms and people").tap()
    lifted, finger = page.locator("[data-dragged]"), Finger(page)
    finger.hold(page.get_by_role("link", name="Crucible"))
    expect(lifted).to_have_count(1)
    finger.drag(page.get_by_role("link", name="Anvil"))
    expect(page.locator("[data-drop=before]")).to_have_count(1)
    with page.expect_response("**/api/sidebar"):
        finger.let_go()
    expect_order(page, "Lobby", "Crucible", "Anvil", "Bellows")
    expect(page).to_have_url(re.compile(rooms["Anvil"]))
    # A finger that moves at once scrolls, and moves nothing.
    page.get_by_role("link", name="Bellows").evaluate(SWIPE_UP)
    expect(lifted).to_have_count(0)
    expect_order(page, "Lobby", "Crucible", "Anvil", "Bellows")
    page.get_by_role("button", name="Close rooms and people").tap()
    page.get_by_role("button", name="Members and details").tap()
    with page.expect_response("**/api/sidebar"):
        page.get_by_role("button", name="Move down").tap()
        expect(toast(page)).to_have_text("Anvil is room 4 of 4")
    page.reload()
    page.get_by_role("button", name="Show rooms and people").tap()
    expect_order(page, "Lobby", "Crucible", "Bellows", "Anvil")


# In one go: between two calls a busy machine may take as long as a finger that holds.
SWIPE_UP = """(item) => {
  const { left, top } = item.getBoundingClientRect();
  for (const [kind, way] of [["pointerdown", 0], ["pointermove", 20], ["pointermove", 90], ["pointerup", 90]]) {
    const where = { clientX: left + 60, clientY: top + 10 - way, pointerType: "touch", isPrimary: true };
    item.dispatchEvent(new PointerEvent(kind, { ...where, button: 0, bubbles: true }));
  }
}"""


class Finger:
    """One that stays on the screen. Playwright's own only taps."""

    def __init__(self, page: Page) -> None:
        self.devtools = page.context.new_cdp_session(page)

    def hold(self, what: Locator) -> None:
        self._touch("touchStart", what, 0.5)

    def drag(self, onto: Locator) -> None:
        """Onto the upper half of it."""
        for share in (0.4, 0.2):
            self._touch("touchMove", onto, share)

    def let_go(self) -> None:
        self.devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def _touch(self, kind: str, where: Locator, share: float) -> None:
        box = where.bounding_box()
        assert box is not None
        point = {"x": box["x"] + 60, "y": box["y"] + box["height"] * share}
        self.devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
