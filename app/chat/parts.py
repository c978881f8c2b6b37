"""What the chat page opens: its dialogs, and what goes into its panel.

They are the same for everybody who reads a language, so a page comes without them, and they are fetched once and kept.
"""

from __future__ import annotations

import hashlib
from functools import cache

from flask import Blueprint, Response, abort, current_app, render_template, request, url_for

from app import assets
from app.chat.forms import MOST_FILES
from app.chat.models import BODY_LIMIT
from app.language import current, known, speaking

parts = Blueprint("parts", __name__)


@parts.get("/parts/<language>.html")
def page(language: str) -> Response:
    """For good only under the address of what it holds."""
    if not known(language):
        abort(404)
    body, version = _rendered(language)
    response = assets.text(body, "text/html")
    if request.args.get("v") == version:
        assets.keep_for_good(response)
    return response


@parts.app_template_global("parts_address")
def address() -> str:
    """Another address whenever they are."""
    return url_for("parts.page", language=current(), v=_rendered(current())[1])


@cache
def _rendered(language: str) -> tuple[bytes, str]:
    max_file_mb = current_app.config["SETTINGS"].max_file_mb
    with speaking(language):
        text = render_template(
            "chat/parts.html", body_limit=BODY_LIMIT, most_files=MOST_FILES, max_file_mb=max_file_mb
        ).encode()
    return text, hashlib.sha256(text).hexdigest()[:12]
