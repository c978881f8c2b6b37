"""A request's body: it has to arrive before a deadline, and nobody waits for long for one that is not wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Any

import gevent
from gevent import pywsgi

LINGER_SECONDS = 1.0
LINGER_BYTES = 1024 * 1024
PIECE = 16384  # of a body that is held to a rate: a larger read would end only when all of it is here


class TooSlow(gevent.Timeout):  # type: ignore[misc]
    """The client takes too long to send its request. Not an Exception, so no app takes it for its own."""


def expect_progress(environ: Mapping[str, Any], bytes_per_second: int) -> None:
    """From now on the body of this request may take as long as it needs, if it comes at this rate at least.

    For the routes that want large bodies, once they know who sends one. Without our worker nothing changes.
    """
    if isinstance(body := environ.get("wsgi.input"), Body):
        body.expect_progress(bytes_per_second)


class Body(pywsgi.Input):  # type: ignore[misc]
    """pywsgi's `wsgi.input` with one time limit for all that is read from it."""

    __slots__ = ("_most_seconds", "_rate", "_seconds", "is_abandoned")

    def __init__(self, seconds: float, *args: Any) -> None:
        super().__init__(*args)
        self._seconds = self._most_seconds = seconds
        self._rate = 0
        self.is_abandoned = False

    def expect_progress(self, bytes_per_second: int) -> None:
        """Let what arrives earn time for what follows, never more than the limit that a whole body has otherwise."""
        self._rate = bytes_per_second

    def read(self, length: int | None = None) -> bytes:
        """Read as pywsgi does, though less at a time where a rate is expected; raise TooSlow."""
        if self._rate:
            length = PIECE if length is None or length < 0 else min(length, PIECE)
        with self._in_time():
            data = bytes(super().read(length))
        if self._rate:
            self._seconds = min(self._seconds + len(data) / self._rate, self._most_seconds)
        return data

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
        self._seconds, self._rate = LINGER_SECONDS, 0
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
