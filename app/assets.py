"""Files of the pages under addresses that name their content: what has the right one may be kept for good.

So a page that was visited before asks for none of its files again. Style sheets of a page go out as one; scripts and
sheets go out minified where set-up has done so (bin/minify.mjs), and all text compressed, once in a process.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from flask import Flask, Response, current_app, request, send_from_directory, url_for
from werkzeug.security import safe_join

A_YEAR = 365 * 24 * 60 * 60
MANY = ("css/", "js/", "vendor/")
"""Folders of what every page loads; icons are looked for by plain names."""
TEXT = {".css", ".js", ".mjs", ".svg", ".json"}
MINIFIED = Path(__file__).parent / "minified"
"""By the digest of what was written, so that a file that was changed since is never served as it was."""
EVERYWHERE = ("tokens", "base", "button", "field", "avatar", "brand")
SHEETS = {
    "css/chat.css": (
        *EVERYWHERE,
        *("files", "attachments", "lightbox", "layout", "sidebar", "room_header", "timeline", "message", "rich_text"),
        *("preview", "message_menu", "thread", "jump_date", "segments", "account_menu", "switcher", "kbd", "composer"),
        *("formatting", "typing", "stream", "dialog", "confirm", "panel", "toast", "bot", "kept", "stand_in"),
        "drafts",
    ),
    "css/parts.css": (
        *("emoji_picker", "shortcuts", "search", "picker", "people", "kept_panel", "status_dialog", "digest"),
    ),
}
"""Addresses of what lies in several files: in this order they are one sheet."""


def init_app(app: Flask) -> None:
    app.jinja_env.globals["asset"] = asset
    app.view_functions["static"] = send


def asset(name: str) -> str:
    """The address of a file in `static`, another one whenever the file is."""
    return url_for("static", filename=name, v=version(name) if name.startswith(MANY) else None)


def version(name: str) -> str | None:
    """None for what is not there: its address is then a plain one, which says so."""
    try:
        return _version(_state(name))
    except OSError:
        return None


def send(filename: str) -> Response:
    """For good only under the address of what it holds; a server with an older copy may be asked during an upgrade."""
    known = version(filename)
    is_kept = bool(known) and filename.startswith(MANY) and request.args.get("v") == known
    if known and Path(filename).suffix in TEXT:
        response = text(_body(_state(filename)), mimetypes.guess_type(filename)[0] or "text/javascript")
    else:
        response = send_from_directory(str(current_app.static_folder), filename, max_age=A_YEAR if is_kept else None)
    if is_kept:
        keep_for_good(response)
    return response


def keep_for_good(response: Response) -> None:
    """For what has another address when it is another."""
    response.cache_control.no_cache = None
    response.cache_control.public = True
    response.cache_control.max_age = A_YEAR


def text(body: bytes, mimetype: str) -> Response:
    """What is the same for everybody: compressed for whoever takes it so, once in a process."""
    response = Response(mimetype=mimetype)
    response.vary.add("Accept-Encoding")
    response.cache_control.no_cache = True
    if request.accept_encodings["gzip"]:
        response.content_encoding = "gzip"
        response.set_data(_compressed(body))
    else:
        response.set_data(body)
    response.add_etag()
    response.make_conditional(request)
    return response


State = tuple[tuple[Path, int], ...]


def _state(name: str) -> State:
    """The files behind an address, and when each was changed: what is kept of them holds until one is."""
    folder = Path(current_app.static_folder or "")
    paths = [folder / "css" / f"{part}.css" for part in SHEETS[name]] if name in SHEETS else [_inside(folder, name)]
    return tuple((path, path.stat().st_mtime_ns) for path in paths)


def _inside(folder: Path, name: str) -> Path:
    joined = safe_join(str(folder), name)
    if joined is None or not Path(joined).is_file():
        raise FileNotFoundError(name)
    return Path(joined)


@cache
def _version(state: State) -> str:
    return hashlib.sha256(_body(state) if state[0][0].suffix in TEXT else state[0][0].read_bytes()).hexdigest()[:8]


@cache
def _body(state: State) -> bytes:
    return b"\n".join(_lean(path) for path, _ in state)


@cache
def _compressed(body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)


def _lean(path: Path) -> bytes:
    written = path.read_bytes()
    minified = MINIFIED / (hashlib.sha256(written).hexdigest() + path.suffix)
    return minified.read_bytes() if minified.is_file() else written
