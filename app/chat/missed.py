"""What the clients of this process may not have been told, because it was lost between processes: told from MongoDB."""

from __future__ import annotations

from contextlib import suppress

from app.chat import broadcasts, memberships, message_log, people, rooms, services

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
    if not _is_due:
        return
    _is_due = False
    try:
        _tell_rooms()
        for room_id, end in message_log.ends(broadcasts.rooms_here()).items():
            broadcasts.room_advanced(room_id, end.seq, end.change)
        broadcasts.users_changed(services.everyone())
        for guest in broadcasts.guests_here():
            broadcasts.users_changed(people.seen_by(guest), guest)
    except Exception:
        _is_due = True
        raise


def _tell_rooms() -> None:
    """Let the connections here hear the rooms of their people, and tell them which are new and which are gone."""
    came, went = broadcasts.align()
    for user_id, room_id in went:
        broadcasts.room_removed(user_id, room_id, only_here=True)
    for user_id, room_id in came:
        with suppress(memberships.NotAMember):  # gone again meanwhile, which is told in the usual way
            broadcasts.room_added(user_id, rooms.seen_by(user_id, room_id), only_here=True)
