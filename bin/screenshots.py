#!/usr/bin/env python3
"""Draw docs/screenshots: every page, in light and dark, on a desk and on a phone.

A real server, a real browser and a provider that has its answer ready, as the tests have them. Run by
`make screenshots`, from the root of the project; it takes the place of what was drawn before.
"""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bson import ObjectId
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.ai_provider import start_provider
from tests.chat.busy import set_up
from tests.chat.stored import Documents, open_database
from tests.people import Person, Socket
from tests.server import ROOT, Server
from tests.system.conftest import CHROMIUM, FLAGS, log_in
from tests.system.pages import Chat

TARGET = ROOT / "docs" / "screenshots"
SCREENS: dict[str, dict[str, Any]] = {
    "": {"viewport": {"width": 1280, "height": 800}},
    "-phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
ANSWER = (
    "The one from Monday: Jonas wrote that it has the final numbers. "
    "Whether the forecast goes in as well, I'll leave for Jonas."
)
SUMMARY = (
    "- Tomás asks whether the forecast goes in at three [3]. Your stand-in named Monday's sheet [4].\n"
    "- The demo has moved to the second floor, the room with the plants [6].\n"
    "- The sign-up form is on staging, to be clicked through before three [1]."
)
NOTE = "Pricing workshop"

# Who says what, and when on the reader's clock.
EARLIER = [
    ("Priya", "12:41", "The new sign-up form is on staging. Please click through it before three."),
    ("Jonas", "13:05", "Two sheets are in the folder. The one from Monday has the final numbers."),
]
QUESTION = ("Tomás", "13:32", "@Jonas which sheet do we show at three? And does the forecast go in?")
LATER = [
    ("Maya", "13:36", "Monday's it is. I'll start with the form."),
    ("Priya", "13:51", "@Maya the demo has moved to the second floor, the room with the plants."),
    (
        "Priya",
        "13:52",
        "This time I'm bringing the **adapter**. The order of things:\n\n1. the form\n2. `make demo`\n3. questions",
    ),
]


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    summary = {"match": {"userMessage": '{"n": 1,'}, "response": {"content": SUMMARY}}
    provider = start_provider([summary, {"match": {}, "response": {"content": ANSWER}}])
    with tempfile.TemporaryDirectory(prefix="standin-") as folder:
        server = Server(Path(folder), OPENAI_API_KEY="key", OPENAI_BASE_URL=provider.base_url).start()
        try:
            with open_database(server) as documents:
                draw(server, documents)
        finally:
            server.stop()
            provider.stop()


def draw(server: Server, documents: Documents) -> None:
    cast = {name: Person(server.url, name) for name in ("Maya", "Jonas", "Priya", "Tomás")}
    sockets = {name: person.connect() for name, person in cast.items() if name != "Maya"}
    talk(cast, sockets, documents)
    furnish(cast, sockets)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for scheme in ("light", "dark"):
            for suffix, screen in SCREENS.items():
                draw_look(browser, cast["Maya"], f"{suffix}-{scheme}", color_scheme=scheme, **screen)
                draw_missed(browser, cast["Jonas"], f"{suffix}-{scheme}", color_scheme=scheme, **screen)
        browser.close()
    for socket in sockets.values():
        socket.close()


def furnish(cast: dict[str, Person], sockets: dict[str, Socket]) -> None:
    """Rooms besides the Lobby, with something unread in some of them."""
    maya, others = cast["Maya"].connect(), [cast[name].id for name in ("Jonas", "Priya", "Tomás")]
    for kind, name in (("open", "Design"), ("open", "Launch"), ("closed", "Hiring")):
        room = maya.call("room:create", {"kind": kind, "name": name, "member_ids": others})["room"]
        if name == "Launch":
            sockets["Tomás"].send(room["id"], "@Maya the press kit is up.")
    for name in ("Priya", "Jonas"):
        room = maya.call("room:create", {"kind": "direct", "member_ids": [cast[name].id]})["room"]
        if name == "Priya":
            sockets["Priya"].send(room["id"], "Lunch after the demo?")
    maya.close()


def talk(cast: dict[str, Person], sockets: dict[str, Socket], documents: Documents) -> None:
    """Let them talk, then move what was said to the times at which it is told to have been said."""
    lobby = cast["Maya"].lobby()
    with_maya = {**sockets, "Maya": cast["Maya"].connect()}
    for name, _, text in EARLIER:
        with_maya[name].send(lobby, text)
    set_up(cast["Jonas"])
    sockets["Jonas"].call("status:set", {"status": "busy", "until": at("16:00").isoformat(), "note": NOTE})
    with_maya[QUESTION[0]].send(lobby, QUESTION[2])
    with_maya["Maya"].wait_for("message:created", 20, origin="standin")
    for name, _, text in LATER:
        said = with_maya[name].send(lobby, text)
        if "plants" in text:
            moved = said
    for name, emoji in (("Tomás", "\N{SEEDLING}"), ("Maya", "\N{SEEDLING}"), ("Jonas", "\N{THUMBS UP SIGN}")):
        with_maya[name].call("message:react", {"message_id": moved["id"], "emoji": emoji, "on": True})
    for name, text in (("Tomás", "Is there a projector?"), ("Priya", "A large one. I checked.")):
        in_thread = {"room_id": lobby, "body": text, "client_message_id": text, "thread_id": moved["id"]}
        with_maya[name].call("message:send", in_thread)
    with_maya["Maya"].close()
    times = [at(time) for _, time, _ in [*EARLIER, QUESTION, QUESTION, *LATER]]
    for seq, moment in enumerate(times, 1):
        documents["messages"].update_one({"room": ObjectId(lobby), "seq": seq}, {"$set": {"created_at": moment}})
    read = {"$set": {"last_read_seq": len(times) - 2}}
    documents["memberships"].update_one({"user": ObjectId(cast["Maya"].id), "room": ObjectId(lobby)}, read)


def draw_look(browser: Browser, reader: Person, suffix: str, **options: Any) -> None:
    """Every page in one look."""
    page = browser.new_context(
        base_url=reader.url,
        locale="en-GB",
        timezone_id=zone(),
        reduced_motion="reduce",
        service_workers="block",
        **options,
    ).new_page()
    for name, path in (("sign-up", "/users"), ("login", "/users/login")):
        page.goto(path)
        page.evaluate("document.activeElement.blur()")
        shoot(page, name + suffix)
    log_in(page.context, reader)
    page.goto("/")
    chat = Chat(page)
    chat.expect_connection("Connected")
    expect(chat.messages).to_have_count(len(EARLIER) + len(LATER) + 2)
    shoot(page, f"chat{suffix}")
    chat.composer.fill("@Jonas could you")
    page.evaluate("document.activeElement.blur()")
    shoot(page, f"busy{suffix}")
    if "phone" in suffix:
        page.get_by_role("button", name="Show rooms and people").click()
        shoot(page, f"people{suffix}")
    else:
        page.get_by_role("button", name="2 replies").click()
        expect(page.get_by_text("A large one. I checked.")).to_be_visible()
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement.blur()")
        shoot(page, f"thread{suffix}")
        page.keyboard.press("Escape")
    chat.status_button.click()
    chat.dialog.get_by_role("radio", name="Busy").check()
    chat.dialog.get_by_label("Note").fill("Preparing the demo")
    shoot(page, f"status{suffix}")
    chat.dialog.get_by_role("radio", name="Answer", exact=True).check()
    chat.dialog.get_by_role("button", name="Save status").click()
    notes = page.get_by_role("dialog", name="Set up your stand-in").get_by_label("What it may say")
    notes.fill("The launch plan is in the wiki under “Launch”. Jonas decides about prices.")
    shoot(page, f"set-up{suffix}")
    draw_settings(page, suffix)
    page.context.close()


def draw_missed(browser: Browser, reader: Person, suffix: str, **options: Any) -> None:
    """What somebody busy missed, and what their stand-in said, in one look."""
    page = browser.new_context(
        base_url=reader.url, locale="en-GB", timezone_id=zone(), reduced_motion="reduce", **options
    ).new_page()
    log_in(page.context, reader)
    page.goto("/")
    Chat(page).expect_connection("Connected")
    page.keyboard.press("Alt+Shift+M")
    missed = page.get_by_role("complementary", name="What you missed")
    # What was said was moved to before the time since which they are busy.
    missed.get_by_label("Since").select_option("This morning")
    missed.get_by_role("button", name="Summarise").click()
    expect(missed.get_by_role("link", name="Message 1")).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    shoot(page, f"missed{suffix}")
    page.context.close()


def draw_settings(page: Page, suffix: str) -> None:
    """The pages of the settings that show most of how they are."""
    for section in ("profile", "notifications"):
        page.goto(f"/settings/{section}")
        expect(page.get_by_role("button", name=f"Save {section}")).to_be_attached()
        shoot(page, f"settings-{section}{suffix}")


def shoot(page: Page, name: str) -> None:
    """A PNG; where a painted scene would make it large, a JPEG."""
    is_painted = page.locator(".scene").is_visible()
    kind = {"path": TARGET / f"{name}.jpg", "quality": 88} if is_painted else {"path": TARGET / f"{name}.png"}
    page.evaluate("document.fonts.ready")
    page.screenshot(**kind)


def zone() -> str:
    """A time zone in which it is about two in the afternoon, so that the pictures do not tell when they were drawn.

    The signs of these names are the wrong way round, as POSIX has them.
    """
    return f"Etc/GMT{-hours_ahead():+d}"


def hours_ahead() -> int:
    return 14 - datetime.now(UTC).hour


def at(time: str) -> datetime:
    """This time of today on the reader's clock."""
    hour, minute = map(int, time.split(":"))
    today = (datetime.now(UTC) + timedelta(hours=hours_ahead())).replace(second=0, microsecond=0)
    return today.replace(hour=hour, minute=minute) - timedelta(hours=hours_ahead())


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
