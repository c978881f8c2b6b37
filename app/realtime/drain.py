"""The end of a process: every client is sent away, and comes back to another, without all of them coming at once."""

from __future__ import annotations

import time
from typing import Protocol
from weakref import WeakSet

import gevent


class Engine(Protocol):
    """A server with sessions to end."""

    def drain(self) -> float:
        """Begin to end them all; return after how many seconds, at most, that is done."""

    @property
    def is_drained(self) -> bool:
        """Whether none is left, and no handler works for one."""


_engines: WeakSet[Engine] = WeakSet()


def register(engine: Engine) -> None:
    """Have `engine` drained when the process is told to stop."""
    _engines.add(engine)


def drain() -> None:
    """End all sessions of the process; return when they have ended, or when it is no use to wait any longer."""
    deadline = time.monotonic() + max((engine.drain() for engine in _engines), default=0.0)
    while time.monotonic() < deadline and not all(engine.is_drained for engine in _engines):
        gevent.sleep(0.05)
