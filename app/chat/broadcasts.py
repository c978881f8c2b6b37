"""Every event that leaves the server, and the audience it goes to. Nothing else emits.

An audience is what Socket.IO calls a room: everyone, the members of one room, the connections of one user or session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from bson import ObjectId
from flask_socketio import join_room

from app.chat import memberships
from app.chat.kept_payloads import MarkPayload, ReminderPayload, ScheduledPayload
from app.chat.payloads import MessagePayload, Person, ReadPayload, RoomFacts, RoomPayload, UserPayload
from app.extensions import socketio

NAMESPACE = "/chat"
EVERYONE = "everyone"


def _members(room_id: ObjectId | str) -> str:
    return f"room:{room_id}"


def _session(session_id: str) -> str:
    return f"session:{session_id}"


def _user(user_id: ObjectId | str) -> str:
    return f"user:{user_id}"


def listen(room_ids: Iterable[ObjectId], user_id: ObjectId, session_id: str) -> None:
    """Make the connection of this event part of its audiences."""
    for audience in (EVERYONE, _user(user_id), _session(session_id), *map(_members, room_ids)):
        join_room(audience)


def define_procedures() -> None:
    """Tell the transport what `let_in` and `shut_out` do in each process."""
    for procedure in (_let_in, _shut_out, _forget_room):
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


def _let_in(user_id: str, room_id: str) -> None:
    memberships.forget(ObjectId(room_id), ObjectId(user_id))
    for sid in _sids(_user(user_id)):
        socketio.server.enter_room(sid, _members(room_id), namespace=NAMESPACE)


def _shut_out(user_id: str, room_id: str) -> None:
    memberships.forget(ObjectId(room_id), ObjectId(user_id))
    for sid in _sids(_user(user_id)):
        socketio.server.leave_room(sid, _members(room_id), namespace=NAMESPACE)


def _forget_room(room_id: str) -> None:
    memberships.forget(ObjectId(room_id))


def align() -> None:
    """Bring the audiences of the rooms in line with the memberships, in case that news of these did not come here."""
    rooms_of = {sid: _rooms_heard(sid) for sid in _sids(EVERYONE)}
    users = {sid: user for sid in rooms_of if (user := _user_of(sid)) is not None}
    pairs = memberships.of_all(set(users.values()))
    for sid, user_id in users.items():
        due = {room_id for member, room_id in pairs if member == user_id}
        for room_id in rooms_of[sid] - due:
            _shut_out(str(user_id), str(room_id))
        for room_id in due - rooms_of[sid]:
            _let_in(str(user_id), str(room_id))


def session_ready(socket_id: str, user: UserPayload, rooms: list[RoomPayload], users: Sequence[UserPayload]) -> None:
    _emit("session:ready", {"user": user, "rooms": rooms, "users": users}, to=socket_id)


def message_created(message: MessagePayload) -> None:
    _emit("message:created", _change(message), to=_members(message["room_id"]))


def message_edited(message: MessagePayload) -> None:
    _emit("message:edited", _change(message), to=_members(message["room_id"]))


def message_deleted(message: MessagePayload) -> None:
    _emit("message:deleted", _change(message), to=_members(message["room_id"]))


def message_reacted(message: MessagePayload) -> None:
    _emit("message:reacted", _change(message), to=_members(message["room_id"]))


def message_pinned(message: MessagePayload) -> None:
    """It was pinned, or is pinned no more."""
    _emit("message:pinned", _change(message), to=_members(message["room_id"]))


def bookmark_changed(user_id: ObjectId, mark: MarkPayload) -> None:
    _emit("bookmark:changed", {"bookmark": mark}, to=_user(user_id))


def schedule_changed(user_id: ObjectId, scheduled: ScheduledPayload) -> None:
    _emit("schedule:changed", {"scheduled": scheduled}, to=_user(user_id))


def reminder_changed(user_id: ObjectId, reminder: ReminderPayload) -> None:
    _emit("reminder:changed", {"reminder": reminder}, to=_user(user_id))


def reminder_due(user_id: ObjectId, reminder: ReminderPayload) -> None:
    _emit("reminder:due", {"reminder": reminder}, to=_user(user_id))


def user_connected(user: UserPayload, *, but: str | None = None) -> None:
    _emit("user:connected", {"user": user}, to=EVERYONE, but=but)


def user_disconnected(user: UserPayload) -> None:
    _emit("user:disconnected", {"user": user}, to=EVERYONE)


def status_changed(user: UserPayload) -> None:
    _emit("status:changed", {"user": user}, to=EVERYONE)


def user_changed(user: UserPayload) -> None:
    _emit("user:changed", {"user": user}, to=EVERYONE)


def room_added(user_id: ObjectId, room: RoomPayload) -> None:
    _emit("room:added", {"room": room}, to=_user(user_id))


def room_removed(user_id: ObjectId, room_id: ObjectId) -> None:
    _emit("room:removed", {"room_id": str(room_id)}, to=_user(user_id))


def room_changed(room: RoomFacts) -> None:
    _emit("room:changed", {"room": room}, to=_members(room["id"]))


def read_moved(user_id: ObjectId, read: ReadPayload) -> None:
    _emit("read:moved", {**read}, to=_user(user_id))


def typing_started(room_id: ObjectId, person: Person) -> None:
    _emit("typing:started", {"room_id": str(room_id), "user": person}, to=_members(room_id))


def typing_stopped(room_id: ObjectId, person: Person) -> None:
    _emit("typing:stopped", {"room_id": str(room_id), "user": person}, to=_members(room_id))


def room_advanced(room_id: ObjectId, seq: int, change: int) -> None:
    """For the clients of this process alone."""
    room = {"id": str(room_id), "seq": seq, "change": change}
    _emit("room:advanced", {"room": room}, to=_members(room_id), only_here=True)


def users_changed(users: Sequence[UserPayload]) -> None:
    """For the clients of this process alone."""
    _emit("users:changed", {"users": users}, to=EVERYONE, only_here=True)


def rooms_here() -> list[ObjectId]:
    """The rooms of which this process has a member's connection."""
    names = map(str, socketio.server.manager.rooms.get(NAMESPACE, ()))
    return [ObjectId(name.removeprefix(_members(""))) for name in names if name.startswith(_members(""))]


def end_session(session_id: str) -> None:
    """Close every connection of a session that this process holds."""
    for sid in _sids(_session(session_id)):
        socketio.server.disconnect(sid, namespace=NAMESPACE)


def _sids(audience: str) -> list[str]:
    """The connections of an audience that this process holds."""
    if audience not in socketio.server.manager.rooms.get(NAMESPACE, ()):
        return []
    return [sid for sid, _ in socketio.server.manager.get_participants(NAMESPACE, audience)]


def _rooms_heard(sid: str) -> set[ObjectId]:
    return set(_ids(sid, _members("")))


def _user_of(sid: str) -> ObjectId | None:
    return next(_ids(sid, _user("")), None)


def _ids(sid: str, prefix: str) -> Iterator[ObjectId]:
    for audience in socketio.server.manager.get_rooms(sid, NAMESPACE):
        if audience.startswith(prefix):
            yield ObjectId(audience.removeprefix(prefix))


def _run_everywhere(procedure: Callable[..., None], *arguments: str) -> None:
    socketio.server.manager.run_everywhere(procedure.__name__, *arguments)


def _change(message: MessagePayload) -> dict[str, object]:
    return {"message": message, "change": message["change"]}


def _emit(event: str, payload: dict[str, object], *, to: str, but: str | None = None, only_here: bool = False) -> None:
    socketio.emit(event, payload, namespace=NAMESPACE, to=to, skip_sid=but, ignore_queue=only_here)
