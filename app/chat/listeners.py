"""What the chat does when something happens to an account."""

from __future__ import annotations

from typing import Any

from app.auth.models import User
from app.auth.signals import role_changed, session_revoked, user_changed, user_signed_up, workspace_begun
from app.chat import audiences, broadcasts, memberships, room_members, services, welcome
from app.chat.notices import devices
from app.extensions import socketio
from app.language import speaking


def listen() -> None:
    """Connect to the signals of auth. Repeating it changes nothing."""
    user_signed_up.connect(_join_lobby)
    workspace_begun.connect(_welcome)
    user_changed.connect(_tell_name)
    role_changed.connect(_move)
    session_revoked.connect(_end_session)
    session_revoked.connect(devices.unsubscribe)


def _join_lobby(user: User) -> None:
    with speaking(user.language):  # whoever is first names it
        memberships.join_lobby(user.id)


def _welcome(user: User) -> None:
    welcome.write(user)


def _tell_name(user: User) -> None:
    if _has_sockets():
        broadcasts.user_changed(services.as_told(user))


def _move(user: User) -> None:
    """The Lobby, and what one joined by oneself, is for all but guests. What somebody hears is another with the role,
    so they are let in anew. Roles are changed on servers with the chat alone."""
    if user.role == "guest":
        room_members.leave_uninvited(user.id)
    else:
        audiences.forget_room(memberships.join_lobby(user.id))
    audiences.end_connections(user.id)


def _end_session(session_id: str) -> None:
    if _has_sockets():
        audiences.end_session(session_id)


def _has_sockets() -> bool:
    """An auth server has none: the chat servers find out by themselves, from the database."""
    server: Any = socketio.server
    return server is not None
