"""What a client sent and its handlers have yet to see: handled one by one, in order, although handlers block."""

from __future__ import annotations

import logging
from collections.abc import Callable

import gevent

from app.realtime.crew import crew

logger = logging.getLogger("app.realtime")
BURST = 32  # jobs done in a row before other greenlets get their turn
MOST_UNDER_WAY = 4  # of one client, so that none fills a group commit alone

Job = Callable[[], object]
"""True for an answer says that it has begun something, at the end of which `Inbox.ended` is called."""


class Inbox:
    """A queue of jobs that has a greenlet only while there are any.

    A job begins when the one before has done, whatever that waited for. Only of those that are put `in_series` may some
    be begun while others, which came before and are in the series too, are under way.

    Whoever fills it watches `is_full`, and is told by `on_room` when there is room again.
    """

    __slots__ = ("_capacity", "_is_running", "_jobs", "_under_way", "on_room")

    def __init__(self, capacity: int, on_room: Callable[[], object]) -> None:
        self._capacity = capacity
        self._jobs: list[tuple[Job, bool]] = []
        self._is_running = False
        self._under_way = 0
        self.on_room = on_room

    @property
    def is_full(self) -> bool:
        """Whether as many jobs wait as should."""
        return len(self._jobs) >= self._capacity

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits and nothing runs."""
        return not (self._is_running or self._jobs or self._under_way)

    def put(self, job: Job, *, at_once: bool = False, in_series: bool = False) -> None:
        """Do `job` after all that was put before; `at_once`, which only the hub may ask for, if there is nothing."""
        self._jobs.append((job, in_series))
        if not self._is_running and self._may_begin():
            self._is_running = True
            if at_once:
                crew.start(self._run)
            else:
                crew.start_soon(self._run)

    def ended(self) -> None:
        """One that was under way has done. Call it in a greenlet that has done: it goes on with what is next."""
        self._under_way -= 1
        if not self._is_running and self._may_begin():
            self._is_running = True
            self._run()

    def clear(self) -> None:
        """Forget what waits. What runs, runs on."""
        self._jobs.clear()

    def _may_begin(self) -> bool:
        """Whether there is a job for which nothing before it has to end."""
        if not self._jobs:
            return False
        return not self._under_way or (self._jobs[0][1] and self._under_way < MOST_UNDER_WAY)

    def _run(self) -> None:
        done, jobs, capacity = 0, self._jobs, self._capacity
        while self._may_begin():
            was_full = len(jobs) >= capacity
            job, _ = jobs.pop(0)
            try:
                if job() is True:
                    self._under_way += 1
            except (Exception, gevent.Timeout):
                logger.exception("A handler failed")
            if was_full and len(jobs) < capacity:
                self.on_room()
            done += 1
            if done % BURST == 0:
                gevent.sleep(0)
        self._is_running = False
