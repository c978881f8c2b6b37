"""How much one user, and one connection, may ask for on the socket: token buckets in the memory of this process.

What arrives on the socket has to be decided on within a microsecond, so nothing is shared with other processes, and
nothing is kept. A user who is connected to several of them has as many buckets.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from http import HTTPStatus
from time import monotonic
from typing import Literal

from bson import ObjectId

from app.errors import StandinError, TooManyRequests
from app.language import N_

Kind = Literal["messages", "changes", "events"]
Apart = Literal["rooms", "links"]

# An allowance is given for a minute; this many seconds' worth of it may be used at once.
BURST_SECONDS: dict[Kind | Apart, float] = {"messages": 3, "changes": 4, "events": 3, "rooms": 3600, "links": 60}
MOST_REMEMBERED = 10_000
ROUNDING = 1e-6  # of seconds: what sums of fractions are off by


@dataclass(frozen=True, slots=True)
class Allowances:
    """How many a minute: messages and other changes of one user, events of all sorts of one connection; rooms that one
    user makes, and links of theirs that are looked up. And how many connections one user may have. 0: any."""

    messages: int = 0
    changes: int = 0
    events: int = 0
    rooms: float = 0
    links: int = 0
    connections: int = 0


class Buckets:
    """A bucket of tokens for each key. All that is known of one is when it will be full again."""

    __slots__ = ("_each", "_full_at", "_most", "_whole")

    def __init__(self, a_minute: float, burst_seconds: float) -> None:
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


class TooManyConnections(StandinError):
    status, code = HTTPStatus.TOO_MANY_REQUESTS, "too_many_connections"
    message = N_("You have the chat open in too many places. Close some of them and try again.")


_buckets: dict[Kind | Apart, Buckets | None] = dict.fromkeys(BURST_SECONDS)
_most_connections = 0


def configure(allowances: Allowances) -> None:
    """From now on this much is allowed, to everyone anew."""
    global _most_connections  # noqa: PLW0603 - as process-wide as the buckets
    _most_connections = allowances.connections
    for kind, seconds in BURST_SECONDS.items():
        a_minute: float = getattr(allowances, kind)
        _buckets[kind] = Buckets(a_minute, seconds) if a_minute else None


def spend(kind: Kind, socket_id: str, user_id: ObjectId | None = None) -> None:
    """One event of this kind has come. Errors: `TooManyRequests`; then nothing may be done about it."""
    if (buckets := _buckets["events"]) and (seconds := buckets.take(socket_id)):
        raise TooManyRequests(math.ceil(seconds))
    if kind != "events" and (buckets := _buckets[kind]) and (seconds := buckets.take(user_id)):
        raise TooManyRequests(math.ceil(seconds))


def spend_apart(kind: Apart, user_id: ObjectId) -> None:
    """A user does something of which there may not be much, and costs others. Errors: as `spend`."""
    if (buckets := _buckets[kind]) and (seconds := buckets.take(user_id)):
        raise TooManyRequests(math.ceil(seconds))


def check_connections(count: int) -> None:
    """Whether somebody who has so many connections may have another one. Errors: `TooManyConnections`."""
    if 0 < _most_connections <= count:
        raise TooManyConnections
