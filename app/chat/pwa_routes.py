"""What makes an app of the page: the manifest, the service worker, and a page for when there is no network."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, current_app, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

from app.assets import SHEETS, asset
from app.auth.workspace import Workspace
from app.chat import parts
from app.language import gettext, script_address

pwa = Blueprint("pwa", __name__)
NOT_KEPT = {".json", ".LICENSE", ".webp"}  # every emoji, what nobody reads there, and pictures of the app itself
COLOURS = {"theme_color": "#f1ebe2", "background_color": "#fbf8f4"}


@pwa.app_template_global()
def version_of_pages() -> str:
    """Another one as soon as anything is another that pages are made of, but for their language."""
    return _assets(Path(current_app.static_folder or ""))[0]


@pwa.get("/manifest.webmanifest")
def manifest() -> ResponseReturnValue:
    workspace = Workspace.objects.first()
    name = (workspace.name if workspace else "") or "Standin"
    answer = jsonify(
        id="/",
        name=name,
        short_name=name if len(name) <= 12 else "Standin",
        description=gettext("Team chat that answers for you while you are busy."),
        start_url="/",
        scope="/",
        display="standalone",
        icons=[
            *({"src": _static(f"icons/icon-{size}.png"), "sizes": f"{size}x{size}"} for size in (192, 512)),
            *(
                {"src": _static(f"icons/maskable-{size}.png"), "sizes": f"{size}x{size}", "purpose": "maskable"}
                for size in (192, 512)
            ),
            {"src": _static("icons/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
        ],
        shortcuts=[
            {"name": gettext("Your rooms"), "url": "/"},
            {"name": gettext("Notifications"), "url": "/settings/notifications"},
        ],
        screenshots=[
            {
                "src": _static("screenshots/wide.webp"),
                "sizes": "1280x800",
                "form_factor": "wide",
                "label": gettext("A room"),
            },
            {
                "src": _static("screenshots/narrow.webp"),
                "sizes": "390x844",
                "form_factor": "narrow",
                "label": gettext("A room"),
            },
        ],
        **COLOURS,
    )
    answer.mimetype = "application/manifest+json"
    return answer


@pwa.get("/service-worker.js")
def service_worker() -> ResponseReturnValue:
    """At the root, for only there it may serve all pages. Another one as soon as any asset is another."""
    texts = [script_address(part) for part in ("first", "later")]
    names = _assets(Path(current_app.static_folder or ""))[1]
    spoken = [*texts, parts.address()]
    kept = [*spoken, *(asset(name) for name in names)]
    version = "-".join(address[-12:] for address in spoken)
    text = render_template("pwa/service_worker.js", texts_version=version, assets=kept)
    return Response(text, mimetype="text/javascript", headers={"Cache-Control": "no-cache"})


@pwa.get("/offline")
def offline() -> ResponseReturnValue:
    return render_template("pwa/offline.html")


def _static(name: str) -> str:
    return url_for("static", filename=name)


@cache
def _assets(folder: Path) -> tuple[str, list[str]]:
    """Everything that pages are made of, and what tells this state of it from others. Read once in a process."""
    every = (Path(place, name) for place, _, names in os.walk(folder, followlinks=True) for name in names)
    found = sorted(path for path in every if path.suffix not in NOT_KEPT)
    whole = hashlib.sha256()
    for path in found:
        whole.update(path.name.encode() + path.read_bytes())
    return whole.hexdigest()[:16], [*SHEETS, *(path.relative_to(folder).as_posix() for path in found)]
