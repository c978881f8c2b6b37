"""What the clients of this process may not have been told, because it was lost between processes: told from MongoDB."""

from __future__ import annotations

from contextlib import suppress

from bson import ObjectId

from app.chat import audiences, broadcasts, memberships, message_log, people, rooms, services

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
    for (user_id, room_id), is_member in audiences.take_raced().items():
        _tell(user_id, room_id, is_member=is_member)
    if not _is_due:
        return
    _is_due = False
    try:
        align()
        for room_id, end in message_log.ends(audiences.rooms_here()).items():
            broadcasts.room_advanced(room_id, end.seq, end.change)
        broadcasts.users_changed(services.everyone())
        for guest in audiences.guests_here():
            broadcasts.users_changed(people.seen_by(guest), guest)
    except Exception:
        _is_due = True
        raise


def align() -> None:
    """Let the connections here hear the rooms of their people and no others, and tell them which are new or gone."""
    came, went = audiences.align()
    for is_member, pairs in ((False, went), (True, came)):
        for user_id, room_id in pairs:
            _tell(user_id, room_id, is_member=is_member)


def _tell(user_id: ObjectId, room_id: ObjectId, *, is_member: bool) -> None:
    if not is_member:
        broadcasts.room_removed(user_id, room_id, only_here=True)
        return
    with suppress(memberships.NotAMember):  # gone again meanwhile, which is told in the usual way
        broadcasts.room_added(user_id, rooms.seen_by(user_id, room_id), only_here=True)
