"""What the clients of this process may not have been told, because it was lost between processes: told from MongoDB."""

from __future__ import annotations

from app.chat import broadcasts, message_log, people, services

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
        broadcasts.align()
        for room_id, end in message_log.ends(broadcasts.rooms_here()).items():
            broadcasts.room_advanced(room_id, end.seq, end.change)
        broadcasts.users_changed(services.everyone())
        for guest in broadcasts.guests_here():
            broadcasts.users_changed(people.seen_by(guest), guest)
    except Exception:
        _is_due = True
        raise
