#!/usr/bin/env python3
"""Draw the icons of the app as PNGs from their SVGs in app/static/icons, which is where the PNGs lie too.

Run from the root of the project after the mark has changed. What is drawn is committed: nobody needs a browser to set
Standin up.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.system.conftest import CHROMIUM, FLAGS

ICONS = Path(__file__).resolve().parents[1] / "app" / "static" / "icons"
# `maskable` bleeds to the edge and keeps the mark within the circle that no mask cuts; `badge` is a silhouette, as
# notifications want it; an iPhone rounds `apple-touch` itself.
DRAWN = [
    ("icon", "icon-192", 192),
    ("icon", "icon-512", 512),
    ("maskable", "maskable-192", 192),
    ("maskable", "maskable-512", 512),
    ("maskable", "apple-touch-180", 180),
    ("badge", "badge-96", 96),
]


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        for source, name, size in DRAWN:
            draw(page, source, name, size)
        browser.close()


def draw(page: Page, source: str, name: str, size: int) -> None:
    page.set_viewport_size({"width": size, "height": size})
    svg = (ICONS / f"{source}.svg").read_text("utf-8")
    page.set_content(f"<style>* {{ margin: 0 }} svg {{ display: block; width: {size}px }}</style>{svg}")
    page.screenshot(path=ICONS / f"{name}.png", omit_background=True)


if __name__ == "__main__":
    main()
