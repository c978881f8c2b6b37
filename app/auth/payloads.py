"""An account and its sessions on the wire, for their owner only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.auth.models import Session, User


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds, as in `2026-01-31T09:30:00.000Z`."""
    return moment.isoformat(timespec="milliseconds")[:23] + "Z" if moment else None


def avatar_url(user: Mapping[str, Any]) -> str | None:
    """Where the picture of a stored user is. The address is another one for every picture."""
    version = user.get("avatar")
    return f"/api/users/{user['_id']}/avatar?v={version}" if version else None


def account(user: User) -> dict[str, Any]:
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
        "created_at": iso(user.created_at),
    }


def session(session: Session, *, is_current: bool) -> dict[str, Any]:
    return {
        "id": str(session.id),
        "user_agent": session.user_agent,
        "address": session.address,
        "created_at": iso(session.created_at),
        "last_used_at": iso(session.last_used_at),
        "is_current": is_current,
    }
