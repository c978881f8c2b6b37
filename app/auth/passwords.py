"""Hashing passwords without holding up anyone else.

bcrypt computes for a third of a second at cost 12, the usual one. It releases the interpreter while it does, so it
runs in threads of its own: two of them keep logins moving and leave the loop free, and DNS look-ups, which use
the hub's own pool, never wait behind them.
"""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache

from gevent.threadpool import ThreadPool

from app.extensions import bcrypt

THREADS = 2


@cache
def _pool() -> ThreadPool:
    return ThreadPool(THREADS)


def hash_password(password: str) -> str:
    """The salted bcrypt hash of `password`, which may be of any length (SHA-256 first, by Flask-Bcrypt)."""
    hashed: bytes = _pool().apply(bcrypt.generate_password_hash, (_composed(password),))
    return hashed.decode("ascii")


def is_right_password(password_hash: str | None, password: str) -> bool:
    """Whether `password` made `password_hash`. None, for nobody, takes as long and is False."""
    known = password_hash or nobodys_hash()
    matches: bool = _pool().apply(bcrypt.check_password_hash, (known, _composed(password)))
    return matches and password_hash is not None


@cache
def nobodys_hash() -> str:
    """A hash that no known password made, of today's cost. Made once per process, at its start."""
    return hash_password(secrets.token_urlsafe(32))


def _composed(password: str) -> str:
    """One form for what keyboards send in several. Source: NIST SP 800-63B, section 3.1.1.2."""
    return unicodedata.normalize("NFKC", password)
