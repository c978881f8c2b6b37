"""Who is online, computed from live connections, and told once per change.

Each process renews the heartbeat of its own connections; one whose process died runs out. A `Presence` is what
everyone was told, in events and in lists alike. It follows the connections: it is flipped atomically, and whoever
flipped it tells the others, so that two tabs or two processes at once announce one change.

Everyone comes and goes at once when a server or a network falls: what is asked and written for one of them is asked and
written for all who come or go at that moment, and what is told of them leaves in one write for each who hears it.
"""

from __future__ import annotations

import logging
import uuid
from collections import Counter
from collections.abc import Mapping
from typing import Any

import gevent
from bson import ObjectId
from gevent.pool import Group
from pymongo import DeleteOne, UpdateOne, timeout
from pymongo.errors import PyMongoError

from app.auth.models import now
from app.auth.services import find_facts
from app.auth.tokens import Claims
from app.chat import broadcasts, composing, flips, payloads, signs
from app.chat.models import CONNECTION_TTL, Connection, Presence
from app.database.together import Together
from app.errors import NotAuthenticated
from app.realtime.group_commit import GroupCommit

logger = logging.getLogger(__name__)

WRITE_SECONDS = 5.0
SERVER = uuid.uuid4().hex  # this process, in the connections it holds
_settling = Group()
_here: dict[str, Claims] = {}  # the connections it holds, by socket id: the truth that the database follows
_of_users: Counter[bytes] = Counter()  # how many of them each user has
_visible: set[str] = set()  # those of them whose page is in sight


def connected(caller: Claims, socket_id: str, user: payloads.UserPayload) -> None:
    """Note a new connection; tell everyone else if it is the user's first. A failure leaves nothing behind."""
    _here[socket_id] = caller
    _of_users[caller.user_id.binary] += 1
    try:
        _note(socket_id, caller)
        flips.make(flips.Flip(caller.user_id, user, broadcasts.who_see(caller.user_id), socket_id))
    except Exception:
        disconnected(socket_id)
        raise


def caller(socket_id: str) -> Claims:
    """Whose connection this is. Errors: `NotAuthenticated` for one that is not let in."""
    try:
        found = _here[socket_id]
    except KeyError:
        raise NotAuthenticated from None
    signs.note(socket_id)
    return found


def count(user_id: ObjectId) -> int:
    """How many connections of a user this process holds."""
    return _of_users[user_id.binary]


def regard(socket_id: str, *, is_visible: bool) -> None:
    """The page of a connection came into sight, or went out of it. Errors: `NotAuthenticated`."""
    if socket_id not in _here:
        raise NotAuthenticated
    (_visible.add if is_visible else _visible.discard)(socket_id)
    _writes.submit(UpdateOne({"socket_id": socket_id}, {"$set": {"is_visible": is_visible}}))


def disconnected(socket_id: str) -> None:
    """Note that a connection is gone; after some grace tell everyone if it was the user's last."""
    gone = _here.pop(socket_id, None)
    _visible.discard(socket_id)
    if gone is None:
        return
    _of_users[gone.user_id.binary] -= 1
    if not _of_users[gone.user_id.binary]:
        del _of_users[gone.user_id.binary]
    try:
        _writes.submit(DeleteOne({"socket_id": socket_id}))
        _partings.submit(gone.user_id)
    except PyMongoError as error:
        logger.warning("connection %s is removed later: %s", socket_id, type(error).__name__)
    composing.left(gone.user_id)
    _settle_later(gone.user_id)


def settle(user_id: ObjectId) -> None:
    """Bring what everyone was told in line with the user's live connections."""
    if _is_connected(user_id):
        return
    facts = find_facts(user_id)
    if facts is None:  # taken out of the database by hand: there is nobody left to tell of
        Presence.objects(user=user_id).delete()
        return
    if flips.make(_flip(facts, is_online=False)) and _is_connected(user_id):
        # Came back between the look and the flip: then nobody else has told it.
        flips.make(_flip(facts, is_online=True))


def tend() -> None:
    """Renew the heartbeats of this process, tell what was not told while the database was away, and see to those who
    were left online by a process that died."""
    _renew()
    flips.tell_unsure()
    Connection.objects(beat_at__lt=now() - CONNECTION_TTL).delete()
    connected_users = Connection.objects(beat_at__gt=now() - CONNECTION_TTL).distinct("user")
    for presence in Presence.objects(is_online=True, user__nin=connected_users):
        _settle_later(presence.user)
    signs.settle()


def leave() -> None:
    """Forget this process's connections as it ends; whoever does not come back is seen to by another."""
    _settling.kill()
    _here.clear()
    _of_users.clear()
    _visible.clear()
    Connection.objects(server=SERVER).delete()


def _renew() -> None:
    """Also mends what went wrong while the database was away: connections that ended then, or were taken for dead."""
    Connection.objects(server=SERVER).update(set__beat_at=now())
    # Without making objects of them, which would hold up everyone for a fifth of a second where there are ten thousand.
    found = Connection._get_collection().find({"server": SERVER}, {"socket_id": 1})
    noted = {connection["socket_id"] for connection in found}
    here = dict(_here)
    Connection.objects(socket_id__in=list(noted - here.keys())).delete()
    for socket_id in here.keys() - noted:
        _note(socket_id, here[socket_id])
        if facts := find_facts(here[socket_id].user_id):
            flips.make(_flip(facts, is_online=True))


def _note(socket_id: str, caller: Claims) -> None:
    values = {
        "username": caller.name,
        "user": caller.user_id,
        "session": caller.session_id,
        "server": SERVER,
        "beat_at": now(),
        "is_visible": socket_id in _visible,
    }
    change = {"$set": values, "$setOnInsert": {"connected_at": now(), "active_at": now()}}
    _writes.submit(UpdateOne({"socket_id": socket_id}, change, upsert=True))


def _write(changes: list[UpdateOne | DeleteOne]) -> list[None]:
    with timeout(WRITE_SECONDS):
        Connection._get_collection().bulk_write(changes)
    return [None] * len(changes)


def _settle_later(user_id: ObjectId) -> None:
    _settling.add(gevent.spawn_later(flips.GRACE_SECONDS, _settle_or_leave, user_id))


def _settle_or_leave(user_id: ObjectId) -> None:
    try:
        settle(user_id)
    except PyMongoError as error:
        logger.warning("the presence of %s is settled later: %s", user_id, type(error).__name__)


def _flip(facts: Mapping[str, Any], *, is_online: bool) -> flips.Flip:
    user_id = facts["_id"]
    told = payloads.users([facts], {user_id: False} if is_online else {})[0]
    return flips.Flip(user_id, told, broadcasts.who_see(user_id))


def _part(user_ids: list[ObjectId]) -> list[None]:
    with timeout(WRITE_SECONDS):
        Presence.objects(user__in=user_ids).update(set__left_at=now())
    return [None] * len(user_ids)


def _is_connected(user_id: ObjectId) -> bool:
    """Whether the user has a connection whose process still lives."""
    return _connected.ask(user_id) is not None


def _find_connected(user_ids: list[ObjectId]) -> dict[ObjectId, bool]:
    live = {"user": {"$in": user_ids}, "beat_at": {"$gt": now() - CONNECTION_TTL}}
    return dict.fromkeys(Connection._get_collection().distinct("user", live), True)


_writes: GroupCommit[UpdateOne | DeleteOne, None] = GroupCommit(_write)
_partings: GroupCommit[ObjectId, None] = GroupCommit(_part)
_connected: Together[ObjectId, bool] = Together(_find_connected)
