"""Who is in which room, and the fan-out to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import socketio
from socketio import packet

from app.realtime.connection import Connection
from app.realtime.message import Message
from app.realtime.outbox import Crowd, outboxes

if TYPE_CHECKING:
    from app.realtime.server import Server

SEVERAL = (list, tuple, set)  # types that a room has if it stands for several

Room = str | None
"""A room's name; None is everybody in the namespace."""

WORTH_KEEPING = 2  # members from which on a room's list of connections is kept for the next broadcast


class Audience:
    """A room's members by the way to them: connections to write to, and session ids that take the library's path."""

    __slots__ = ("crowd", "others")

    def __init__(self, members: Iterable[str], sessions: dict[str, Any]) -> None:
        connections: list[Connection] = []
        self.others: list[str] = []
        for eio_sid in members:
            session = sessions.get(eio_sid)
            if session is None or session.connection is None:
                self.others.append(eio_sid)
            else:
                connections.append(session.connection)
        self.crowd = Crowd(connections)


class Manager(socketio.Manager):  # type: ignore[misc]
    """socketio.Manager that encodes a broadcast once and puts it into every member's outbox.

    It can lie beneath one that publishes: in `class M(socketio.RedisManager, Manager)` this is what delivers here.
    It remembers each client's rooms, too: the library looks for them in all rooms there are whenever one client goes.
    """

    server: Server

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._audiences: dict[tuple[str, Room], Audience] = {}
        self._rooms_of: dict[str, list[Room]] = {}
        self._procedures: dict[str, Callable[..., object]] = {}

    def define(self, name: str, procedure: Callable[..., object]) -> None:
        """Make `procedure` known to `run_everywhere`. Its arguments are plain JSON values; it must not block."""
        self._procedures[name] = procedure

    def run_everywhere(self, name: str, *arguments: Any) -> None:
        """Run a defined procedure in every process that serves the same clients; in this one before it returns."""
        self._procedures[name](*arguments)

    def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: str | list[str] | None = None,
        callback: Any = None,
        to: Any = None,
        **options: Any,
    ) -> None:
        """Emit an event to a client, a room, a list of rooms or, without one, everybody; see socketio.Manager."""
        room = to or room
        if callback is not None:
            super().emit(event, data, namespace, room=room, skip_sid=skip_sid, callback=callback, **options)
            return
        if namespace not in self.rooms:
            return
        arguments = list(data) if isinstance(data, tuple) else [] if data is None else [data]
        skipped = set()
        if skip_sid:
            members = self.rooms[namespace][None]
            sids = skip_sid if isinstance(skip_sid, list) else [skip_sid]
            skipped = {members[sid] for sid in sids if sid in members}
        self._broadcast(self.server.pack(packet.EVENT, namespace, [event, *arguments]), namespace, room, skipped)

    def path_changed(self, eio_sid: str) -> None:
        """A session got a WebSocket or ended: the lists of its rooms no longer hold."""
        for namespace in self.rooms:
            sid = self.sid_from_eio_sid(eio_sid, namespace)
            for room in self._rooms_of.get(sid, ()):
                self._audiences.pop((namespace, room), None)

    def has_namespace(self, eio_sid: str) -> bool:
        """Tell whether a session is in any namespace."""
        return any(self.sid_from_eio_sid(eio_sid, namespace) is not None for namespace in self.rooms)

    def get_rooms(self, sid: str, namespace: str) -> list[str]:  # noqa: ARG002 - a sid is of one namespace
        """Return the rooms that a client is in."""
        return [room for room in self._rooms_of.get(sid, ()) if room is not None]

    def basic_enter_room(self, sid: str, namespace: str, room: Room, eio_sid: str | None = None) -> None:
        """Put a client into a room."""
        super().basic_enter_room(sid, namespace, room, eio_sid=eio_sid)
        self._audiences.pop((namespace, room), None)
        rooms = self._rooms_of.setdefault(sid, [])
        if room not in rooms:
            rooms.append(room)

    def basic_leave_room(self, sid: str, namespace: str, room: Room) -> None:
        """Take a client out of a room."""
        super().basic_leave_room(sid, namespace, room)
        self._audiences.pop((namespace, room), None)
        rooms = self._rooms_of.get(sid, [])
        with suppress(ValueError):
            rooms.remove(room)
        if not rooms:
            self._rooms_of.pop(sid, None)

    def basic_disconnect(self, sid: str, namespace: str, **_: Any) -> None:
        """Take a client out of all its rooms and forget it."""
        eio_sid = self.eio_sid_from_sid(sid, namespace)
        for room in list(self._rooms_of.get(sid, ())):
            self.basic_leave_room(sid, namespace, room)
        self.callbacks.pop(sid, None)
        for pending in (self.pending_connect, self.pending_disconnect):
            sids = pending.get(namespace, [])
            with suppress(ValueError):
                sids.remove(sid)
            if not sids:
                pending.pop(namespace, None)
        if eio_sid is not None and not self.has_namespace(eio_sid):
            self.server.expect_namespace(eio_sid)

    def _broadcast(self, message: Message, namespace: str, room: Any, skipped: set[str]) -> None:
        sessions = self.server.eio.sockets
        audience = self._audience(namespace, room, sessions)
        if self.server.has_connecting:
            self._hold(message, namespace, room, skipped)
        if audience.crowd.writers:
            passed_over: Sequence[Connection] = ()
            if skipped:
                found = [session for eio_sid in skipped if (session := sessions.get(eio_sid)) is not None]
                passed_over = [session.connection for session in found if session.connection is not None]
            outboxes.broadcast(audience.crowd, message.frames, passed_over)
        for eio_sid in audience.others:
            if eio_sid not in skipped:
                self.server.deliver(eio_sid, message)

    def _hold(self, message: Message, namespace: str, room: Any, skipped: set[str]) -> None:
        """Keep a message back for those who are being let in, and pass over them."""
        for eio_sid, held in self.server.connecting(namespace):
            if eio_sid not in skipped and self._is_in(eio_sid, namespace, room):
                held.append(message)
            skipped.add(eio_sid)

    def _audience(self, namespace: str, room: Any, sessions: dict[str, Any]) -> Audience:
        if isinstance(room, SEVERAL):  # a client in two of them gets one copy
            members = dict.fromkeys(e for one in room for e in self.rooms[namespace].get(one, {}).values())
            return Audience(members, sessions)
        key = (namespace, room)
        audience = self._audiences.get(key)
        if audience is None:
            members = self.rooms[namespace].get(room, {})
            audience = Audience(members.values(), sessions)
            if len(members) >= WORTH_KEEPING:
                self._audiences[key] = audience
        return audience

    def _is_in(self, eio_sid: str, namespace: str, room: Any) -> bool:
        rooms = room if isinstance(room, SEVERAL) else [room]
        known = self.rooms[namespace]
        return any(eio_sid in known[one].inverse for one in rooms if one in known)
