"""Over HTTP: which rooms there are, who is in one, who there is and what they tell of themselves."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from app.auth import avatars, identity
from app.auth.forms import RoleChange
from app.chat import people, permissions, room_members, rooms
from app.chat.room_forms import OpenRoomsQuery, PageQuery, PeopleQuery
from app.files import serving
from app.parsing import id_from_path, parse, request_data

people_and_rooms = Blueprint("people_and_rooms", __name__, url_prefix="/api")
portraits = Blueprint("portraits", __name__, url_prefix="/api")  # on every server, so that no page needs another origin


@people_and_rooms.get("/rooms/open")
@identity.authenticated
def open_rooms() -> ResponseReturnValue:
    user_id, query = identity.caller().user_id, parse(OpenRoomsQuery, request.args.to_dict())
    permissions.require_in_workspace("browse_rooms", people.role_of(user_id))
    return jsonify(rooms.browse(user_id, query.after, query.limit, query.q))


@people_and_rooms.get("/rooms/<room_id>/members")
@identity.authenticated
def members(room_id: str) -> ResponseReturnValue:
    query = parse(PageQuery, request.args.to_dict())
    return jsonify(room_members.page(identity.caller().user_id, id_from_path(room_id), query.after, query.limit))


@people_and_rooms.get("/users")
@identity.authenticated
def users() -> ResponseReturnValue:
    query = parse(PeopleQuery, request.args.to_dict())
    return jsonify(people.page(identity.caller().user_id, query.after, query.limit))


@people_and_rooms.get("/users/<user_id>")
@identity.authenticated
def profile(user_id: str) -> ResponseReturnValue:
    return jsonify(user=people.profile(identity.caller().user_id, id_from_path(user_id)))


@people_and_rooms.patch("/users/<user_id>")
@identity.authenticated
def change_role(user_id: str) -> ResponseReturnValue:
    change = parse(RoleChange, request_data())
    return jsonify(user=people.change_role(identity.caller().user_id, id_from_path(user_id), change.role))


@portraits.get("/users/<user_id>/avatar")
@serving.sandboxed
@identity.authenticated
def avatar(user_id: str) -> ResponseReturnValue:
    wanted = id_from_path(user_id)
    people.check_seen(identity.caller().user_id, [wanted])
    return serving.avatar(avatars.find(wanted))
