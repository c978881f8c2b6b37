"""How long to wait for a provider: one deadline for a whole call, and a bounded number of tries within it.

The openai package has timeouts and retries of its own, but its timeout starts again with every read and every
retry, and it sleeps for up to two minutes when a provider asks it to. A person waits for this answer, so here
a call ends when its time is over, whatever it was doing.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import gevent

from app.ai.errors import FailureReason, ProviderFailed

Answer = TypeVar("Answer")

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 8.0


class Deadline:
    """The moment at which one call must be over, its retries and pauses included."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self._ends_at - time.monotonic())

    @contextmanager
    def enforced(self) -> Iterator[None]:
        """Cut the body off when the deadline passes, with ProviderFailed(timeout).

        In a process patched by gevent this interrupts whatever the body waits for: name resolution, a
        handshake, an answer that trickles in byte by byte. In any other process nothing is cut off, and the
        body keeps to `remaining` as well as it can.
        """
        if not self.remaining():
            raise ProviderFailed(FailureReason.TIMEOUT)
        timer = gevent.Timeout.start_new(self.remaining())
        try:
            yield
        except gevent.Timeout as passed:
            if passed is not timer:
                raise
            raise ProviderFailed(FailureReason.TIMEOUT) from None
        finally:
            timer.close()


def try_again(ask: Callable[[], Answer], deadline: Deadline, max_retries: int) -> Answer:
    """Call `ask` until it answers: at most `max_retries` times more, and only while the deadline leaves time.

    Raises the last ProviderFailed. A pause that would not end before the deadline is not begun.
    """
    retries = 0
    while True:
        try:
            return ask()
        except ProviderFailed as failure:
            pause = _pause_before_retry(failure, retries)
            if retries == max_retries or not failure.is_passing or pause >= deadline.remaining():
                raise
        retries += 1
        time.sleep(pause)


def _pause_before_retry(failure: ProviderFailed, retries: int) -> float:
    if failure.retry_after is not None:
        return failure.retry_after
    pause = min(FIRST_PAUSE_SECONDS * 2.0**retries, LONGEST_PAUSE_SECONDS)
    return pause * random.uniform(0.75, 1.0)  # noqa: S311 - spreads retries; nothing secret depends on it
