"""The chat blueprint: the page, and history over HTTP for whoever missed something."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask import Blueprint, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth import identity
from app.auth.payloads import notifications
from app.auth.services import find_user
from app.auth.workspace import Workspace
from app.chat import blocks, edits, history, memberships, mentioned, payloads, people, reading
from app.chat import rooms as room_list
from app.chat import sidebar as sidebars
from app.chat.forms import MOST_FILES, HistoryQuery, SearchQuery
from app.chat.kept_forms import KeptQuery
from app.chat.models import BODY_LIMIT
from app.chat.pages import login_url
from app.chat.payloads import MessagePayload
from app.chat.search import service as search_service
from app.errors import NotAuthenticated, NotFound
from app.parsing import id_from_path, parse, request_data

chat = Blueprint("chat", __name__)
HISTORY_ON_PAGE = 50


class NoRooms(NotFound):
    """A guest whom nobody has invited yet."""


@chat.get("/")
@chat.get("/rooms/<room_id>")
@chat.get("/rooms/<room_id>/messages/<message_id>")
def page(room_id: str | None = None, message_id: str | None = None) -> ResponseReturnValue:
    """The chat page, or the way to the login and back."""
    visitor = identity.page_visitor()
    if visitor is None:
        return redirect(login_url())
    try:
        return render_template("chat/room.html", **_page(visitor.user_id, room_id, message_id))
    except NoRooms:
        return render_template("chat/no_room.html")
    except NotAuthenticated:
        return redirect(login_url())


@chat.get("/messages/<message_id>")
def permalink(message_id: str) -> ResponseReturnValue:
    """The way to a message, for whoever is in its room: which one that is only they learn."""
    visitor = identity.page_visitor()
    if visitor is None:
        return redirect(login_url())
    room_id = edits.find(visitor.user_id, id_from_path(message_id))["room"]
    return redirect(url_for(".page", room_id=room_id, message_id=message_id))


@chat.get("/api/rooms")
@identity.authenticated
def rooms() -> ResponseReturnValue:
    user_id = identity.caller().user_id
    return jsonify(rooms=room_list.listing(user_id, memberships.of(user_id)))


@chat.get("/api/rooms/<room_id>/messages")
@identity.authenticated
def messages(room_id: str) -> ResponseReturnValue:
    query = parse(HistoryQuery, request.args.to_dict())
    return jsonify(history.page(identity.caller().user_id, id_from_path(room_id), query))


@chat.get("/api/messages/<message_id>")
@identity.authenticated
def message(message_id: str) -> ResponseReturnValue:
    return jsonify(history.one(identity.caller().user_id, id_from_path(message_id)))


@chat.get("/api/messages/<message_id>/seen")
@identity.authenticated
def seen_by(message_id: str) -> ResponseReturnValue:
    readers = reading.seen_by(identity.caller().user_id, id_from_path(message_id))
    return jsonify(user_ids=[str(reader) for reader in readers])


@chat.put("/api/sidebar")
@identity.authenticated
def arrange_sidebar() -> ResponseReturnValue:
    form = parse(sidebars.SidebarChange, request_data())
    return jsonify(sidebars.arrange(identity.caller().user_id, form))


@chat.get("/api/mentions")
@identity.authenticated
def mentions() -> ResponseReturnValue:
    query = parse(KeptQuery, request.args.to_dict())
    return jsonify(mentioned.listing(identity.caller().user_id, query))


@chat.get("/api/search")
@identity.authenticated
def search() -> ResponseReturnValue:
    query = parse(SearchQuery, request.args.to_dict())
    return jsonify(**search_service.search(identity.caller().user_id, query))


def _page(user_id: ObjectId, room_id: str | None, message_id: str | None) -> dict[str, Any]:
    user = find_user(user_id)
    rooms = room_list.listing(user_id, memberships.enter(user_id, is_guest=user.role == "guest"))
    if not rooms and room_id is None:
        raise NoRooms
    room = next((room for room in rooms if room_id in {None, room["id"]}), None)
    if room is None:
        raise NotFound
    target = _target(user_id, room["id"], message_id) if message_id else None
    query = HistoryQuery(limit=HISTORY_ON_PAGE, around=_place(user_id, target), replies=False)
    found = history.page(user_id, ObjectId(room["id"]), query)
    arranged = sidebars.read(user_id)
    messages, workspace = found["messages"], Workspace.get()
    partners = {member_id for one in rooms for member_id in one["member_ids"]}
    return {
        "me": payloads.user(user, is_online=True),
        "room": room,
        "rooms": rooms,
        "sidebar": arranged,
        "ordered_rooms": sidebars.ordered(rooms, arranged["order"]),
        "member_count": memberships.size(ObjectId(room["id"])),
        "users": people.told(people.seen_by(user_id, user.role), {str(user_id), *partners})["users"],
        "messages": messages,
        "following": blocks.following(messages, user.time_zone),
        "change": found["change"],
        "has_older": bool(messages) and messages[0]["seq"] > 1,
        "has_newer": bool(target and messages) and messages[-1]["seq"] < room["seq"],
        "target": target,
        "notices": {**notifications(user), "time_zone": user.time_zone or ""},
        "workspace_name": workspace.name if workspace else "",
        "auth_url": current_app.config["SETTINGS"].login_url,
        "body_limit": BODY_LIMIT,
        "max_file_mb": current_app.config["SETTINGS"].max_file_mb,
        "most_files": MOST_FILES,
    }


def _target(user_id: ObjectId, room_id: str, message_id: str) -> MessagePayload:
    """The message that a permalink leads to."""
    message = history.one(user_id, id_from_path(message_id))["message"]
    if message["room_id"] != room_id:
        raise NotFound
    return message


def _place(user_id: ObjectId, target: MessagePayload | None) -> int | None:
    """Around which seq the page is opened. A message of a thread stands where the thread begins."""
    if target and target["thread_id"]:
        target = history.one(user_id, ObjectId(target["thread_id"]))["message"]
    return target["seq"] if target else None
