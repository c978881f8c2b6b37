"""The workspace blueprint: its page for administrators, and the link and the picture that invite people."""

from __future__ import annotations

import io
from typing import Any

import segno
from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth import identity, workspace_services
from app.auth.forms import InviteChange, WorkspaceChange
from app.auth.workspace_services import InviteLink, InviteNotFound, WorkspaceAnswer, WorkspacePayload
from app.errors import StandinError, wants_page
from app.parsing import parse, request_data

workspace = Blueprint("workspace", __name__, url_prefix="/workspace")


@workspace.get("")
@identity.authenticated
def read() -> ResponseReturnValue:
    found = workspace_services.read(identity.caller().user_id)
    return _page(found) if wants_page() else _json(found)


@workspace.post("")
@identity.authenticated
def change() -> ResponseReturnValue:
    data = request_data()
    try:
        found = workspace_services.change(identity.caller().user_id, parse(WorkspaceChange, data))
    except StandinError as error:
        if request.is_json or not error.fields:
            raise
        return _page(workspace_services.read(identity.caller().user_id), data, error.fields), error.status
    return _done(found)


@workspace.post("/invite")
@identity.authenticated
def renew_invite() -> ResponseReturnValue:
    data = request_data()
    days = data.get("days", 7)
    # A form sends text.
    given = {"days": int(days)} if isinstance(days, str) and days.isdecimal() and len(days) < 4 else {"days": days}
    return _done(workspace_services.renew_invite(identity.caller().user_id, parse(InviteChange, given)))


@workspace.post("/invite/revoke")
@identity.authenticated
def revoke_invite() -> ResponseReturnValue:
    return _done(workspace_services.revoke_invite(identity.caller().user_id))


@workspace.get("/invite.svg")
@identity.authenticated
def invite_picture() -> ResponseReturnValue:
    """The link as a QR code, for a phone to read from the screen."""
    invite = workspace_services.read(identity.caller().user_id)["invite"]
    if invite is None:
        raise InviteNotFound
    picture = io.BytesIO()
    code = segno.make(_link(invite["token"]), micro=False, error="m")
    code.save(picture, kind="svg", scale=6, border=3, light="#fff")
    return Response(picture.getvalue(), mimetype="image/svg+xml")


def _done(found: WorkspacePayload) -> ResponseReturnValue:
    return redirect(url_for("workspace.read"), 303) if wants_page() and not request.is_json else _json(found)


def _json(found: WorkspacePayload) -> Response:
    invite = found["invite"]
    link = InviteLink(link=_link(invite["token"]), until=invite["until"]) if invite else None
    return jsonify(workspace=WorkspaceAnswer(name=found["name"], sign_up=found["sign_up"], invite=link))


def _page(found: WorkspacePayload, typed: dict[str, Any] | None = None, errors: dict[str, str] | None = None) -> str:
    link = _link(found["invite"]["token"]) if found["invite"] else ""
    chat = current_app.config["SETTINGS"].chat_base if current_app.config["SETTINGS"].role == "auth" else ""
    shown = {**found, **(typed or {})}
    return render_template("auth/workspace.html", workspace=shown, link=link, errors=errors or {}, chat=f"{chat}/")


def _link(token: str) -> str:
    """Where the sign-up page is, as this browser reaches it. A host of which we do not know is not believed."""
    settings, here = current_app.config["SETTINGS"], request.host_url.rstrip("/")
    base = here if settings.role != "chat" and here in settings.allowed_origins else settings.auth_base
    return f"{base}/users?invite={token}"
