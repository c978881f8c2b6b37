"""Every event that leaves the server, and the audience it goes to. Nothing else emits.

An audience is what Socket.IO calls a room: everyone, the members of one room, the connections of one session.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bson import ObjectId
from flask_socketio import join_room

from app.chat.payloads import MessagePayload, RoomPayload, UserPayload
from app.extensions import socketio

NAMESPACE = "/chat"
EVERYONE = "everyone"


def _members(room_id: ObjectId | str) -> str:
    return f"room:{room_id}"


def _session(session_id: str) -> str:
    return f"session:{session_id}"


def listen(room_ids: Iterable[ObjectId], session_id: str) -> None:
    """Make the connection of this event part of its audiences."""
    for audience in (EVERYONE, _session(session_id), *map(_members, room_ids)):
        join_room(audience)


def session_ready(socket_id: str, user: UserPayload, rooms: list[RoomPayload], users: Sequence[UserPayload]) -> None:
    _emit("session:ready", {"user": user, "rooms": rooms, "users": users}, to=socket_id)


def message_created(message: MessagePayload) -> None:
    _emit("message:created", {"message": message}, to=_members(message["room_id"]))


def user_connected(user: UserPayload, *, but: str | None = None) -> None:
    _emit("user:connected", {"user": user}, to=EVERYONE, but=but)


def user_disconnected(user: UserPayload) -> None:
    _emit("user:disconnected", {"user": user}, to=EVERYONE)


def status_changed(user: UserPayload) -> None:
    _emit("status:changed", {"user": user}, to=EVERYONE)


def user_changed(user: UserPayload) -> None:
    _emit("user:changed", {"user": user}, to=EVERYONE)


def room_advanced(room_id: ObjectId, seq: int) -> None:
    """For the clients of this process alone."""
    _emit("room:advanced", {"room": {"id": str(room_id), "seq": seq}}, to=_members(room_id), only_here=True)


def users_changed(users: Sequence[UserPayload]) -> None:
    """For the clients of this process alone."""
    _emit("users:changed", {"users": users}, to=EVERYONE, only_here=True)


def rooms_here() -> list[ObjectId]:
    """The rooms of which this process has a member's connection."""
    names = map(str, socketio.server.manager.rooms.get(NAMESPACE, ()))
    return [ObjectId(name.removeprefix(_members(""))) for name in names if name.startswith(_members(""))]


def end_session(session_id: str) -> None:
    """Close every connection of a session that this process holds."""
    server = socketio.server
    sids = [sid for sid, _ in server.manager.get_participants(NAMESPACE, _session(session_id))]
    for sid in sids:
        server.disconnect(sid, namespace=NAMESPACE)


def _emit(event: str, payload: dict[str, object], *, to: str, but: str | None = None, only_here: bool = False) -> None:
    socketio.emit(event, payload, namespace=NAMESPACE, to=to, skip_sid=but, ignore_queue=only_here)
