"""How often one may try: counted in MongoDB, so that it holds for every process and over restarts."""

from __future__ import annotations

import time
from typing import Any

from flask import Flask, Response, request
from flask_limiter import RequestLimit
from limits.storage import MongoDBStorage
from mongoengine import get_connection, get_db

from app.auth.forms import email_key
from app.errors import TooManyRequests
from app.extensions import limiter


class SharedMongoDBStorage(MongoDBStorage):
    """The storage of `limits` on the connection that the app has already."""

    STORAGE_SCHEME = ["standin"]  # noqa: RUF012 - as its base declares it

    def _init_mongo_client(self, uri: str | None, **options: Any) -> Any:  # noqa: ARG002
        return get_connection()


def init_app(app: Flask) -> None:
    app.config.update(
        RATELIMIT_ENABLED=app.config["SETTINGS"].rate_limits,
        RATELIMIT_STORAGE_URI="standin://",
        RATELIMIT_STORAGE_OPTIONS={
            "database_name": get_db().name,
            "counter_collection_name": "rate_limit_counters",
            "window_collection_name": "rate_limit_windows",
        },
        RATELIMIT_STRATEGY="moving-window",
    )
    limiter.init_app(app)


def account_key() -> str:
    """The account that this request tries to enter, as far as it says so in a sensible way."""
    data = request.get_json(silent=True) if request.is_json else request.form
    given = (data.get("email") or data.get("gmail")) if isinstance(data, dict) else None
    return f"account:{email_key(given.strip())[:254]}" if isinstance(given, str) else "account:none"


def _was_refused(response: Response) -> bool:
    return response.status_code == 401


def _breached(limit: RequestLimit) -> None:
    raise TooManyRequests(retry_after=max(1, int(limit.reset_at - time.time()) + 1))


sign_up = limiter.limit("30 per minute; 300 per hour", on_breach=_breached)
refresh = limiter.limit("60 per minute", on_breach=_breached)
log_in_by_address = limiter.limit("60 per minute", on_breach=_breached)
log_in_by_account = limiter.limit(
    "10 per 5 minutes", key_func=account_key, deduct_when=_was_refused, on_breach=_breached
)
