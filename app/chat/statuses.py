"""What people say of themselves, until when, and since when they were busy.

What happened in a busy time waits for its owner, on all their devices, until they put it away; the digest is of all
since it began. A busy time that begins before that adds to the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from bson import ObjectId
from mongoengine import Q
from typing_extensions import TypedDict

from app.auth.models import User, now
from app.auth.payloads import iso
from app.chat import broadcasts, services
from app.chat.forms import StatusSet
from app.chat.payloads import UserPayload
from app.errors import NotFound

BUSY_FOR = timedelta(hours=8)  # when no end was given: a stand-in must not go on for ever


class BusyTime(TypedDict):
    """Since when one was last busy, whether that is over, and whether what came of it was put away."""

    since: str | None
    is_over: bool
    is_seen: bool


def choose(user_id: ObjectId, form: StatusSet) -> UserPayload:
    """Choose a status and tell everyone. Busy always ends: after eight hours when nothing else was said."""
    is_busy = form.status == "busy"
    until = form.until or (now() + BUSY_FOR if is_busy else None)
    changes: dict[str, Any] = {"status": form.status, "status_until": until, "status_note": form.note or ""}
    changes["status_mode"] = form.mode if is_busy else None
    # A busy period begins where another status ends: a new note or end in between is the same period.
    others, began = User.objects(id=user_id, status__ne=form.status), {**changes, "status_since": now()}
    if is_busy:
        # One that began before this was written down has no beginning: it cannot add to that.
        anew = others.filter(Q(busy_since=None) | Q(busy_seen__ne=False))
        user = anew.modify(new=True, busy_since=now(), busy_seen=False, **began)
    else:
        user = others.filter(status="busy").modify(new=True, busy_seen=False, **began)
    user = user or others.modify(new=True, **began) or User.objects(id=user_id).modify(new=True, **changes)
    if user is None:
        raise NotFound
    return _tell(user)


def end_due() -> Iterator[ObjectId]:
    """Make available again whose time is over. Each is done and told by one process only: whose it was."""
    due = User.objects(status_until__lte=now())
    while user := _end(due.filter(status="busy"), busy_seen=False) or _end(due):
        _tell(user)
        yield user.id


def busy_time(user: User) -> BusyTime:
    return busy_time_of(user.to_mongo(), is_busy=user.is_busy)


def busy_time_of(stored: Mapping[str, Any], *, is_busy: bool) -> BusyTime:
    """The same of a user of whom no object was made."""
    since, is_seen = stored.get("busy_since"), stored.get("busy_seen") is not False
    return {"since": iso(since), "is_over": not is_busy, "is_seen": is_seen}


def put_away(user_id: ObjectId) -> BusyTime:
    """What came of the busy time needs to be told no more, for now or, once it is over, at all."""
    user = User.objects(id=user_id, busy_seen=False).modify(new=True, busy_seen=True)
    if user is None:
        return busy_time(User.objects(id=user_id).get())
    told = busy_time(user)
    broadcasts.busy_changed(user_id, told)
    return told


def _end(due: Any, **changes: Any) -> User | None:
    """One of these."""
    available = {"status": "available", "status_until": None, "status_note": "", "status_mode": None}
    user: User | None = due.modify(new=True, status_since=now(), **available, **changes)
    return user


def _tell(user: User) -> UserPayload:
    payload = services.as_told(user)
    broadcasts.status_changed(payload)
    if user.busy_since is not None:
        broadcasts.busy_changed(user.id, busy_time(user))
    return payload
