"""The greenlets in which answers are written, and how many calls to the provider go on at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gevent import Greenlet
from gevent.lock import BoundedSemaphore
from gevent.pool import Group

from app.ai import FailureReason, ProviderFailed

MOST_CALLS, CALL_WAIT_SECONDS = 8, 30.0  # to the provider at once, and how long to wait for one of them to end

_calls = BoundedSemaphore(MOST_CALLS)
_answers = Group()


def spawn(work: Callable[..., object], *arguments: object) -> Greenlet[Any, Any]:
    """Begin an answer beside the request."""
    return _answers.spawn(work, *arguments)


def stop() -> None:
    """Give up what is under way."""
    _answers.kill()


@contextmanager
def one_of_few() -> Iterator[None]:
    """The body is a call to the provider. Errors: `ProviderFailed` when too many go on for too long."""
    if not _calls.acquire(timeout=CALL_WAIT_SECONDS):
        raise ProviderFailed(FailureReason.TIMEOUT, "too many calls are under way")
    try:
        yield
    finally:
        _calls.release()
