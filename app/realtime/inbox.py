"""What a client sent and its handlers have yet to see: handled one by one, in order, although handlers block."""

from __future__ import annotations

import logging
from collections.abc import Callable

import gevent

from app.realtime.crew import Job, crew

logger = logging.getLogger("app.realtime")
BURST = 32  # jobs done in a row before other greenlets get their turn


class Inbox:
    """A queue of jobs that has a greenlet only while there are any.

    Whoever fills it watches `is_full`, and is told by `on_room` when there is room again.
    """

    __slots__ = ("_capacity", "_is_running", "_jobs", "on_room")

    def __init__(self, capacity: int, on_room: Callable[[], object]) -> None:
        self._capacity = capacity
        self._jobs: list[Job] = []
        self._is_running = False
        self.on_room = on_room

    @property
    def is_full(self) -> bool:
        """Whether as many jobs wait as should."""
        return len(self._jobs) >= self._capacity

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits and nothing runs."""
        return not self._is_running

    def put(self, job: Job, *, at_once: bool = False) -> None:
        """Do `job` after all that was put before; `at_once`, which only the hub may ask for, if there is nothing."""
        self._jobs.append(job)
        if not self._is_running:
            self._is_running = True
            if at_once:
                crew.start(self._run)
            else:
                crew.start_soon(self._run)

    def clear(self) -> None:
        """Forget what waits. What runs, runs on."""
        self._jobs.clear()

    def _run(self) -> None:
        done, jobs, capacity = 0, self._jobs, self._capacity
        while jobs:
            was_full = len(jobs) >= capacity
            job = jobs.pop(0)
            try:
                job()
            except (Exception, gevent.Timeout):
                logger.exception("A handler failed")
            if was_full and len(jobs) < capacity:
                self.on_room()
            done += 1
            if done % BURST == 0:
                gevent.sleep(0)
        self._is_running = False
