"""Every event that leaves the server, and the audience it goes to. Nothing else emits."""

from __future__ import annotations

from collections.abc import Mapping

from bson import ObjectId

from app.chat import audiences, memberships
from app.chat.audiences import EVERYONE, NAMESPACE, Watchers
from app.chat.kept_payloads import MarkPayload, ReminderPayload, ScheduledPayload
from app.chat.payloads import ChangedRoomPayload, MessagePayload, Person, ReadPayload, RoomPayload, UserPayload
from app.extensions import socketio


def stop_stream(stream_id: ObjectId) -> None:
    """Whichever process is at this writing of an answer writes no more of it."""
    socketio.server.manager.run_everywhere("halt", str(stream_id))


def call_off_streams(owner_id: ObjectId, room_id: ObjectId | None) -> None:
    """Whatever any process writes for this owner, in this room or in all, it writes no more of it."""
    socketio.server.manager.run_everywhere("called_off", str(owner_id), str(room_id or ""))


def stop_all_streams() -> None:
    """No process writes any answer on."""
    socketio.server.manager.run_everywhere("halt_all")


def session_ready(socket_id: str, user: UserPayload, rooms: list[RoomPayload], told: Mapping[str, object]) -> None:
    """`told`: the people that they are told of, whether there are more, and when they were busy."""
    _emit("session:ready", {"user": user, "rooms": rooms, **told}, to=socket_id)


def message_created(message: MessagePayload) -> None:
    _emit("message:created", _change(message), to=audiences.members(message["room_id"]))


def message_edited(message: MessagePayload) -> None:
    _emit("message:edited", _change(message), to=audiences.members(message["room_id"]))


def message_deleted(message: MessagePayload) -> None:
    _emit("message:deleted", _change(message), to=audiences.members(message["room_id"]))


def message_delta(message: MessagePayload, offset: int, text: str) -> None:
    """A piece of an answer that is being written: `text` stands at `offset` characters. Of these none is kept."""
    piece = {"message_id": message["id"], "room_id": message["room_id"], "offset": offset, "text": text}
    _emit("message:delta", piece, to=audiences.members(message["room_id"]))


def message_completed(message: MessagePayload) -> None:
    _emit("message:completed", _change(message), to=audiences.members(message["room_id"]))


def standin_retracted(asker_id: ObjectId, message: MessagePayload) -> None:
    """Whoever had this answer is told that its owner took it back."""
    owner = message["retracted_by"]
    told: dict[str, object] = {"message_id": message["id"], "room_id": message["room_id"], "owner_id": owner}
    _emit("standin:retracted", told, to=audiences.user(asker_id))


def draft_changed(owner_id: ObjectId, draft: Mapping[str, object]) -> None:
    _emit("draft:changed", {"draft": draft}, to=audiences.user(owner_id))


def message_reacted(message: MessagePayload) -> None:
    _emit("message:reacted", _change(message), to=audiences.members(message["room_id"]))


def message_pinned(message: MessagePayload) -> None:
    """It was pinned, or is pinned no more."""
    _emit("message:pinned", _change(message), to=audiences.members(message["room_id"]))


def bookmark_changed(user_id: ObjectId, mark: MarkPayload) -> None:
    _emit("bookmark:changed", {"bookmark": mark}, to=audiences.user(user_id))


def schedule_changed(user_id: ObjectId, scheduled: ScheduledPayload) -> None:
    _emit("schedule:changed", {"scheduled": scheduled}, to=audiences.user(user_id))


def reminder_changed(user_id: ObjectId, reminder: ReminderPayload) -> None:
    _emit("reminder:changed", {"reminder": reminder}, to=audiences.user(user_id))


def reminder_due(user_id: ObjectId, reminder: ReminderPayload) -> None:
    _emit("reminder:due", {"reminder": reminder}, to=audiences.user(user_id))


def who_see(user_id: ObjectId) -> Watchers:
    """Who hears of a user: everyone, and of the guests those who share a room with them. It asks the database."""
    rooms = memberships.rooms_with_guests(user_id)
    return EVERYONE if rooms is None else [EVERYONE, audiences.user(user_id), *map(audiences.guests_among, rooms)]


def user_connected(user: UserPayload, watchers: Watchers, *, but: str | None = None) -> None:
    _emit("user:connected", {"user": user}, to=watchers, but=but)


def user_disconnected(user: UserPayload, watchers: Watchers) -> None:
    _emit("user:disconnected", {"user": user}, to=watchers)


def status_changed(user: UserPayload) -> None:
    _emit("status:changed", {"user": user}, to=who_see(ObjectId(user["id"])))


def busy_changed(user_id: ObjectId, busy_time: Mapping[str, object]) -> None:
    """Their own: what came of a busy time waits for them, or not any more."""
    _emit("busy:changed", {"busy_time": busy_time}, to=audiences.user(user_id))


def user_removed(user_id: ObjectId, watchers: Watchers) -> None:
    """A bot is no more. `watchers` are those who saw it."""
    _emit("user:removed", {"user_id": str(user_id)}, to=watchers)


def user_changed(user: UserPayload) -> None:
    _emit("user:changed", {"user": user}, to=who_see(ObjectId(user["id"])))


def room_added(user_id: ObjectId, room: RoomPayload, *, only_here: bool = False) -> None:
    _emit("room:added", {"room": room}, to=audiences.user(user_id), only_here=only_here)


def room_removed(user_id: ObjectId, room_id: ObjectId, *, only_here: bool = False) -> None:
    _emit("room:removed", {"room_id": str(room_id)}, to=audiences.user(user_id), only_here=only_here)


def room_changed(room: ChangedRoomPayload) -> None:
    _emit("room:changed", {"room": room}, to=audiences.members(room["id"]))


def room_changed_for(user_id: ObjectId, room: RoomPayload) -> None:
    """What changed is this member's own: their role in the room, or what they want to be told of it."""
    _emit("room:changed", {"room": room}, to=audiences.user(user_id))


def read_moved(user_id: ObjectId, read: ReadPayload) -> None:
    _emit("read:moved", {**read}, to=audiences.user(user_id))


def typing_started(room_id: ObjectId, person: Person) -> None:
    _emit("typing:started", {"room_id": str(room_id), "user": person}, to=audiences.members(room_id))


def typing_stopped(room_id: ObjectId, person: Person) -> None:
    _emit("typing:stopped", {"room_id": str(room_id), "user": person}, to=audiences.members(room_id))


def room_advanced(room_id: ObjectId, seq: int, change: int) -> None:
    """For the clients of this process alone."""
    room = {"id": str(room_id), "seq": seq, "change": change}
    _emit("room:advanced", {"room": room}, to=audiences.members(room_id), only_here=True)


def users_changed(told: Mapping[str, object], guest_id: ObjectId | None = None) -> None:
    """For the clients of this process alone: those of one guest, or all others. `told`: people, as at the start."""
    _emit("users:changed", {**told}, to=audiences.user(guest_id) if guest_id else EVERYONE, only_here=True)


def _change(message: MessagePayload) -> dict[str, object]:
    return {"message": message, "change": message["change"]}


def _emit(
    event: str, payload: dict[str, object], *, to: Watchers, but: str | None = None, only_here: bool = False
) -> None:
    if but is None and not only_here:  # nearly always, and without options it has no detours
        socketio.emit(event, payload, namespace=NAMESPACE, to=to)
    else:
        socketio.emit(event, payload, namespace=NAMESPACE, to=to, skip_sid=but, ignore_queue=only_here)
