"""The pages on which people set up what is their own: one for each section. What is saved goes to `/users/me`."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, render_template
from flask.typing import ResponseReturnValue

from app.auth import devices, identity, services
from app.auth.models import BIO_LIMIT, User
from app.auth.payloads import iso, notifications
from app.auth.tokens import Claims
from app.chat import bots, payloads, permissions
from app.chat.notices import delivery, mailer
from app.chat.pages import login_url
from app.chat.stand_in import administration
from app.errors import NotAuthenticated, NotFound
from app.parsing import id_from_path

settings = Blueprint("settings", __name__, url_prefix="/settings")
SECTIONS = ("profile", "password", "sessions", "notifications", "appearance", "language")
FOR_ADMINISTRATORS = ("stand-ins", "bots")
STAND_IN_DAYS = 14  # how far back they see what stand-ins used


@settings.get("")
@settings.get("/<section>")
def page(section: str = SECTIONS[0]) -> ResponseReturnValue:
    """A section of the settings, or the way to the login and back."""
    visitor = identity.page_visitor()
    if visitor is None:
        return redirect(login_url())
    if section not in SECTIONS + FOR_ADMINISTRATORS:
        raise NotFound
    try:
        return render_template(f"settings/{section}.html", **_page(visitor, section))
    except NotAuthenticated:
        return redirect(login_url())


@settings.get("/bots/<bot_id>")
def bot(bot_id: str) -> ResponseReturnValue:
    """One bot, for administrators."""
    visitor = identity.page_visitor()
    if visitor is None:
        return redirect(login_url())
    wanted = id_from_path(bot_id)
    try:
        found = bots.read(visitor.user_id, wanted)
        page = {**_page(visitor, "bots"), "heading": found["name"], "bot": {**found, "role": "bot"}}
        return render_template("settings/bot.html", **page)
    except NotAuthenticated:
        return redirect(login_url())


def _page(visitor: Claims, section: str) -> dict[str, Any]:
    user = services.find_user(visitor.user_id)
    return {
        "section": section,
        "sections": SECTIONS + _more_sections(user),
        "user": user,
        "me": payloads.user(user, is_online=True),
        "auth_url": current_app.config["SETTINGS"].login_url,
        **_details(visitor, user, section),
    }


def _details(visitor: Claims, user: User, section: str) -> dict[str, Any]:
    """What only this section shows."""
    if section == "profile":
        return {"bio_limit": BIO_LIMIT}
    if section == "sessions":
        return {"sessions": [_session(one, visitor) for one in services.sessions_of(user.id)]}
    if section == "notifications":
        return {"notifications": notifications(user), "has_push": delivery.is_on(), "has_mail": mailer.is_on()}
    if section == "bots":
        return {"bots": bots.listing(user.id)}
    if section == "stand-ins":
        return {"days": STAND_IN_DAYS, "use": administration.overview(user.id, STAND_IN_DAYS)}
    return {}


def _more_sections(user: User) -> tuple[str, ...]:
    return FOR_ADMINISTRATORS if permissions.may_in_workspace("manage_stand_ins", user.role) else ()


def _session(session: Any, visitor: Claims) -> dict[str, Any]:
    agent = session.user_agent
    return {
        "id": str(session.id),
        "browser": devices.browser(agent),
        "system": devices.system(agent),
        "is_phone": devices.is_phone(agent),
        "address": session.address,
        "created_at": iso(session.created_at),
        "last_used_at": iso(session.last_used_at),
        "is_current": str(session.id) == visitor.session_id,
    }
