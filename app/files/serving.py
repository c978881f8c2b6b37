"""Giving a file out: in parts, once for each browser, and so that nothing in it can do anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote

from flask import Response, g, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.local import LocalProxy

from app.errors import StandinError
from app.extensions import talisman
from app.files import kinds, store
from app.files.models import Avatar, File
from app.language import N_

View = TypeVar("View", bound=Callable[..., Any])
WEBP = "image/webp"
# What it is shown in may load nothing and run nothing, whatever the file says. Styles: for the browser's own players.
SANDBOX = {"default-src": "'none'", "style-src": "'unsafe-inline'", "media-src": "'self'", "sandbox": ""}
# Older browsers open no PDF in a sandbox. What is in one runs in the browser's viewer, which is of another origin; in
# the page of ours around that nothing may.
VIEWER = {
    **{name: value for name, value in SANDBOX.items() if name != "sandbox"},
    **dict.fromkeys(("base-uri", "form-action", "frame-ancestors"), "'none'"),
}


def _policy() -> dict[str, str]:
    return VIEWER if g.get("is_for_a_viewer") else SANDBOX


sandboxed: Callable[[View], View] = talisman(
    content_security_policy=LocalProxy(_policy), content_security_policy_nonce_in=[]
)
"""For the views below: a policy of their own."""


class BadRange(StandinError):
    status, code = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "bad_range"
    message = N_("The file does not have that part. Ask for another one, or for all of it.")


def content(file: File) -> Response:
    """The file itself; shown in the browser where that is safe, else saved."""
    is_shown = kinds.is_shown(file.type) and "download" not in request.args
    kind = file.type if kinds.is_shown(file.type) or file.type == kinds.TEXT else kinds.ANYTHING
    response = _response(store.Reader(file.content, file.size), kind, file.size, file.sha256)
    response.headers["Content-Disposition"] = disposition("inline" if is_shown else "attachment", file.name)
    g.is_for_a_viewer = is_shown and kind == kinds.PDF
    return response


def thumbnail(file: File) -> Response:
    """A small version of a picture; the picture, if that is small itself."""
    if file.thumbnail is None:
        return content(file)
    small = store.Reader(file.thumbnail, file.thumbnail_size)
    response = _response(small, WEBP, file.thumbnail_size, f"t{file.sha256}")
    response.headers["Content-Disposition"] = "inline"
    return response


def avatar(avatar: Avatar) -> Response:
    """The picture of a user."""
    response = _response([avatar.picture], WEBP, len(avatar.picture), avatar.version)
    response.headers["Content-Disposition"] = "inline"
    return response


def disposition(how: str, name: str) -> str:
    """RFC 6266: the name in ASCII for old programs, and as it is."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _response(body: Iterable[bytes], kind: str, size: int, tag: str) -> Response:
    """All of it, a part of it (206), or that it has not changed (304). Errors: `BadRange`."""
    charset = "; charset=utf-8" if kind == kinds.TEXT else ""
    response = Response(body, content_type=kind + charset, direct_passthrough=True)
    response.content_length = size
    response.set_etag(tag)
    response.headers["X-Content-Type-Options"] = "nosniff"
    # It never becomes another one; but who may see it may change, so the browser asks each time, and is told 304.
    response.headers["Cache-Control"] = "private, no-cache"
    is_one_part = request.range is None or len(request.range.ranges) == 1  # several are answered with all of it
    try:
        response.make_conditional(request, accept_ranges=is_one_part, complete_length=size)
    except RequestedRangeNotSatisfiable:
        raise BadRange from None
    response.headers["Accept-Ranges"] = "bytes"
    return response
