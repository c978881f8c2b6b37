"""What comes in bursts, gathered: handled once when it has gone quiet, and once at a time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import gevent
from gevent.pool import Pool

logger = logging.getLogger(__name__)

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")


class Bursts(Generic[Key, Item]):
    """Calls `handle` with the items of one key that came close together, oldest first.

    A burst is over when nothing came for `quiet` seconds, or `longest` seconds after it began. What comes while it is
    handled is the next one. `most` is how many keys may be under way at once.
    """

    def __init__(self, handle: Callable[[list[Item]], object], *, quiet: float, longest: float, most: int) -> None:
        self._handle = handle
        self._quiet = quiet
        self._longest = longest
        self._gathered: dict[Key, list[Item]] = {}
        self._workers = Pool(most)

    def add(self, key: Key, item: Item) -> bool:
        """Take an item; returns at once. False if too many keys are under way and the item is left alone."""
        if key in self._gathered:
            self._gathered[key].append(item)
            return True
        if self._workers.free_count() == 0:
            return False
        self._gathered[key] = [item]
        self._workers.spawn(self._work, key)
        return True

    def stop(self) -> None:
        """Drop what was gathered, and end what is being handled."""
        self._workers.kill()

    def _work(self, key: Key) -> None:
        try:
            while self._gathered[key]:
                self._wait_until_quiet(self._gathered[key])
                burst, self._gathered[key] = self._gathered[key], []
                self._handle(burst)
        except Exception:
            # At the top of its own greenlet: there is nobody else to tell.
            logger.exception("a burst was not handled")
        finally:
            del self._gathered[key]

    def _wait_until_quiet(self, gathered: list[Item]) -> None:
        deadline, count = time.monotonic() + self._longest, 0
        while count < len(gathered) and (left := deadline - time.monotonic()) > 0:
            count = len(gathered)
            gevent.sleep(min(self._quiet, left))
