"""How the pages look to whoever asks: the theme that was chosen in this browser.

It is kept in a cookie, so that the page comes in its colours and nothing flashes: no script has to run for it.
"""

from __future__ import annotations

from flask import Flask, request

COOKIE = "standin_theme"
THEMES = ("light", "dark")
SYSTEM = "system"


def init_app(app: Flask) -> None:
    app.jinja_env.globals["theme"] = theme


def theme() -> str:
    """`light`, `dark`, or `system` where nothing that makes sense was chosen. Written by js/lib/theme.js."""
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in THEMES else SYSTEM
