"""One's own picture over HTTP, on every server, so that no page needs another origin."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.auth import avatars, identity, limits, payloads
from app.files import uploads

pictures = Blueprint("pictures", __name__)
LARGEST_MB = 10


@pictures.post("/users/me/avatar")
@identity.authenticated_by_head
@limits.upload_by_user
def change_avatar() -> ResponseReturnValue:
    user_id = identity.caller().user_id
    return jsonify(user=payloads.account(avatars.change(user_id, uploads.read_small(user_id, LARGEST_MB))))


@pictures.delete("/users/me/avatar")
@identity.authenticated
@limits.profile_by_user
def remove_avatar() -> ResponseReturnValue:
    return jsonify(user=payloads.account(avatars.remove(identity.caller().user_id)))
