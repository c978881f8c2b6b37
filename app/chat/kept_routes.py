"""The kept blueprint: the pins of a room, and what its caller keeps for later."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from app.auth import identity
from app.chat import bookmarks, pins, reminders, scheduling
from app.chat.kept_forms import KeptQuery
from app.parsing import id_from_path, parse

kept = Blueprint("kept", __name__)


@kept.get("/api/rooms/<room_id>/pins")
@identity.authenticated
def room_pins(room_id: str) -> ResponseReturnValue:
    return jsonify(messages=pins.listing(identity.caller().user_id, id_from_path(room_id)))


@kept.get("/api/rooms/<room_id>/bookmarks")
@identity.authenticated
def room_bookmarks(room_id: str) -> ResponseReturnValue:
    return jsonify(message_ids=bookmarks.in_room(identity.caller().user_id, id_from_path(room_id)))


@kept.get("/api/bookmarks")
@identity.authenticated
def all_bookmarks() -> ResponseReturnValue:
    query = parse(KeptQuery, request.args.to_dict())
    return jsonify(bookmarks.listing(identity.caller().user_id, query))


@kept.get("/api/scheduled")
@identity.authenticated
def all_scheduled() -> ResponseReturnValue:
    return jsonify(scheduled=scheduling.listing(identity.caller().user_id))


@kept.get("/api/reminders")
@identity.authenticated
def all_reminders() -> ResponseReturnValue:
    return jsonify(reminders=reminders.listing(identity.caller().user_id))
