"""Files of the pages under addresses that name their content: what has the right one may be kept for good.

So a page that was visited before asks for none of its hundred small files again.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, current_app, request, url_for

A_YEAR = 365 * 24 * 60 * 60
MANY = ("css/", "js/", "vendor/")
"""Folders of what every page loads; icons are looked for by plain names."""


def init_app(app: Flask) -> None:
    app.jinja_env.globals["asset"] = asset
    app.get_send_file_max_age = _seconds_to_keep  # type: ignore[method-assign, assignment]


def asset(name: str) -> str:
    """The address of a file in `static`, another one whenever the file is."""
    return url_for("static", filename=name, v=version(name) if name.startswith(MANY) else None)


def version(name: str) -> str | None:
    """None for what is not there: its address is then a plain one, which says so."""
    path = Path(current_app.static_folder or "") / name
    try:
        return _version(path, path.stat().st_mtime_ns)
    except OSError:
        return None


@cache
def _version(path: Path, _changed_at: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _seconds_to_keep(name: str | None) -> int:
    """For good only under the address of what it holds; a server with an older copy may be asked during an upgrade."""
    given = request.args.get("v")
    return A_YEAR if name and given and given == version(name) else 0
