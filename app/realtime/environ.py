"""What a session keeps of the request that opened it."""

from __future__ import annotations

import io
import sys

from app.realtime.handshake import UPGRADE, Environ

_NOISE = {
    UPGRADE,
    "gunicorn.sock",
    "GATEWAY_INTERFACE",
    "HTTP_ACCEPT",
    "HTTP_ACCEPT_ENCODING",
    "HTTP_CACHE_CONTROL",
    "HTTP_CONNECTION",
    "HTTP_PRAGMA",
    "HTTP_SEC_WEBSOCKET_EXTENSIONS",
    "HTTP_SEC_WEBSOCKET_KEY",
    "HTTP_SEC_WEBSOCKET_VERSION",
    "HTTP_UPGRADE",
    "RAW_URI",
    "REQUEST_URI",
    "SERVER_SOFTWARE",
    "werkzeug.proxy_fix.orig",
    "wsgi.file_wrapper",
    "wsgi.input_terminated",
    "wsgi.multiprocess",
    "wsgi.multithread",
    "wsgi.run_once",
    "wsgi.version",
}
_UNIQUE = {"HTTP_COOKIE", "HTTP_AUTHORIZATION", "QUERY_STRING", "REMOTE_PORT"}
_NO_INPUT = io.BytesIO()


def slim(environ: Environ) -> Environ:
    """Return a copy without the connection and what only concerned this one request.

    It lives as long as the session does, so it has to be small: strings that many clients share are kept once.
    """
    kept = {}
    for key, value in environ.items():
        if key in _NOISE:
            continue
        is_shared = isinstance(value, str) and key not in _UNIQUE
        kept[sys.intern(key)] = sys.intern(value) if is_shared else value
    kept["wsgi.input"] = _NO_INPUT
    return kept
