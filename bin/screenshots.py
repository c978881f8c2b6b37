#!/usr/bin/env python3
"""Draw docs/screenshots: every page and state, in light and dark, on a desk and on a phone.

A real server, a real browser and a provider that has its answer ready, as the tests have them. Run by
`make screenshots`, from the root of the project; it takes the place of what was drawn before. `--locale de-DE --into
FOLDER` draws another language elsewhere, to look at it.
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bin import story
from tests.ai_provider import start_provider
from tests.chat.stored import open_database
from tests.people import Person
from tests.server import ROOT, Server
from tests.system import tour
from tests.system.conftest import CHROMIUM, FLAGS, log_in

SCREENS: dict[str, dict[str, Any]] = {
    "": {"viewport": {"width": 1280, "height": 800}},
    "-phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
DOORS = {"sign-up": "/users", "login": "/users/login", "nowhere": "/nowhere", "offline": "/offline"}
IN_DESIGN = ("files", "lightbox", "room", "edit-room", "invite", "leave")
HEAD = (
    "# What it looks like",
    "",
    "Drawn by `make screenshots` from a running Standin: the people are invented, the pages are not. Each page",
    "follows the reader's system into light or dark. The names are those of the states in `tests/system/tour.py`.",
    "",
    "| | light | dark |",
    "|---|---|---|",
)


class Studio:
    """Where one look after the other is drawn."""

    def __init__(self, browser: Browser, locale: str, folder: Path) -> None:
        self.browser, self.locale, self.folder = browser, locale, folder
        self.suffix = ""

    def open(self, url: str, look: dict[str, Any]) -> Page:
        options = {"timezone_id": story.zone(), "reduced_motion": "reduce", "service_workers": "block"}
        return self.browser.new_context(base_url=url, locale=self.locale, **options, **look).new_page()

    def shoot(self, page: Page, name: str) -> None:
        page.mouse.move(0, 0)
        page.evaluate("document.fonts.ready")
        picture = Image.open(io.BytesIO(page.screenshot()))
        picture.convert("RGB").save(self.folder / f"{name}{self.suffix}.webp", quality=88, method=6)

    def draw(self, cast: dict[str, Person], design: str) -> None:
        for scheme in ("light", "dark"):
            for name, screen in SCREENS.items():
                self.suffix = f"{name}-{scheme}"
                look = {"color_scheme": scheme, **screen}
                self.draw_reader(cast["Maya"], design, look)
                self.draw_missed(cast["Jonas"], look)

    def draw_reader(self, reader: Person, design: str, look: dict[str, Any]) -> None:
        page = self.open(reader.url, look)
        for name, path in DOORS.items():
            page.goto(path)
            page.evaluate("document.activeElement.blur()")
            self.shoot(page, name)
        log_in(page.context, reader)
        tour.enter(page, "/")
        expect(page.locator("#conversation .entry")).to_have_count(story.SAID)
        for name in tour.STATES:
            if name not in (*IN_DESIGN, "missed"):
                self.draw_state(page, name)
        tour.write("@Jonas could you")(page)
        page.evaluate("document.activeElement.blur()")
        self.shoot(page, "busy")
        tour.enter(page, f"/rooms/{design}")
        for name in IN_DESIGN:
            self.draw_state(page, name)
        for section in (*tour.SETTINGS, "stand-ins"):
            page.goto(f"/settings/{section}")
            expect(page.locator("h1")).to_be_visible()
            self.shoot(page, f"settings-{section}")
        self.draw_bots(page)
        page.goto("/workspace")
        page.locator("form[action$=invite] button").click()
        expect(page.locator("#invite-link")).to_be_visible()
        self.shoot(page, "workspace")
        page.context.close()

    def draw_bots(self, page: Page) -> None:
        """One that was just made, and its own page; after that it is gone again."""
        page.goto("/settings/bots")
        page.locator("#name").fill("Builds")
        page.locator("#name").press("Enter")
        expect(page.locator("#bot-key")).not_to_have_value("")
        self.shoot(page, "settings-bots")
        page.locator(".bots a").click()
        expect(page.locator("#rooms-heading")).to_be_visible()
        self.shoot(page, "settings-bot")
        page.locator("[data-bots-what-param=remove]").click()
        page.locator("dialog[open] [type=submit]").click()
        expect(page.locator("[data-bots-target=none]")).to_be_visible()

    def draw_state(self, page: Page, name: str) -> None:
        tour.show(page, name)
        self.shoot(page, name)
        tour.close(page)

    def draw_missed(self, reader: Person, look: dict[str, Any]) -> None:
        """What somebody busy missed, and what their stand-in said."""
        page = self.open(reader.url, look)
        log_in(page.context, reader)
        tour.enter(page, "/")
        tour.STATES["missed"](page)
        # What was said was moved to before the time since which they are busy.
        page.locator("#digest-since").select_option("today")
        page.locator("[data-digest-target=summarise]").click()
        expect(page.locator("[data-digest-target=summary] a").first).to_be_visible()
        page.evaluate("document.activeElement.blur()")
        self.shoot(page, "missed")
        page.context.close()


def list_all(folder: Path) -> None:
    """The page that shows them side by side."""
    names = sorted({path.name.removesuffix("-light.webp") for path in folder.glob("*-light.webp")})
    rows = [f"| {name} | ![{name}, light]({name}-light.webp) | ![{name}, dark]({name}-dark.webp) |" for name in names]
    (folder / "README.md").write_text("\n".join([*HEAD, *rows, ""]))


def main() -> None:
    options = argparse.ArgumentParser(description="Draw every page and state.")
    options.add_argument("--locale", default="en-GB")
    options.add_argument("--into", type=Path, default=ROOT / "docs" / "screenshots")
    chosen = options.parse_args()
    chosen.into.mkdir(parents=True, exist_ok=True)
    summary = {"match": {"userMessage": '{"n": 1,'}, "response": {"content": story.SUMMARY}}
    provider = start_provider([summary, {"match": {}, "response": {"content": story.ANSWER}}])
    with tempfile.TemporaryDirectory(prefix="standin-") as folder:
        server = Server(Path(folder), OPENAI_API_KEY="key", OPENAI_BASE_URL=provider.base_url).start()
        try:
            with open_database(server) as documents, sync_playwright() as playwright:
                cast = {name: Person(server.url, name) for name in ("Maya", "Jonas", "Priya", "Tomás")}
                design = story.tell(cast, documents)
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                Studio(browser, chosen.locale, chosen.into).draw(cast, design)
                list_all(chosen.into)
        finally:
            server.stop()
            provider.stop()


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
