"""What the pages of those who are logged in have in common."""

from __future__ import annotations

from urllib.parse import quote

from flask import current_app, request, url_for


def login_url() -> str:
    """The login page, wherever it is, and back to the page that was asked for."""
    settings = current_app.config["SETTINGS"]
    here = request.full_path.rstrip("?")
    destination = f"{settings.chat_base}{here}" if settings.login_url else here
    login = f"{settings.login_url}/users/login" if settings.login_url else url_for("doors.login_page")
    return f"{login}?next={quote(destination, safe='')}"
