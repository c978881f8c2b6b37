"""Files over HTTP: sent in before the message they belong to, given out to the members of its room."""

from __future__ import annotations

from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from app.auth import identity, limits
from app.chat import attachments, payloads
from app.chat.forms import FilesQuery
from app.files import serving, uploads
from app.parsing import id_from_path, parse

files = Blueprint("files", __name__, url_prefix="/api")


@files.post("/files")
@identity.authenticated_by_head
@limits.upload_by_user
def upload() -> ResponseReturnValue:
    """Keep a file for a message to come. Who sends it is known before its first byte is read."""
    user_id = identity.caller().user_id
    settings = current_app.config["SETTINGS"]
    file, fields = uploads.receive(user_id, settings.max_file_mb, settings.files_of_one_mb)
    attachments.check_place(user_id, file, fields)
    return jsonify(file=payloads.file(attachments.stored(file))), 201


@files.get("/files/<file_id>")
@serving.sandboxed
@identity.authenticated
def content(file_id: str) -> ResponseReturnValue:
    return serving.content(attachments.find(identity.caller().user_id, id_from_path(file_id)))


@files.get("/files/<file_id>/thumbnail")
@serving.sandboxed
@identity.authenticated
def thumbnail(file_id: str) -> ResponseReturnValue:
    return serving.thumbnail(attachments.find(identity.caller().user_id, id_from_path(file_id)))


@files.get("/rooms/<room_id>/files")
@identity.authenticated
def of_room(room_id: str) -> ResponseReturnValue:
    query = parse(FilesQuery, request.args.to_dict())
    return jsonify(attachments.page(identity.caller().user_id, id_from_path(room_id), query))
