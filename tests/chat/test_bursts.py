from __future__ import annotations

import logging

import gevent
import pytest
from gevent.event import Event

from app.chat.bursts import Bursts

pytestmark = pytest.mark.usefixtures("loop_time")


class Handled:
    """What was handled, and a door that can keep a handler waiting."""

    def __init__(self) -> None:
        self.bursts: list[list[int]] = []
        self.door = Event()
        self.door.set()

    def __call__(self, burst: list[int]) -> None:
        self.bursts.append(burst)
        self.door.wait()

    def wait_for(self, count: int) -> None:
        with gevent.Timeout(5):
            while len(self.bursts) < count:
                gevent.sleep(0.005)


def test_what_comes_close_together_is_handled_once_and_in_order() -> None:
    handled = Handled()
    bursts: Bursts[str, int] = Bursts(handled, quiet=0.05, longest=5, most=10)
    for item in range(5):
        assert bursts.add("key", item)
        gevent.sleep(0.005)
    handled.wait_for(1)
    assert handled.bursts == [[0, 1, 2, 3, 4]]


def test_a_burst_that_does_not_end_is_handled_when_it_has_lasted_long_enough() -> None:
    handled = Handled()
    bursts: Bursts[str, int] = Bursts(handled, quiet=0.05, longest=0.1, most=10)
    sent = 0
    while not handled.bursts:
        bursts.add("key", sent)
        sent += 1
        gevent.sleep(0.01)
    assert handled.bursts[0] == list(range(len(handled.bursts[0])))


def test_keys_are_handled_apart_and_do_not_wait_for_each_other() -> None:
    handled = Handled()
    handled.door.clear()
    bursts: Bursts[str, int] = Bursts(handled, quiet=0.01, longest=1, most=10)
    bursts.add("one", 1)
    bursts.add("two", 2)
    handled.wait_for(2)
    assert sorted(handled.bursts) == [[1], [2]]
    handled.door.set()


def test_what_comes_while_a_burst_is_handled_is_the_next_one() -> None:
    handled = Handled()
    handled.door.clear()
    bursts: Bursts[str, int] = Bursts(handled, quiet=0.01, longest=1, most=10)
    bursts.add("key", 1)
    handled.wait_for(1)
    bursts.add("key", 2)
    bursts.add("key", 3)
    gevent.sleep(0.05)
    assert handled.bursts == [[1]]
    handled.door.set()
    handled.wait_for(2)
    assert handled.bursts == [[1], [2, 3]]


def test_one_key_too_many_is_left_alone_and_taken_again_later() -> None:
    handled = Handled()
    bursts: Bursts[str, int] = Bursts(handled, quiet=0.01, longest=1, most=1)
    assert bursts.add("one", 1)
    assert not bursts.add("two", 2)
    handled.wait_for(1)
    with gevent.Timeout(5):
        while not bursts.add("two", 3):
            gevent.sleep(0.005)
    handled.wait_for(2)
    assert handled.bursts == [[1], [3]]


def test_a_burst_that_fails_is_logged_and_does_not_hinder_the_next(caplog: pytest.LogCaptureFixture) -> None:
    handled: list[int] = []

    def handle(burst: list[int]) -> None:
        handled.append(100 // burst[0])

    bursts: Bursts[str, int] = Bursts(handle, quiet=0.01, longest=1, most=10)
    with caplog.at_level(logging.ERROR), gevent.Timeout(5):
        bursts.add("key", 0)
        while not caplog.records:
            gevent.sleep(0.005)
        bursts.add("key", 1)
        while not handled:
            gevent.sleep(0.005)
    assert handled == [100]
