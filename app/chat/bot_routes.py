"""Bots over HTTP: what administrators do with them, and what a bot itself may do, which is to write."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.auth import identity, limits
from app.auth.avatar_routes import LARGEST_MB
from app.auth.forms import BotName
from app.chat import bots as services
from app.chat.forms import BotMessage
from app.chat.unfurl import previews
from app.files import uploads
from app.parsing import id_from_path, parse, request_data

bots = Blueprint("bots", __name__, url_prefix="/api/bots")


@bots.get("")
@identity.authenticated
def all_bots() -> ResponseReturnValue:
    return jsonify(bots=services.listing(identity.caller().user_id))


@bots.post("")
@identity.authenticated
def make() -> ResponseReturnValue:
    return jsonify(services.make(identity.caller().user_id, parse(BotName, request_data()).name)), 201


@bots.patch("/<bot_id>")
@identity.authenticated
def rename(bot_id: str) -> ResponseReturnValue:
    name = parse(BotName, request_data()).name
    return jsonify(bot=services.rename(identity.caller().user_id, id_from_path(bot_id), name))


@bots.delete("/<bot_id>")
@identity.authenticated
def remove(bot_id: str) -> ResponseReturnValue:
    services.remove(identity.caller().user_id, id_from_path(bot_id))
    return jsonify(ok=True)


@bots.post("/<bot_id>/key")
@identity.authenticated
def renew_key(bot_id: str) -> ResponseReturnValue:
    return jsonify(services.renew_key(identity.caller().user_id, id_from_path(bot_id)))


@bots.post("/<bot_id>/avatar")
@identity.authenticated_by_head
@limits.upload_by_user
def change_avatar(bot_id: str) -> ResponseReturnValue:
    user_id, wanted = identity.caller().user_id, id_from_path(bot_id)
    services.check_change(user_id, wanted)
    return jsonify(bot=services.change_avatar(wanted, uploads.read_small(user_id, LARGEST_MB)))


@bots.delete("/<bot_id>/avatar")
@identity.authenticated
def remove_avatar(bot_id: str) -> ResponseReturnValue:
    return jsonify(bot=services.remove_avatar(identity.caller().user_id, id_from_path(bot_id)))


@bots.post("/<bot_id>/messages")
@identity.authenticated_bot
@limits.messages_by_bot
def say(bot_id: str) -> ResponseReturnValue:  # noqa: ARG001 - it is part of who asks
    message, is_new = services.say(identity.calling_bot(), parse(BotMessage, request_data()))
    if is_new:
        previews.consider(message)
    return jsonify(message=message), 201 if is_new else 200
