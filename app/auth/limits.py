"""How often one may try: counted in MongoDB, so that it holds for every process and over restarts.

Every try counts, also one that works: to count only failures would let a hundred guesses that are sent at once
all pass before the first has failed.
"""

from __future__ import annotations

import time
from typing import Any

from flask import Flask, request
from flask_limiter import RequestLimit
from limits.storage import MongoDBStorage
from mongoengine import get_connection, get_db

from app.auth import identity
from app.auth.forms import Account, email_key
from app.errors import BadInput, TooManyRequests
from app.extensions import limiter
from app.parsing import parse, request_data
from app.realtime.strangers import neighbourhood


class SharedMongoDBStorage(MongoDBStorage):
    """The storage of `limits` on the connection that the app has already."""

    STORAGE_SCHEME = ["standin"]  # noqa: RUF012 - as its base declares it

    def _init_mongo_client(self, uri: str | None, **options: Any) -> Any:  # noqa: ARG002
        return get_connection()

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Whether this try is within the limit.

        The first tries for a key race to insert its document, and those that lose look refused. The document
        is there when they ask again; who is over the limit is refused again.
        """
        acquire = super().acquire_entry
        return acquire(key, limit, expiry, amount) or acquire(key, limit, expiry, amount)

    def __del__(self) -> None:
        """The base closes its connection here. This one is the app's."""


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


def address_key() -> str:
    """Where the request comes from."""
    return neighbourhood(request.remote_addr or "unknown")


def account_key() -> str:
    """The account that the request tries to enter, however its address is spelt; "" if it names none."""
    try:
        return f"account:{email_key(parse(Account, request_data()).email)}"
    except BadInput:
        return ""


def names_no_account() -> bool:
    """Such a request enters nothing; the limit of its address is enough."""
    return not account_key()


def session_key() -> str:
    return f"session:{identity.caller().session_id}"


def user_key() -> str:
    return f"user:{identity.caller().user_id}"


def bot_key() -> str:
    return f"bot:{identity.calling_bot()}"


def _breached(limit: RequestLimit) -> None:
    raise TooManyRequests(retry_after=max(1, int(limit.reset_at - time.time()) + 1))


sign_up_by_address = limiter.limit("30 per minute; 300 per hour", key_func=address_key, on_breach=_breached)
sign_up_by_account = limiter.limit(
    "10 per hour", key_func=account_key, exempt_when=names_no_account, on_breach=_breached
)
log_in_by_address = limiter.limit("60 per minute", key_func=address_key, on_breach=_breached)
log_in_by_account = limiter.limit(
    "10 per 5 minutes", key_func=account_key, exempt_when=names_no_account, on_breach=_breached
)
refresh_by_address = limiter.limit("300 per minute", key_func=address_key, on_breach=_breached)
refresh_by_session = limiter.limit("10 per minute", key_func=session_key, on_breach=_breached)
password_by_user = limiter.limit("10 per 5 minutes", key_func=user_key, on_breach=_breached)
profile_by_user = limiter.limit("60 per minute", key_func=user_key, on_breach=_breached)
push_by_user = limiter.limit("20 per minute", key_func=user_key, on_breach=_breached)
messages_by_bot = limiter.limit("120 per minute", key_func=bot_key, on_breach=_breached)
upload_by_user = limiter.limit("60 per minute", key_func=user_key, on_breach=_breached)
