"""Who is online, computed from live connections, and told once per change.

Each process renews the heartbeat of its own connections; one whose process died runs out. A `Presence` is flipped
atomically, and whoever flipped it tells the others: two tabs or two processes at once announce one change.
"""

from __future__ import annotations

import uuid

import gevent
from bson import ObjectId
from mongoengine.errors import NotUniqueError

from app.auth.models import User, now
from app.auth.tokens import Claims
from app.chat import broadcasts, payloads, services
from app.chat.models import CONNECTION_TTL, Connection, Presence

GRACE_SECONDS = 3  # a reload or a short loss of the network is no departure
SERVER = uuid.uuid4().hex  # this process, in the connections it holds


def connected(caller: Claims, socket_id: str) -> None:
    """Note a new connection; tell everyone else if it is the user's first."""
    Connection(
        socket_id=socket_id,
        username=caller.name,
        user=caller.user_id,
        session=caller.session_id,
        server=SERVER,
    ).save(force_insert=True)
    if _flip(caller.user_id, is_online=True):
        broadcasts.user_connected(_payload(caller.user_id, is_online=True), but=socket_id)


def disconnected(socket_id: str) -> None:
    """Note that a connection is gone; after some grace tell everyone if it was the user's last."""
    connection = Connection.objects(socket_id=socket_id).modify(remove=True)
    if connection is not None:
        gevent.spawn_later(GRACE_SECONDS, settle, connection.user)


def settle(user_id: ObjectId) -> None:
    """Bring what everyone was told in line with the user's live connections."""
    if services.is_online(user_id):
        return
    if _flip(user_id, is_online=False):
        broadcasts.user_disconnected(_payload(user_id, is_online=False))
        # Came back between the look and the flip: then nobody else has told it.
        if services.is_online(user_id) and _flip(user_id, is_online=True):
            broadcasts.user_connected(_payload(user_id, is_online=True))


def beat() -> None:
    """Renew the heartbeat of every connection this process holds."""
    Connection.objects(server=SERVER).update(set__beat_at=now())


def sweep() -> None:
    """Find users who were left online by a process that died, and tell that they are gone."""
    Connection.objects(beat_at__lt=now() - CONNECTION_TTL).delete()
    online = services.online_users()
    for presence in Presence.objects(is_online=True, user__nin=list(online)):
        settle(presence.user)


def leave() -> None:
    """Forget this process's connections as it ends; whoever does not come back is swept up by another."""
    Connection.objects(server=SERVER).delete()


def _flip(user_id: ObjectId, *, is_online: bool) -> bool:
    """Change what was told. Whether it was this call that changed it."""
    try:
        before = Presence.objects(user=user_id, is_online__ne=is_online).modify(upsert=True, is_online=is_online)
    except NotUniqueError:
        return False  # it is so already
    return is_online or before is not None


def _payload(user_id: ObjectId, *, is_online: bool) -> payloads.UserPayload:
    return payloads.user(User.objects(id=user_id).get(), is_online=is_online)
