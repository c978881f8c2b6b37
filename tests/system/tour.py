"""Every state of the chat page, and how to get there: the same way in every language, and on every screen."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.people import Person, Socket

LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmütze"
CLOSE = """async () => {
  // One may open again the one that it was opened by.
  for (let open; (open = [...document.querySelectorAll("dialog[open]")].at(-1)); ) {
    open.close();
    await new Promise((resolve) => setTimeout(resolve));
  }
  for (const popover of document.querySelectorAll(":popover-open")) popover.hidePopover();
  for (const action of ["panel#close", "sidebar#close", "composer#cancel"])
    for (const button of document.querySelectorAll(`button[data-action='${action}']`))
      if (button.checkVisibility({visibilityProperty: true})) button.click();
  for (const field of document.querySelectorAll(".composer__input")) {
    field.value = "";
    field.dispatchEvent(new Event("input", {bubbles: true}));
  }
  for (const button of document.querySelectorAll("[data-formatting-target=toggle][aria-expanded=true]")) button.click();
}"""


def furnish(ada: Person, bob: Person, hers: Socket, his: Socket) -> str:
    """A room of hers with something of every kind in it, and something in every panel. Its id."""
    details = {"kind": "closed", "name": f"{LONG}, once more", "description": LONG * 3, "member_ids": [bob.id]}
    room_id: str = hers.call("room:create", details)["room"]["id"]
    picture = io.BytesIO()
    Image.new("RGB", (1200, 800), "seagreen").save(picture, "PNG")
    sent = [his.send(room_id, f"@{ada.name} the demo is at three. {LONG}, {LONG}!")]
    file_ids = [_upload(bob, "heron.png", picture.getvalue()), _upload(bob, f"{LONG}.txt", b"plan")]
    with_files = {"room_id": room_id, "body": "Two files", "client_message_id": "files", "file_ids": file_ids}
    assert his.call("message:send", with_files)["ok"]
    his.send(
        room_id,
        "| what | when |\n|---|---|\n| **demo** | three |\n\n```python\nprint('demo' * 40, 'and so on', 1)\n```",
    )
    sent.append(hers.send(room_id, "I'll bring the **adapter**"))
    for text in ("How large is the room?", "Large."):
        reply = {"room_id": room_id, "body": text, "client_message_id": text, "thread_id": sent[0]["id"]}
        assert his.call("message:send", reply)["ok"]
    in_an_hour = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    for message in sent:
        assert his.call("message:react", {"message_id": message["id"], "emoji": "🌱", "on": True})["ok"]
        assert hers.call("message:pin", {"message_id": message["id"], "on": True})["ok"]
        assert hers.call("message:bookmark", {"message_id": message["id"], "on": True})["ok"]
    reminder = {"message_id": sent[0]["id"], "at": in_an_hour, "note": "Before three"}
    assert hers.call("reminder:set", reminder)["ok"]
    later = {"room_id": room_id, "body": "See you there", "client_message_id": "later", "at": in_an_hour}
    assert hers.call("message:schedule", later)["ok"]
    return room_id


def _upload(person: Person, name: str, content: bytes) -> str:
    answer = person.write("POST", "/api/files", files={"file": (name, content)})
    assert answer.status_code == 201, answer.text
    file_id: str = answer.json()["file"]["id"]
    return file_id


def enter(page: Page, path: str) -> None:
    """Whatever the language: the page of a room, once it is connected."""
    page.goto(path)
    expect(page.locator(".connection")).to_have_attribute("data-state", "online")


def show(page: Page, name: str) -> None:
    """Go to a state of the page, and wait until what it is about is there."""
    STATES[name](page)
    if name in SHOWN:
        expect(shown(page, SHOWN[name])).to_be_visible()
    page.wait_for_load_state("networkidle")


def close(page: Page) -> None:
    """Back to the page as it was."""
    page.evaluate(CLOSE)
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator("#panel")).to_be_hidden()


def shown(page: Page, selector: str) -> Locator:
    return page.locator(selector).locator("visible=true").first


def press(page: Page, *selectors: str) -> None:
    """One after the other, each once it is there."""
    for selector in selectors:
        shown(page, selector).click()


def does(*actions: str) -> Callable[[Page], None]:
    """Press what has these actions."""
    return lambda page: press(page, *(f'[data-action="{action}"]' for action in actions))


def sidebar(*selectors: str) -> Callable[[Page], None]:
    """Press something in the sidebar, which on a small screen has to be opened first."""

    def go(page: Page) -> None:
        toggle = page.locator("[data-sidebar-target=toggle]")
        if toggle.is_visible():
            toggle.click()
        press(page, *selectors)

    return go


def of_room(action: str) -> Callable[[Page], None]:
    """Press what is in the header of the room or, where there is no place for it, in its details."""

    def go(page: Page) -> None:
        if not page.locator(f".room-header [data-action='{action}']").is_visible():
            press(page, '[data-action="room-header#toggle"]')
        press(page, f'[data-action="{action}"]')

    return go


def menu(*selectors: str, which: str = ".entry:not([data-mine])") -> Callable[[Page], None]:
    """Choose from the menu of a message, by keyboard."""

    def go(page: Page) -> None:
        message = page.locator(f"#conversation {which} > .message").first
        message.focus()
        message.press("Enter")
        expect(page.locator("#message-menu")).to_be_visible()
        press(page, *(f"#message-menu {selector}" for selector in selectors))

    return go


def status(page: Page) -> None:
    sidebar(".me-button")(page)
    press(page, ".status-dialog .choice:has([value=busy])", ".status-dialog .pill:has([value=chosen])")


def set_up(page: Page) -> None:
    status(page)
    press(page, '[data-action="status-menu#settings"]')


def search(page: Page) -> None:
    press(page, '[data-action="search-opener#toggle"]')
    page.locator("#search-field").fill("demo")
    expect(page.locator(".search-result").first).to_be_visible()
    press(page, ".search-result__more")


def write(text: str, *selectors: str) -> Callable[[Page], None]:
    """Write in the field of the room, then press something."""

    def go(page: Page) -> None:
        page.locator("#body").fill(text)
        press(page, *selectors)

    return go


def entry(action: str) -> str:
    return f'.later-link[data-action="sidebar#close {action}"]'


def emoji(page: Page) -> None:
    press(page, '[data-action="composer#pickEmoji"]')
    shown(page, "#emoji-picker [data-emoji]").wait_for()


def stay(page: Page) -> None:
    """The conversation as it is."""


STATES: dict[str, Callable[[Page], None]] = {
    "chat": stay,
    "people": sidebar(),
    "account": sidebar("[popovertarget=account-menu]"),
    "status": status,
    "set-up": set_up,
    "switcher": sidebar('[data-action="shortcuts#switch"]'),
    "shortcuts": sidebar("[popovertarget=account-menu]", '[data-action="shortcuts#help"]'),
    "mentions": sidebar(entry("mentions#show")),
    "later": sidebar(entry("later#show")),
    "missed": sidebar(entry("stand-in#showDigest")),
    "stand-in": sidebar(entry("stand-in#show")),
    "sight": sidebar(entry("stand-in#show"), '[data-action="stand-in#showSight"]'),
    "room": does("room-header#toggle"),
    "edit-room": does("room-header#toggle", "room-details#edit"),
    "invite": does("room-header#toggle", "room-details#invite"),
    "leave": does("room-header#toggle", "room-details#leave"),
    "pins": of_room("pins#show"),
    "search": search,
    "files": of_room("files-panel#open"),
    "new-room": sidebar('[data-action="room-list#create"]'),
    "browse": sidebar('[data-action="room-list#browse"]'),
    "person": sidebar(".person__button"),
    "profile": sidebar(
        "[popovertarget=account-menu]", '[data-action="account-menu#profile"]', '[data-action="profile#edit"]'
    ),
    "emoji": emoji,
    "formatting": does("formatting#toggle"),
    "mention": write("@"),
    "command": write("/a"),
    "send-later": write("See you there", '[data-action="send-later#toggle keydown.up->send-later#open"]'),
    "menu": menu(),
    "forward": menu("[data-name=forward]"),
    "remind": menu("[data-name=remind]"),
    "reply": menu("[data-name=reply]"),
    "thread": menu("[data-name=thread]"),
    "edit": menu("[data-name=edit]", which="[data-mine]"),
    "delete": menu("[data-name=delete]", which="[data-mine]"),
    "jump-date": does("jump-date#open"),
    "lightbox": lambda page: press(page, "#conversation .file-picture"),
}
SHOWN = {
    "set-up": "dialog[open] [name=notes]",
    "shortcuts": "#shortcuts[open]",
    "mentions": ".kept-item",
    "later": ".kept-item",
    "pins": ".kept-item",
    "missed": ".digest__scope",
    "stand-in": ".use__count:not(:empty)",
    "sight": ".sight__block",
    "room": ".member",
    "edit-room": ".details__form",
    "invite": "dialog[open]",
    "leave": "#confirm-dialog[open]",
    "files": ".files-list > li",
    "new-room": "dialog[open]",
    "browse": ".browse__room",
    "person": "dialog[open]",
    "profile": "dialog[open] form",
    "mention": ".mention-list",
    "command": ".mention-list",
    "forward": ".room-choice",
    "remind": "dialog[open]",
    "thread": "#panel .entry",
    "delete": "dialog[open]",
    "jump-date": "#jump-date",
    "lightbox": "dialog[open] img",
}
SETTINGS = ("profile", "password", "sessions", "notifications", "appearance", "language")
