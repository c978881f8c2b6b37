"""The auth blueprint: sign up, log in and out, one's own account. JSON and plain forms, one rule each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_jwt_extended import set_access_cookies, set_refresh_cookies, unset_jwt_cookies

from app import language
from app.auth import identity, limits, payloads, services
from app.auth.forms import LogIn, NotificationsChange, PasswordChange, ProfileChange, SignUp
from app.auth.services import Device, Login
from app.auth.workspace import Workspace
from app.errors import StandinError, wants_page
from app.parsing import id_from_path, parse, request_data

doors = Blueprint("doors", __name__, url_prefix="/users")
"""Sign-up and login: where there is a choice of processes, only the auth server has them."""

account = Blueprint("account", __name__, url_prefix="/users")
"""What a logged-in person does with the login: on every server, so that no page needs another origin."""


@doors.get("")
def sign_up_page() -> ResponseReturnValue:
    return _resumed() or _page("auth/sign_up.html")


@doors.get("/login")
def login_page() -> ResponseReturnValue:
    return _resumed() or _page("auth/login.html")


@doors.post("")
@limits.sign_up_by_address
@limits.sign_up_by_account
def sign_up() -> ResponseReturnValue:
    return _enter("auth/sign_up.html", 201, lambda data: services.sign_up(parse(SignUp, data), _device()))


@doors.post("/login")
@limits.log_in_by_address
@limits.log_in_by_account
def log_in() -> ResponseReturnValue:
    return _enter("auth/login.html", 200, lambda data: services.authenticate(parse(LogIn, data), _device()))


@account.post("/logout")
@identity.authenticated
def log_out() -> ResponseReturnValue:
    services.revoke(identity.caller().session_id)
    login_page = f"{current_app.config['SETTINGS'].login_url}/users/login"
    response = _redirect(login_page) if wants_page() else jsonify(ok=True)
    unset_jwt_cookies(response)
    return response


@account.post("/refresh")
@identity.with_refresh_token
@limits.refresh_by_address
@limits.refresh_by_session
def refresh() -> ResponseReturnValue:
    claims = identity.caller()
    return _logged_in(services.rotate(claims.session_id, claims.jti), 200)


@account.get("/me")
@identity.authenticated
def me() -> ResponseReturnValue:
    return jsonify(user=payloads.account(services.find_user(identity.caller().user_id)))


@account.patch("/me")
@identity.authenticated
@limits.profile_by_user
def change_me() -> ResponseReturnValue:
    change = parse(ProfileChange, request_data())
    response = jsonify(user=payloads.account(services.change_profile(identity.caller().user_id, change)))
    if change.language is not None:
        language.keep_in_browser(response, change.language, is_secure=current_app.config["SETTINGS"].is_cookie_secure)
    return response


@account.get("/me/notifications")
@identity.authenticated
def my_notifications() -> ResponseReturnValue:
    return jsonify(notifications=payloads.notifications(services.find_user(identity.caller().user_id)))


@account.patch("/me/notifications")
@identity.authenticated
def change_notifications() -> ResponseReturnValue:
    user_id, change = identity.caller().user_id, parse(NotificationsChange, request_data())
    return jsonify(notifications=payloads.notifications(services.change_notifications(user_id, change)))


@account.put("/me/password")
@identity.authenticated
@limits.password_by_user
def change_password() -> ResponseReturnValue:
    caller, change = identity.caller(), parse(PasswordChange, request_data())
    return jsonify(ended=services.change_password(caller.user_id, caller.session_id, change))


@account.get("/me/sessions")
@identity.authenticated
def my_sessions() -> ResponseReturnValue:
    claims = identity.caller()
    sessions = services.sessions_of(claims.user_id)
    return jsonify(sessions=[payloads.session(s, is_current=str(s.id) == claims.session_id) for s in sessions])


@account.delete("/me/sessions")
@identity.authenticated
def revoke_other_sessions() -> ResponseReturnValue:
    return jsonify(ended=services.end_others(identity.caller().user_id, but=identity.caller().session_id))


@account.delete("/me/sessions/<session_id>")
@identity.authenticated
def revoke_session(session_id: str) -> ResponseReturnValue:
    services.revoke_own(identity.caller().user_id, id_from_path(session_id))
    return jsonify(ok=True)


def _enter(template: str, status: int, attempt: Callable[[dict[str, Any]], Login]) -> ResponseReturnValue:
    """Sign up or log in. A form that is refused comes back as it was typed, without the password."""
    data = request_data()
    try:
        login = attempt(data)
    except StandinError as error:
        if request.is_json or not wants_page():
            raise
        return _page(template, data, error), error.status
    return _logged_in(login, status) if request.is_json else _logged_in_by_form(login, data.get("next"))


def _logged_in(login: Login, status: int) -> ResponseReturnValue:
    response = jsonify(user=payloads.account(login.user), access_token=login.access_token)
    return _with_cookies(response, login), status


def _logged_in_by_form(login: Login, next_url: Any) -> Response:
    return _with_cookies(_redirect(safe_next(next_url)), login)


def _redirect(address: str) -> Response:
    """303: whatever the method was, the browser gets the next page."""
    return redirect(address, 303, Response)  # type: ignore[return-value]


def _with_cookies(response: Response, login: Login) -> Response:
    set_access_cookies(response, login.access_token)
    set_refresh_cookies(response, login.refresh_token)
    return response


def _resumed() -> ResponseReturnValue | None:
    """Send a browser whose login still lives on to where it was going."""
    destination = safe_next(request.args.get("next"))
    visitor = identity.page_visitor()
    if visitor and services.has_account(visitor.user_id):  # else the chat would send the browser straight back
        return _redirect(destination)
    if (token := identity.resumed_access_token()) is None:
        return None
    response = _redirect(destination)
    set_access_cookies(response, token)
    return response


def _page(template: str, data: dict[str, Any] | None = None, error: StandinError | None = None) -> str:
    given = data or {}
    typed = {"name": given.get("name", ""), "email": given.get("email") or given.get("gmail", "")}
    told = error.payload() if error else None
    errors = (told.get("fields") or {"form": told["message"]}) if told else {}
    next_url = given.get("next") or request.args.get("next")
    return render_template(template, form=typed, errors=errors, next_url=next_url, **_workspace(given))


def _workspace(given: dict[str, Any]) -> dict[str, Any]:
    """What the sign-up page has to know: nobody was here before, what the place is called, who may come in."""
    workspace, invite = Workspace.get(), given.get("invite") or request.args.get("invite", "")
    return {
        "is_first": workspace is None,
        "workspace": (workspace.name if workspace else given.get("workspace")) or "",
        "invite": invite,
        "may_sign_up": workspace is None or workspace.lets_in(invite if isinstance(invite, str) else ""),
    }


def safe_next(url: Any) -> str:
    """`url` if it leads to a page of ours, else the chat page. Never an open redirect.

    Browsers take a backslash for a slash and skip tabs and line ends, so an address with any of these leads nowhere.
    """
    settings = current_app.config["SETTINGS"]
    chat: str = settings.chat_base if settings.role == "auth" else ""
    if not isinstance(url, str) or "\\" in url or any(ord(character) <= 32 for character in url):
        return f"{chat}/"
    if url.startswith("/") and not url.startswith("//"):
        return f"{chat}{url}"
    return url if _origin(url) in settings.allowed_origins else f"{chat}/"


def _origin(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:  # as for http://[
        return None
    return f"{parts.scheme}://{parts.netloc}"


def _device() -> Device:
    return Device(request.user_agent.string, request.remote_addr or "", language.named_by_browser())
