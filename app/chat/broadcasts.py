"""Every event that leaves the server, and the audience it goes to. Nothing else emits.

An audience is what Socket.IO calls a room: everyone, the members of one room, the connections of one user or session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from bson import ObjectId
from flask_socketio import join_room

from app.chat import memberships
from app.chat.kept_payloads import MarkPayload, ReminderPayload, ScheduledPayload
from app.chat.payloads import ChangedRoomPayload, MessagePayload, Person, ReadPayload, RoomPayload, UserPayload
from app.extensions import socketio

NAMESPACE = "/chat"
EVERYONE = "everyone"  # but guests
GUESTS = "guests"
Watchers = str | list[str]


def _members(room_id: ObjectId | str) -> str:
    return f"room:{room_id}"


def _guests_among(room_id: ObjectId | str) -> str:
    """The guests of a room: they hear of the people in it, and of nobody else."""
    return f"guests:{room_id}"


def _session(session_id: str) -> str:
    return f"session:{session_id}"


def _user(user_id: ObjectId | str) -> str:
    return f"user:{user_id}"


def listen(user_id: ObjectId, session_id: str, *, is_guest: bool) -> None:
    """Make the connection of this event part of its audiences, but for those of rooms."""
    for audience in (GUESTS if is_guest else EVERYONE, _user(user_id), _session(session_id)):
        join_room(audience)


def hear(socket_id: str, room_ids: Iterable[ObjectId]) -> None:
    """Make a connection hear these rooms. Read the memberships again after that, and `unhear` those that are gone:
    whoever was taken out of a room before it was heard could not be shut out of it."""
    for room_id in room_ids:
        _enter(socket_id, str(room_id))


def unhear(socket_id: str, room_ids: Iterable[ObjectId]) -> None:
    for room_id in room_ids:
        _leave(socket_id, str(room_id))


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


def stop_stream(message_id: ObjectId) -> None:
    """Whichever process writes this answer writes no more of it."""
    socketio.server.manager.run_everywhere("halt", str(message_id))


def stop_all_streams() -> None:
    """No process writes any answer on."""
    socketio.server.manager.run_everywhere("halt_all")


def _let_in(user_id: str, room_id: str) -> None:
    memberships.forget(ObjectId(room_id), ObjectId(user_id))
    for sid in _sids(_user(user_id)):
        _enter(sid, room_id)


def _shut_out(user_id: str, room_id: str) -> None:
    memberships.forget(ObjectId(room_id), ObjectId(user_id))
    for sid in _sids(_user(user_id)):
        _leave(sid, room_id)


def _end_connections(user_id: str) -> None:
    for sid in _sids(_user(user_id)):
        socketio.server.disconnect(sid, namespace=NAMESPACE)


def _enter(sid: str, room_id: str) -> None:
    socketio.server.enter_room(sid, _members(room_id), namespace=NAMESPACE)
    if _is_guests(sid):
        socketio.server.enter_room(sid, _guests_among(room_id), namespace=NAMESPACE)


def _leave(sid: str, room_id: str) -> None:
    for audience in (_members(room_id), _guests_among(room_id)):
        socketio.server.leave_room(sid, audience, namespace=NAMESPACE)


def _is_guests(sid: str) -> bool:
    return GUESTS in socketio.server.manager.get_rooms(sid, NAMESPACE)


def _forget_room(room_id: str) -> None:
    memberships.forget(ObjectId(room_id))


def align() -> tuple[set[tuple[ObjectId, ObjectId]], set[tuple[ObjectId, ObjectId]]]:
    """Bring the audiences in line with the memberships and roles, in case that news of these did not come here.

    Returns who came into which room and who went, pairs of user and room: they have not been told.
    """
    users = {sid: user for sid in (*_sids(EVERYONE), *_sids(GUESTS)) if (user := _user_of(sid)) is not None}
    guests = memberships.guests(set(users.values()))
    for sid in [sid for sid, user_id in users.items() if (user_id in guests) is not _is_guests(sid)]:
        del users[sid]
        socketio.server.disconnect(sid, namespace=NAMESPACE)
    lacking = _lacking(users)
    for sid, room_ids in lacking.items():
        hear(sid, room_ids)
    heard = {sid: _rooms_heard(sid) for sid in users}  # what is heard after this is right
    due = memberships.of_all(set(users.values()))
    gone = {sid: {room_id for room_id in heard[sid] if (users[sid], room_id) not in due} for sid in users}
    for sid, room_ids in gone.items():
        unhear(sid, room_ids)
        for room_id in room_ids:
            memberships.forget(room_id, users[sid])
    went = {(users[sid], room_id) for sid, room_ids in gone.items() for room_id in room_ids}
    came = {(users[sid], room_id) for sid, room_ids in lacking.items() for room_id in room_ids}
    return came - went, went


def _lacking(users: Mapping[str, ObjectId]) -> dict[str, set[ObjectId]]:
    """The rooms that these connections should hear and do not."""
    rooms_of: dict[ObjectId, set[ObjectId]] = {}
    for user_id, room_id in memberships.of_all(set(users.values())):
        rooms_of.setdefault(user_id, set()).add(room_id)
    return {sid: rooms_of.get(user_id, set()) - _rooms_heard(sid) for sid, user_id in users.items()}


def guests_here() -> set[ObjectId]:
    """The guests of whom this process has a connection."""
    return {user for sid in _sids(GUESTS) if (user := _user_of(sid)) is not None}


def session_ready(socket_id: str, user: UserPayload, rooms: list[RoomPayload], users: Sequence[UserPayload]) -> None:
    _emit("session:ready", {"user": user, "rooms": rooms, "users": users}, to=socket_id)


def message_created(message: MessagePayload) -> None:
    _emit("message:created", _change(message), to=_members(message["room_id"]))


def message_edited(message: MessagePayload) -> None:
    _emit("message:edited", _change(message), to=_members(message["room_id"]))


def message_deleted(message: MessagePayload) -> None:
    _emit("message:deleted", _change(message), to=_members(message["room_id"]))


def message_delta(message: MessagePayload, offset: int, text: str) -> None:
    """A piece of an answer that is being written: `text` stands at `offset` characters. Of these none is kept."""
    piece = {"message_id": message["id"], "room_id": message["room_id"], "offset": offset, "text": text}
    _emit("message:delta", piece, to=_members(message["room_id"]))


def message_completed(message: MessagePayload) -> None:
    _emit("message:completed", _change(message), to=_members(message["room_id"]))


def standin_retracted(asker_id: ObjectId, message: MessagePayload) -> None:
    """Whoever had this answer is told that its owner took it back."""
    owner = message["retracted_by"]
    told: dict[str, object] = {"message_id": message["id"], "room_id": message["room_id"], "owner_id": owner}
    _emit("standin:retracted", told, to=_user(asker_id))


def draft_changed(owner_id: ObjectId, draft: Mapping[str, object]) -> None:
    _emit("draft:changed", {"draft": draft}, to=_user(owner_id))


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


def who_see(user_id: ObjectId) -> Watchers:
    """Who hears of a user: everyone, and of the guests those who share a room with them. It asks the database."""
    rooms = memberships.rooms_with_guests(user_id)
    return EVERYONE if rooms is None else [EVERYONE, _user(user_id), *map(_guests_among, rooms)]


def user_connected(user: UserPayload, watchers: Watchers, *, but: str | None = None) -> None:
    _emit("user:connected", {"user": user}, to=watchers, but=but)


def user_disconnected(user: UserPayload, watchers: Watchers) -> None:
    _emit("user:disconnected", {"user": user}, to=watchers)


def status_changed(user: UserPayload) -> None:
    _emit("status:changed", {"user": user}, to=who_see(ObjectId(user["id"])))


def user_changed(user: UserPayload) -> None:
    _emit("user:changed", {"user": user}, to=who_see(ObjectId(user["id"])))


def room_added(user_id: ObjectId, room: RoomPayload, *, only_here: bool = False) -> None:
    _emit("room:added", {"room": room}, to=_user(user_id), only_here=only_here)


def room_removed(user_id: ObjectId, room_id: ObjectId, *, only_here: bool = False) -> None:
    _emit("room:removed", {"room_id": str(room_id)}, to=_user(user_id), only_here=only_here)


def room_changed(room: ChangedRoomPayload) -> None:
    _emit("room:changed", {"room": room}, to=_members(room["id"]))


def room_changed_for(user_id: ObjectId, room: RoomPayload) -> None:
    """What changed is this member's own: their role in the room, or what they want to be told of it."""
    _emit("room:changed", {"room": room}, to=_user(user_id))


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


def users_changed(users: Sequence[UserPayload], guest_id: ObjectId | None = None) -> None:
    """For the clients of this process alone: those of one guest, or all others."""
    _emit("users:changed", {"users": users}, to=_user(guest_id) if guest_id else EVERYONE, only_here=True)


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


def _emit(
    event: str, payload: dict[str, object], *, to: Watchers, but: str | None = None, only_here: bool = False
) -> None:
    socketio.emit(event, payload, namespace=NAMESPACE, to=to, skip_sid=but, ignore_queue=only_here)
