"""How much one user, and one connection, may ask for on the socket: token buckets in the memory of this process.

What arrives on the socket has to be decided on within a microsecond, so nothing is shared with other processes, and
nothing is kept. A user who is connected to several of them has as many buckets.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from time import monotonic
from typing import Literal

from bson import ObjectId

from app.errors import TooManyRequests

Kind = Literal["messages", "changes", "events"]

# An allowance is given for a minute; this many seconds' worth of it may be used at once.
BURST_SECONDS: dict[Kind, float] = {"messages": 3, "changes": 4, "events": 3}
MOST_REMEMBERED = 10_000
ROUNDING = 1e-6  # of seconds: what sums of fractions are off by


@dataclass(frozen=True, slots=True)
class Allowances:
    """How many a minute: messages and other changes of one user, events of all sorts of one connection. 0: any."""

    messages: int = 0
    changes: int = 0
    events: int = 0


class Buckets:
    """A bucket of tokens for each key. All that is known of one is when it will be full again."""

    __slots__ = ("_each", "_full_at", "_most", "_whole")

    def __init__(self, a_minute: int, burst_seconds: float) -> None:
        self._each = 60 / a_minute  # the seconds after which a token is back
        self._whole = max(burst_seconds, self._each) + ROUNDING  # and all of them
        self._full_at: dict[Hashable, float] = {}
        self._most = MOST_REMEMBERED

    def take(self, key: Hashable) -> float:
        """Take a token: 0, or the seconds until there is one, and then none was taken."""
        moment = monotonic()
        full_at = max(self._full_at.get(key, moment), moment) + self._each
        if (lacking := full_at - moment - self._whole) > 0:
            return lacking
        self._full_at[key] = full_at
        if len(self._full_at) > self._most:
            self._forget_full(moment)
        return 0.0

    def _forget_full(self, moment: float) -> None:
        self._full_at = {key: full_at for key, full_at in self._full_at.items() if full_at > moment}
        self._most = max(MOST_REMEMBERED, 2 * len(self._full_at))


_buckets: dict[Kind, Buckets | None] = {"messages": None, "changes": None, "events": None}


def configure(allowances: Allowances) -> None:
    """From now on this much is allowed, to everyone anew."""
    for kind, seconds in BURST_SECONDS.items():
        a_minute: int = getattr(allowances, kind)
        _buckets[kind] = Buckets(a_minute, seconds) if a_minute else None


def spend(kind: Kind, socket_id: str, user_id: ObjectId | None = None) -> None:
    """One event of this kind has come. Errors: `TooManyRequests`; then nothing may be done about it."""
    if (buckets := _buckets["events"]) and (seconds := buckets.take(socket_id)):
        raise TooManyRequests(math.ceil(seconds))
    if kind != "events" and (buckets := _buckets[kind]) and (seconds := buckets.take(user_id)):
        raise TooManyRequests(math.ceil(seconds))
