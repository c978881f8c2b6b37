"""Over HTTP: a browser subscribes to what its reader is told of, and unsubscribes."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.auth import identity, limits
from app.chat.notices import delivery, devices, vapid
from app.chat.notices.forms import Subscribe
from app.parsing import parse, request_data

notices = Blueprint("notices", __name__, url_prefix="/api/push")


@notices.get("/key")
@identity.authenticated
def key() -> ResponseReturnValue:
    if not delivery.is_on():
        raise devices.PushIsOff
    return jsonify(key=vapid.public_key(), is_subscribed=devices.is_subscribed(identity.caller().session_id))


@notices.put("/subscription")
@identity.authenticated
@limits.push_by_user
def subscribe() -> ResponseReturnValue:
    caller = identity.caller()
    devices.subscribe(caller.user_id, caller.session_id, parse(Subscribe, request_data()))
    return jsonify(ok=True)


@notices.delete("/subscription")
@identity.authenticated
def unsubscribe() -> ResponseReturnValue:
    devices.unsubscribe(identity.caller().session_id)
    return jsonify(ok=True)


@notices.post("/test")
@identity.authenticated
@limits.push_by_user
def test() -> ResponseReturnValue:
    devices.test(identity.caller().session_id)
    return jsonify(ok=True)
