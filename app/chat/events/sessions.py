"""Who is let in, who has gone, and what there is no event for."""

from __future__ import annotations

from typing import Any

import gevent
from bson import ObjectId
from flask import request
from flask_socketio import ConnectionRefusedError as Refused
from pymongo import timeout

from app import language
from app.auth import identity
from app.auth.services import find_facts
from app.chat import allowances, audiences, broadcasts, memberships, payloads, people, presence, rooms, statuses
from app.chat.audiences import NAMESPACE
from app.chat.events.answering import DATABASE_SECONDS, Ack
from app.chat.memberships import Seat
from app.errors import BadInput, NotAuthenticated, Unavailable, as_standin_error, socket_error
from app.extensions import socketio
from app.language import saying
from app.realtime.ferry import Ferry
from app.realtime.json import keep

_ferry, ENTERING_SECONDS = Ferry(32), 30.0


class UnknownEvent(BadInput):
    code = "unknown_event"


@socketio.on("connect", namespace=NAMESPACE)
def connect(auth: Any = None) -> None:
    """Let a person with a good token in and tell them where they are; refuse anyone else."""
    try:
        _enter(auth)
    except Exception as error:
        # Only this exception makes the library refuse: any other would leave the connection open.
        known = as_standin_error(error)
        raise Refused(known.message, known.payload()) from error


def _enter(auth: Any) -> None:
    # Who comes while others are let in waits for all who do: then whatever they ask of the database is one question.
    if not _ferry.board(ENTERING_SECONDS):
        raise Unavailable
    try:
        # Whoever gave up meanwhile, to try again, is not worth a turn: those who wait would give up for it as well, and
        # after a fall with thousands of clients nobody would ever be in.
        if not socketio.is_there(_socket_id(), NAMESPACE):
            raise Unavailable
        # Not each of its questions, which many ask together, but all of it: those who wait for a place wait for this.
        with gevent.Timeout(DATABASE_SECONDS, Unavailable):
            _let_in(auth)
    finally:
        _ferry.leave()


def _let_in(auth: Any) -> None:
    with timeout(DATABASE_SECONDS):
        caller, socket_id = identity.authenticate_socket(auth), _socket_id()
        allowances.check_connections(presence.count(caller.user_id))
        facts = find_facts(caller.user_id)
        if facts is None:
            raise NotAuthenticated
        language.keep_for_socket(socket_id, facts.get("language", ""))
        me = keep(payloads.users([facts], {caller.user_id: False})[0])
        # Audiences first, the state after: what happens in between comes twice rather than never. The transport keeps
        # all of it back until the client is let in.
        is_guest = me["role"] == "guest"
        audiences.listen(socket_id, caller.user_id, caller.session_id, is_guest=is_guest)
        in_rooms = rooms.listing(caller.user_id, _enter_rooms(socket_id, caller.user_id, is_guest=is_guest))
        users = [me if user["id"] == me["id"] else user for user in people.seen_by(caller.user_id, me["role"])]
        presence.connected(caller, socket_id, me)
    partners = {member_id for room in in_rooms for member_id in room["member_ids"]}
    told = people.told(users, {me["id"], *partners})
    broadcasts.session_ready(
        socket_id, me, in_rooms, {**told, "busy_time": statuses.busy_time_of(facts, is_busy=me["status"] == "busy")}
    )


def _enter_rooms(socket_id: str, user_id: ObjectId, *, is_guest: bool) -> dict[ObjectId, Seat]:
    before = memberships.enter(user_id, is_guest=is_guest)
    audiences.hear(socket_id, before)
    entered = memberships.of(user_id)
    audiences.unhear(socket_id, before.keys() - entered.keys())
    return entered


@socketio.on("disconnect", namespace=NAMESPACE)
def disconnect(_reason: str | None = None) -> None:
    language.forget_socket(_socket_id())
    presence.disconnected(_socket_id())


@socketio.on("*", namespace=NAMESPACE)
def unknown_event(event: str, *_args: Any) -> Ack:
    allowances.spend("events", _socket_id())
    raise UnknownEvent(
        saying("There is no event %(name)s. docs/protocol.md lists those there are.", name=repr(event[:60]))
    )


@socketio.on_error(NAMESPACE)  # type: ignore[untyped-decorator]
def refuse(error: Exception) -> Ack:
    """What this returns is the ack."""
    return socket_error(error)


def _socket_id() -> str:
    return request.sid  # type: ignore[attr-defined,no-any-return]
