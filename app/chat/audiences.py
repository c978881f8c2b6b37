"""Who hears what: the live connections of this process, and the audiences that they are in.

An audience is what Socket.IO calls a room: everyone, the members of one room, the connections of one user or session.
The memberships in the database are the truth, and audiences follow them: at once when somebody comes or goes; once more
where that was not heard in the order in which it happened; and every minute, for whatever was not heard at all.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from time import monotonic
from typing import Any

import gevent
from bson import ObjectId
from cachetools import TTLCache
from pymongo.errors import PyMongoError

from app.chat import memberships
from app.extensions import socketio

logger = logging.getLogger(__name__)

NAMESPACE = "/chat"
EVERYONE = "everyone"  # but guests
GUESTS = "guests"
Watchers = str | list[str]
Pair = tuple[ObjectId, ObjectId]
"""A user and a room."""

RACE_SECONDS = 5  # who is let in and shut out within so many seconds may have been heard of in the wrong order
QUIET_SECONDS = 1.0  # after so many without another change it is told how it ended
AT_ONCE = 50  # users who are compared with the database before others get their turn

_changed: TTLCache[Pair, bool] = TTLCache(100_000, RACE_SECONDS)  # whether they were let in, or shut out
_raced: dict[Pair, float] = {}  # when the last of these changes was heard of


def members(room_id: ObjectId | str) -> str:
    return f"room:{room_id}"


def guests_among(room_id: ObjectId | str) -> str:
    """The guests of a room: they hear of the people in it, and of nobody else."""
    return f"guests:{room_id}"


def session(session_id: str) -> str:
    return f"session:{session_id}"


def user(user_id: ObjectId | str) -> str:
    return f"user:{user_id}"


def listen(socket_id: str, user_id: ObjectId, session_id: str, *, is_guest: bool) -> None:
    """Make a connection part of its audiences, but for those of rooms."""
    for audience in (GUESTS if is_guest else EVERYONE, user(user_id), session(session_id)):
        socketio.server.enter_room(socket_id, audience, namespace=NAMESPACE)


def hear(socket_id: str, room_ids: Iterable[ObjectId]) -> None:
    """Make a connection hear these rooms. Read the memberships again after that, and `unhear` those that are gone:
    whoever was taken out of a room before it was heard could not be shut out of it."""
    for room_id in room_ids:
        socketio.server.enter_room(socket_id, members(room_id), namespace=NAMESPACE)
        if _is_guests(socket_id):
            socketio.server.enter_room(socket_id, guests_among(room_id), namespace=NAMESPACE)


def unhear(socket_id: str, room_ids: Iterable[ObjectId]) -> None:
    for room_id in room_ids:
        for audience in (members(room_id), guests_among(room_id)):
            socketio.server.leave_room(socket_id, audience, namespace=NAMESPACE)


def define_procedures(*others: Callable[..., object]) -> None:
    """Tell the transport what is to be done in each process: what is asked for here, and `others` by their names."""
    procedures: tuple[Any, ...] = (_let_in, _shut_out, _forget_room, _end_connections, *others)
    for procedure in procedures:
        socketio.server.manager.define(procedure.__name__, procedure)


def let_in(user_id: ObjectId, room_id: ObjectId) -> None:
    """From now on every connection of the user hears the room."""
    _run_everywhere(_let_in, str(user_id), str(room_id))


def shut_out(user_id: ObjectId, room_id: ObjectId) -> None:
    """From now on no connection of the user hears the room, and nothing more is taken from it for the room.

    The membership must be gone from the database before. Here it holds when this returns, in other processes soon.
    """
    _run_everywhere(_shut_out, str(user_id), str(room_id))


def forget_room(room_id: ObjectId) -> None:
    """What is remembered of a room no longer holds: it was archived, or somebody's role in it is another."""
    _run_everywhere(_forget_room, str(room_id))


def end_connections(user_id: ObjectId) -> None:
    """Close every connection of a user. Who comes back is let in as what they are then, a guest or not."""
    _run_everywhere(_end_connections, str(user_id))


def end_session(session_id: str) -> None:
    """Close every connection of a session that this process holds."""
    for sid in _sids(session(session_id)):
        socketio.server.disconnect(sid, namespace=NAMESPACE)


def rooms_here() -> list[ObjectId]:
    """The rooms of which this process has a member's connection."""
    names = map(str, socketio.server.manager.rooms.get(NAMESPACE, ()))
    return [ObjectId(name.removeprefix(members(""))) for name in names if name.startswith(members(""))]


def guests_here() -> set[ObjectId]:
    """The guests of whom this process has a connection."""
    return {user_id for sid in _sids(GUESTS) if (user_id := _user_of(sid)) is not None}


def put_right(user_id: ObjectId, room_id: ObjectId) -> tuple[bool, bool]:
    """Make the connections of a user here hear a room, or not, as the database says.

    It is read again after each change, because the membership may change at the same time. Returns whether the user is
    a member, and whether anything was wrong.
    """
    was_wrong = False
    while True:
        is_member = bool(memberships.among(room_id, [user_id]))
        wrong = [sid for sid in _sids(user(user_id)) if (room_id in _rooms_heard(sid)) is not is_member]
        if not wrong:
            return is_member, was_wrong
        was_wrong = True
        memberships.forget(room_id, user_id)
        for sid in wrong:
            (hear if is_member else unhear)(sid, [room_id])


def raced() -> Iterator[tuple[Pair, bool]]:
    """Who was let in and shut out at about the same time, some moments ago, and whether they are members now.

    They may have been told of it in the wrong order: tell each before the next is looked up. Errors: PyMongoError,
    after which they are here again.
    """
    for pair in [pair for pair, moment in _raced.items() if moment < monotonic() - QUIET_SECONDS]:
        moment = _raced.pop(pair)  # before the look: what comes after it is a race of its own
        try:
            is_member, _ = put_right(*pair)
        except PyMongoError:
            _raced.setdefault(pair, moment)
            raise
        yield pair, is_member


def align() -> Iterator[tuple[Pair, bool]]:
    """Bring the audiences in line with the memberships and roles, in case that news of these did not come here.

    Yields whose audiences were wrong, and whether they are members: they have not been told.
    """
    here: dict[ObjectId, list[str]] = {}
    for sid in (*_sids(EVERYONE), *_sids(GUESTS)):
        if (user_id := _user_of(sid)) is not None:
            here.setdefault(user_id, []).append(sid)
    users = list(here)
    for start in range(0, len(users), AT_ONCE):
        some = {user_id: here[user_id] for user_id in users[start : start + AT_ONCE]}
        _end_those_of_another_role(some)
        for pair in _wrong(some):
            is_member, was_wrong = put_right(*pair)
            if was_wrong:
                yield pair, is_member
        gevent.sleep(0)


def _end_those_of_another_role(here: Mapping[ObjectId, list[str]]) -> None:
    guests = memberships.guests(here)
    for user_id, sids in here.items():
        for sid in sids:
            if _is_here(sid) and (user_id in guests) is not _is_guests(sid):
                socketio.server.disconnect(sid, namespace=NAMESPACE)


def _wrong(here: Mapping[ObjectId, list[str]]) -> list[Pair]:
    """Who has a connection here that hears a room it should not; then, who has one that does not hear one it should."""
    due: dict[ObjectId, set[ObjectId]] = {user_id: set() for user_id in here}
    for user_id, room_id in memberships.of_all(here):
        due[user_id].add(room_id)
    pairs = [(user_id, _rooms_heard(sid)) for user_id, sids in here.items() for sid in sids if _is_here(sid)]
    gone = {(user_id, room_id) for user_id, heard in pairs for room_id in heard - due[user_id]}
    lacking = {(user_id, room_id) for user_id, heard in pairs for room_id in due[user_id] - heard}
    return [*gone, *(lacking - gone)]


def _let_in(user_id: str, room_id: str) -> None:
    pair = ObjectId(user_id), ObjectId(room_id)
    memberships.forget(pair[1], pair[0])
    for sid in _sids(user(user_id)):
        hear(sid, [pair[1]])
    _watch_for_races(pair, is_in=True)


def _shut_out(user_id: str, room_id: str) -> None:
    pair = ObjectId(user_id), ObjectId(room_id)
    memberships.forget(pair[1], pair[0])
    for sid in _sids(user(user_id)):
        unhear(sid, [pair[1]])
    _watch_for_races(pair, is_in=False)


def _watch_for_races(pair: Pair, *, is_in: bool) -> None:
    """Two workers that let somebody in and shut them out are heard of in any order: then the database is asked."""
    if _sids(user(pair[0])) and _changed.get(pair, is_in) is not is_in:
        _raced[pair] = monotonic()
        gevent.spawn(_put_right_at_once, pair)
    _changed[pair] = is_in


def _put_right_at_once(pair: Pair) -> None:
    try:
        put_right(*pair)
    except PyMongoError as error:
        logger.warning("who hears %s is put right later: %s", pair[1], type(error).__name__)


def _end_connections(user_id: str) -> None:
    for sid in _sids(user(user_id)):
        socketio.server.disconnect(sid, namespace=NAMESPACE)


def _forget_room(room_id: str) -> None:
    memberships.forget(ObjectId(room_id))


def _sids(audience: str) -> list[str]:
    """The connections of an audience that this process holds."""
    if audience not in socketio.server.manager.rooms.get(NAMESPACE, ()):
        return []
    return [sid for sid, _ in socketio.server.manager.get_participants(NAMESPACE, audience)]


def _is_here(sid: str) -> bool:
    """Whether this connection lives still."""
    return bool(socketio.server.manager.is_connected(sid, NAMESPACE))


def _is_guests(sid: str) -> bool:
    return GUESTS in socketio.server.manager.get_rooms(sid, NAMESPACE)


def _rooms_heard(sid: str) -> set[ObjectId]:
    return set(_ids(sid, members("")))


def _user_of(sid: str) -> ObjectId | None:
    return next(_ids(sid, user("")), None)


def _ids(sid: str, prefix: str) -> Iterator[ObjectId]:
    for audience in socketio.server.manager.get_rooms(sid, NAMESPACE):
        if audience.startswith(prefix):
            yield ObjectId(audience.removeprefix(prefix))


def _run_everywhere(procedure: Callable[..., None], *arguments: str) -> None:
    socketio.server.manager.run_everywhere(procedure.__name__, *arguments)
