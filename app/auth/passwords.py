"""Hashing passwords without holding up anyone else.

bcrypt computes for a third of a second at cost 12, the usual one. It releases the interpreter while it does, so it
runs in threads of its own: two of them keep logins moving, and DNS look-ups, which use the hub's own pool, never wait
behind them. Where there is one core, the kernel decides who has it. So there are no more threads than cores, and they
are the nicest there are: otherwise the loop, each time it has something to do, waits for the end of their slices.
"""

from __future__ import annotations

import os
import secrets
import sys
import threading
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from gevent.threadpool import ThreadPool

from app.extensions import bcrypt

Result = TypeVar("Result")

THREADS = 2
_KIND_AND_COST = len("$2b$12$")
NICEST = 19


@cache
def _pool() -> ThreadPool:
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return ThreadPool(min(THREADS, cores))


def hash_password(password: str) -> str:
    """The salted bcrypt hash of `password`, which may be of any length (SHA-256 first, by Flask-Bcrypt)."""
    hashed: bytes = _aside(bcrypt.generate_password_hash, _composed(password))
    return hashed.decode("ascii")


def is_right_password(password_hash: str | None, password: str) -> bool:
    """Whether `password` made `password_hash`. None, for nobody, takes as long and is False."""
    known = password_hash or nobodys_hash()
    matches: bool = _aside(bcrypt.check_password_hash, known, _composed(password))
    return matches and password_hash is not None


def is_of_today(password_hash: str) -> bool:
    """Whether a hash is made as those of today are, at the same cost: what was made otherwise takes another time."""
    return password_hash[:_KIND_AND_COST] == nobodys_hash()[:_KIND_AND_COST]


@cache
def nobodys_hash() -> str:
    """A hash that no known password made, of today's cost. Made once per process, at its start."""
    return hash_password(secrets.token_urlsafe(32))


def _composed(password: str) -> str:
    """One form for what keyboards send in several. Source: NIST SP 800-63B, section 3.1.1.2."""
    return unicodedata.normalize("NFKC", password)


def _aside(work: Callable[..., Result], *arguments: object) -> Result:
    """Do it in a thread, while the loop goes on."""
    result: Result = _pool().apply(_nicely, (work, *arguments))
    return result


def _nicely(work: Callable[..., Result], *arguments: object) -> Result:
    """Do it behind all others. Linux has a niceness for each thread; elsewhere it is the whole process's."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICEST)
    return work(*arguments)
