"""Advisory file locks (flock) that are polled, so that a greenlet waiting for one never blocks its loop.

A lock lives as long as its file descriptor: the kernel drops it however the process ends, kill -9 included.
That is why the embedded MongoDB counts its users with locks and never with process ids.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_SECONDS = 0.01


def try_lock(path: Path, *, shared: bool = False) -> int | None:
    """Take the lock now and return its file descriptor, or None if somebody else holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def lock(path: Path, *, deadline: float, shared: bool = False) -> int:
    """Take the lock and return its file descriptor.

    Raises TimeoutError when time.monotonic() has passed the deadline.
    """
    while (descriptor := try_lock(path, shared=shared)) is None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{path} stays locked by another process")
        time.sleep(POLL_SECONDS)
    return descriptor


@contextmanager
def locked(path: Path, *, deadline: float) -> Iterator[None]:
    """Hold the lock alone for the length of a block."""
    descriptor = lock(path, deadline=deadline)
    try:
        yield
    finally:
        os.close(descriptor)


def is_locked(path: Path) -> bool:
    """Tell whether a process holds the lock alone."""
    descriptor = try_lock(path, shared=True)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False
