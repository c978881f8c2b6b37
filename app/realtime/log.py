"""One line in the log for what goes wrong again and again: what clients do wrong, or a database that is away."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import gevent

logger = logging.getLogger("app.realtime")

INTERVAL = 10.0  # seconds


class OncePerInterval:
    """Logs a kind of mishap at most once per interval and counts what it left out."""

    def __init__(self, interval: float = INTERVAL, log: Callable[..., None] = logger.warning) -> None:
        self._interval = interval
        self._log = log
        self._due: dict[str, float] = {}
        self._left_out: dict[str, int] = {}

    def warn(self, kind: str, detail: object) -> None:
        """Log `kind`, of which there are few, with the detail of the case at hand."""
        now = time.monotonic()
        if now < self._due.get(kind, 0.0):
            self._left_out[kind] = self._left_out.get(kind, 0) + 1
            return
        self._due[kind] = now + self._interval
        left_out = self._left_out.pop(kind, 0)
        more = f" (and {left_out} more)" if left_out else ""
        words = str(detail).encode("unicode_escape").decode()  # of the client's choice, on one line
        # the hub calls this, and a handler of the logging module may wait for its lock
        gevent.spawn_raw(self._log, "%s: %.200s%s", kind, words, more)


mishaps = OncePerInterval()
