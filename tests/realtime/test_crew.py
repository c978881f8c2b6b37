"""Greenlets that are kept: one job after the other, none in the way of another."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

import gevent
import pytest
from gevent import getcurrent
from gevent.event import Event

from app.realtime import crew as module
from app.realtime.crew import Crew

number: ContextVar[int] = ContextVar("number", default=0)


def run(crew: Crew, *jobs: Callable[[], object]) -> None:
    """Start jobs as the hub does, and let them run as far as they get."""
    for job in jobs:
        crew.start_soon(job)
    gevent.sleep(0)


def test_the_next_job_gets_the_same_greenlet_in_a_new_context() -> None:
    crew, seen = Crew(), []

    def job() -> None:
        seen.append((getcurrent(), number.get()))
        number.set(7)

    run(crew, job, job)
    (first, before), (second, after) = seen
    assert first is second
    assert (before, after) == (0, 0)


def test_a_job_that_waits_holds_up_no_other() -> None:
    crew, door, done = Crew(), Event(), []

    def waiting() -> None:
        door.wait()
        done.append("waited")

    run(crew, waiting, lambda: done.append("quick"))
    assert done == ["quick"]
    door.set()
    gevent.sleep(0)
    assert done == ["quick", "waited"]


def test_no_more_are_kept_than_are_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 3)
    crew, door = Crew(), Event()
    run(crew, *[door.wait] * 10)
    door.set()
    gevent.sleep(0)
    assert len(crew._idle) == 3
