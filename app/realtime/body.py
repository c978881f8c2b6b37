"""A request's body: it has to arrive before a deadline, and nobody waits for long for one that is not wanted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import gevent
from gevent import pywsgi

LINGER_SECONDS = 1.0
LINGER_BYTES = 1024 * 1024


class TooSlow(gevent.Timeout):  # type: ignore[misc]
    """The client takes too long to send its request. Not an Exception, so no app takes it for its own."""


class Body(pywsgi.Input):  # type: ignore[misc]
    """pywsgi's `wsgi.input` with one time limit for all that is read from it."""

    __slots__ = ("_seconds", "is_abandoned")

    def __init__(self, seconds: float, *args: Any) -> None:
        super().__init__(*args)
        self._seconds = seconds
        self.is_abandoned = False

    def read(self, length: int | None = None) -> bytes:
        """Read as pywsgi does; raise TooSlow."""
        with self._in_time():
            return bytes(super().read(length))

    def readline(self, size: int | None = None) -> bytes:
        """Read as pywsgi does; raise TooSlow."""
        with self._in_time():
            return bytes(super().readline(size))

    def _discard(self) -> None:
        """Take what the app left, so that the client gets to read the answer; but not for long.

        pywsgi reads it to its end, however long the client makes that last. Where this gives up, what follows on the
        connection is lost.
        """
        if self.chunked_input and self.chunk_length == 0:
            return
        if not self.chunked_input and self.position >= (self.content_length or 0):
            return
        self.is_abandoned = True
        self.send_100_continue_enabled = False  # type: ignore[misc]  # a slot of the base
        self._seconds = LINGER_SECONDS
        taken = 0
        try:
            while taken < LINGER_BYTES:
                data = self.read(16384)
                if not data:
                    self.is_abandoned = False
                    return
                taken += len(data)
        except (TooSlow, OSError):  # there is no next request on this connection, so its state does not matter
            return

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        started = monotonic()
        with TooSlow(max(self._seconds, 0.001)):
            yield
        self._seconds -= monotonic() - started
