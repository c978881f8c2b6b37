"""What holds for every response and every write, whoever asks: headers, origins, sizes."""

from __future__ import annotations

import logging

from flask import Flask, Response, current_app, request

from app.errors import Forbidden
from app.extensions import talisman
from app.language import N_

logger = logging.getLogger(__name__)

LARGEST_BODY = 64 * 1024
# 8,000 characters of 12 bytes each, as a client writes them that escapes all but ASCII, and the rest of the event.
LARGEST_SOCKET_MESSAGE = 128 * 1024
NEVER_USED = ("browsing-topics", "camera", "display-capture", "geolocation", "microphone", "payment", "usb")
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class ForeignOrigin(Forbidden):
    code = "foreign_origin"
    message = N_("That came from another site. Open Standin at its own address and try again.")


def init_app(app: Flask) -> None:
    settings = app.config["SETTINGS"]
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        # Of files that were asked for by a plain name; by their content they are kept (app/assets.py).
        SEND_FILE_MAX_AGE_DEFAULT=0,
    )
    talisman.init_app(
        app,
        force_https=False,  # the proxy's work: behind it the app itself is spoken to in plain HTTP
        session_cookie_secure=settings.is_cookie_secure,
        strict_transport_security_include_subdomains=False,  # other services may live there
        frame_options="DENY",
        referrer_policy="same-origin",
        permissions_policy=dict.fromkeys(NEVER_USED, "()"),
        content_security_policy={
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self' data: blob:",  # blob: what is about to be uploaded
            "media-src": "'self'",
            "connect-src": "'self'",
            "font-src": "'self'",
            "manifest-src": "'self'",
            # A form that is answered with a redirect must be let go there as well.
            "form-action": list(dict.fromkeys(["'self'", settings.auth_base, settings.chat_base])),
            "base-uri": "'none'",
            "frame-ancestors": "'none'",
        },
        content_security_policy_nonce_in=["script-src"],
    )
    app.before_request(refuse_foreign_writes)
    app.after_request(add_headers)


def refuse_foreign_writes() -> None:
    """Browsers name the origin of every write. Login forms, which have no CSRF token yet, are guarded by it too."""
    origin = request.headers.get("Origin")
    if request.method in SAFE_METHODS or origin is None:
        return
    if origin not in current_app.config["SETTINGS"].allowed_origins:
        logger.warning("refused a write from %.200r; if people open Standin there, add it to STANDIN_ORIGINS", origin)
        raise ForeignOrigin


def add_headers(response: Response) -> Response:
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if request.endpoint != "static":
        # A page of somebody who has logged out must not come back with the back button.
        response.headers.setdefault("Cache-Control", "no-store")
    return response
