"""What the clients of this process may not have been told, because it was lost between processes: told from MongoDB."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from app.chat import audiences, broadcasts, memberships, people, places, rooms, roster
from app.chat.audiences import Pair

_is_due = False


def note() -> None:
    """Something may be missing. Returns at once."""
    global _is_due  # noqa: PLW0603 - one process, one set of clients
    _is_due = True


def tell() -> None:
    """If something may be missing, tell the clients here how things are: how far each room is, and how everyone is.

    Whoever is behind fetches the messages. Errors: PyMongoError, after which it is still due.
    """
    global _is_due  # noqa: PLW0603
    _tell_each(audiences.raced())
    if not _is_due:
        return
    _is_due = False
    try:
        align()
        for room_id, end in places.ends(audiences.rooms_here()).items():
            broadcasts.room_advanced(room_id, end.seq, end.change)
        broadcasts.users_changed(people.told(roster.everyone()))
        for guest in audiences.guests_here():
            broadcasts.users_changed(people.told(people.seen_by(guest)), guest)
    except Exception:
        _is_due = True
        raise


def align() -> None:
    """Let the connections here hear the rooms of their people and no others, and tell them which are new or gone."""
    _tell_each(audiences.align())


def _tell_each(found: Iterable[tuple[Pair, bool]]) -> None:
    for (user_id, room_id), is_member in found:
        if not is_member:
            broadcasts.room_removed(user_id, room_id, only_here=True)
            continue
        with suppress(memberships.NotAMember):  # gone again meanwhile, which is told in the usual way
            broadcasts.room_added(user_id, rooms.seen_by(user_id, room_id), only_here=True)
