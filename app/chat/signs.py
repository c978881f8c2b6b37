"""Signs of life. Who is online and has given none for ten minutes, on any device, is away.

A page says `presence:active` when its reader does something, and whatever else a connection sends counts as well. The
database learns of it with the heartbeat; the flip between away and back is atomic, so that each is told once.
"""

from __future__ import annotations

from datetime import timedelta

from bson import ObjectId

from app.auth.models import User, now
from app.chat import broadcasts, payloads
from app.chat.models import Connection, Presence

AWAY_AFTER = timedelta(minutes=10)

_seen: set[str] = set()  # connections of this process that gave a sign since the last heartbeat


def note(socket_id: str) -> None:
    """A connection gave a sign of life."""
    _seen.add(socket_id)


def greet(socket_id: str, user_id: ObjectId) -> None:
    """The same, told at once: whoever was away is back."""
    note(socket_id)
    _flip(user_id, is_away=False)


def settle() -> None:
    """Write down who gave signs since the last time, and tell who is away by now and who is back."""
    noted = set(_seen)
    Connection.objects(socket_id__in=list(noted)).update(active_at=now())
    _seen.difference_update(noted)
    active = Connection.objects(active_at__gt=now() - AWAY_AFTER).distinct("user")
    # Whoever has no connection is not away but gone, and told to be so when the grace is over.
    silent = set(Connection.objects.distinct("user")) - set(active)
    for absent in Presence.objects(is_online=True, is_away__ne=True, user__in=list(silent)).scalar("user"):
        _flip(absent, is_away=True)
    for back in Presence.objects(is_away=True, user__in=active).scalar("user"):
        _flip(back, is_away=False)


def _flip(user_id: ObjectId, *, is_away: bool) -> None:
    told = (
        Presence.objects(user=user_id, is_online=True, is_away__ne=is_away)
        if is_away
        else Presence.objects(user=user_id, is_away=True)
    )
    changed = told.modify(new=True, is_away=is_away)
    if changed is not None and (user := User.objects(id=user_id).first()):
        broadcasts.user_changed(payloads.user(user, is_online=changed.is_online, is_away=is_away))
