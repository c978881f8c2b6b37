"""An account and its sessions on the wire, for their owner only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from typing_extensions import TypedDict

from app.auth.models import Session, User


class AccountPayload(TypedDict):
    """An account as its owner sees it."""

    id: str
    name: str
    email: str
    avatar_url: str | None
    status: str
    status_until: str | None
    status_note: str
    role: str
    bio: str
    time_zone: str | None
    language: str | None
    created_at: str | None


class SessionPayload(TypedDict):
    """A login on one device."""

    id: str
    user_agent: str
    address: str
    created_at: str | None
    last_used_at: str | None
    is_current: bool


class NotificationsPayload(TypedDict):
    """Of what an account wants to be told, and when not."""

    notify_about: str
    quiet_from: str
    quiet_until: str
    mail_mentions: bool


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds, as in `2026-01-31T09:30:00.000Z`."""
    return moment.isoformat(timespec="milliseconds")[:23] + "Z" if moment else None


def avatar_url(user: Mapping[str, Any]) -> str | None:
    """Where the picture of a stored user is. The address is another one for every picture."""
    version = user.get("avatar")
    return f"/api/users/{user['_id']}/avatar?v={version}" if version else None


def account(user: User) -> AccountPayload:
    return {
        "id": str(user.id),
        "name": user.name,
        "email": user.email,
        "avatar_url": avatar_url(user.to_mongo()),
        "status": user.status,
        "status_until": iso(user.status_until),
        "status_note": user.status_note,
        "role": user.role,
        "bio": user.bio or "",
        "time_zone": user.time_zone or None,
        "language": user.language or None,
        "created_at": iso(user.created_at),
    }


def notifications(user: User) -> NotificationsPayload:
    return {
        "notify_about": user.notify_about or "mentions",
        "quiet_from": user.quiet_from or "",
        "quiet_until": user.quiet_until or "",
        "mail_mentions": user.mail_mentions is not False,
    }


def session(session: Session, *, is_current: bool) -> SessionPayload:
    return {
        "id": str(session.id),
        "user_agent": session.user_agent,
        "address": session.address,
        "created_at": iso(session.created_at),
        "last_used_at": iso(session.last_used_at),
        "is_current": is_current,
    }
