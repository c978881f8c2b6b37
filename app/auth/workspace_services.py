"""What administrators do with the workspace, and what decides who may sign up."""

from __future__ import annotations

from bson import ObjectId
from typing_extensions import TypedDict

from app.auth.forms import InviteChange, WorkspaceChange
from app.auth.models import User
from app.auth.payloads import iso
from app.auth.workspace import Workspace
from app.errors import Forbidden, NotFound
from app.language import N_


class NotAdministrator(Forbidden):
    code = "not_allowed"
    message = N_("Only administrators change the workspace and invite people into it. Ask one of them.")


class InviteNeeded(Forbidden):
    code = "invite_needed"
    message = N_("Signing up here takes an invite link. Ask an administrator for one; it may have been renewed.")


class InviteNotFound(NotFound):
    code = "invite_not_found"
    message = N_("There is no invite link at the moment. Make one first.")


class InvitePayload(TypedDict):
    """`until` is null for one that does not end by itself."""

    token: str
    until: str | None


class InviteLink(TypedDict):
    """The same on the wire: the whole address."""

    link: str
    until: str | None


class WorkspacePayload(TypedDict):
    """The workspace as its administrators see it."""

    name: str
    sign_up: str
    invite: InvitePayload | None


class WorkspaceAnswer(TypedDict):
    """The same on the wire."""

    name: str
    sign_up: str
    invite: InviteLink | None


def read(user_id: ObjectId) -> WorkspacePayload:
    """Errors: `NotAdministrator`."""
    _check(user_id)
    return _payload()


def change(user_id: ObjectId, form: WorkspaceChange) -> WorkspacePayload:
    """Apply what is given. Errors: `NotAdministrator`."""
    _check(user_id)
    given = {key: value for key, value in form.model_dump().items() if value is not None}
    if given:
        Workspace.change(**given)
    return _payload()


def renew_invite(user_id: ObjectId, form: InviteChange) -> WorkspacePayload:
    """A new link; the one before is good no more. Errors: `NotAdministrator`."""
    _check(user_id)
    Workspace.new_invite(form.days)
    return _payload()


def revoke_invite(user_id: ObjectId) -> WorkspacePayload:
    """Errors: `NotAdministrator`."""
    _check(user_id)
    Workspace.revoke_invite()
    return _payload()


def check_sign_up(invite: str | None) -> None:
    """Errors: `InviteNeeded`. The first to come needs none."""
    workspace = Workspace.get()
    if workspace and not workspace.lets_in(invite):
        raise InviteNeeded


def _check(user_id: ObjectId) -> None:
    if not User.objects(id=user_id, role="administrator"):
        raise NotAdministrator


def _payload() -> WorkspacePayload:
    workspace = Workspace.get()
    if workspace is None:
        raise NotFound
    token = workspace.live_invite
    invite: InvitePayload | None = {"token": token, "until": iso(workspace.invite_until)} if token else None
    return {"name": workspace.name or "", "sign_up": workspace.sign_up, "invite": invite}
