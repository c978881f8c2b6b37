from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import gevent
import pytest
from gevent.event import Event

from app.realtime.group_commit import GroupCommit

pytestmark = pytest.mark.usefixtures("loop_time")


class Disk:
    """Writes batches when its door is open; remembers them."""

    def __init__(self, outcome: Callable[[int], Any] = lambda item: item * 10) -> None:
        self.batches: list[list[int]] = []
        self.at_once = self.most_at_once = 0
        self.door = Event()
        self.door.set()
        self._outcome = outcome

    def write(self, batch: list[int]) -> list[Any]:
        self.batches.append(batch)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.door.wait()
        gevent.sleep(0)
        self.at_once -= 1
        return [self._outcome(item) for item in batch]


def submit(commits: GroupCommit[int, Any], items: range) -> list[Any]:
    gevent.get_hub().loop.update_now()  # or the timeout counts from when another test ran the loop last
    greenlets = [gevent.spawn(commits.submit, item) for item in items]
    gevent.joinall(greenlets, timeout=30)
    return [greenlet.value if greenlet.successful() else greenlet.exception for greenlet in greenlets]


def test_each_submitter_gets_the_result_of_its_own_item() -> None:
    assert submit(GroupCommit(Disk().write), range(100)) == [item * 10 for item in range(100)]


def test_a_lone_item_is_written_at_once() -> None:
    disk = Disk()
    assert GroupCommit(disk.write).submit(1) == 10
    assert disk.batches == [[1]]


def test_what_comes_during_a_write_is_the_next_batch_in_order_of_submission() -> None:
    disk = Disk()
    disk.door.clear()
    commits: GroupCommit[int, int] = GroupCommit(disk.write)
    waiting = [gevent.spawn(commits.submit, 0)]
    gevent.sleep(0.01)
    waiting += [gevent.spawn(commits.submit, item) for item in range(1, 50)]
    gevent.sleep(0.01)
    assert disk.batches == [[0]]
    disk.door.set()
    gevent.joinall(waiting, timeout=30)
    assert disk.batches == [[0], list(range(1, 50))]


def test_one_batch_is_in_flight_at_a_time_and_none_is_larger_than_allowed() -> None:
    disk = Disk()
    submit(GroupCommit(disk.write, largest=7), range(100))
    assert disk.most_at_once == 1
    assert max(map(len, disk.batches)) == 7
    assert [item for batch in disk.batches for item in batch] == list(range(100))


def test_waiters_go_on_in_the_order_of_their_items() -> None:
    commits: GroupCommit[int, int] = GroupCommit(Disk().write)
    told: list[int] = []
    greenlets = [gevent.spawn(lambda item: told.append(commits.submit(item)), item) for item in range(50)]
    gevent.joinall(greenlets, timeout=30)
    assert told == [item * 10 for item in range(50)]


def test_what_is_to_be_written_later_is_submitted_when_that_begins_and_answered_in_the_hub() -> None:
    disk = Disk()
    commits: GroupCommit[int, int] = GroupCommit(disk.write)
    told: list[Any] = []
    later = commits.later(2).followed_by(lambda result: result + 1)
    assert submit(commits, range(1)) == [0]
    later.begin(lambda outcome: told.append((gevent.getcurrent(), later.read(outcome))))
    assert told == []
    gevent.sleep(0.01)
    assert told == [(gevent.get_hub(), 21)]


def test_the_error_of_one_item_is_raised_to_its_submitter_alone() -> None:
    refused = ValueError("three is refused")
    disk = Disk(lambda item: refused if item == 3 else item)
    assert submit(GroupCommit(disk.write), range(5)) == [0, 1, 2, refused, 4]


def test_a_write_that_raises_fails_its_batch_and_no_other() -> None:
    tries = count()

    def write(batch: list[int]) -> list[int]:
        gevent.sleep(0)
        if next(tries) == 0:
            raise OSError("the disk is full")
        return batch

    answers = submit(GroupCommit(write, largest=3), range(6))
    assert [type(answer) for answer in answers] == [OSError, OSError, OSError, int, int, int]


@pytest.mark.parametrize("outcomes", [[], [1], [1, 2, 3]])
def test_a_write_that_answers_for_too_few_or_too_many_fails_its_batch(outcomes: list[int]) -> None:
    commits: GroupCommit[int, int] = GroupCommit(lambda _: outcomes)
    assert [type(answer) for answer in submit(commits, range(2))] == [RuntimeError, RuntimeError]


def test_a_submitter_that_is_killed_does_not_keep_the_others_from_being_written() -> None:
    disk = Disk()
    disk.door.clear()
    commits: GroupCommit[int, int] = GroupCommit(disk.write)
    greenlets = [gevent.spawn(commits.submit, item) for item in range(3)]
    gevent.sleep(0.01)
    greenlets[0].kill()
    disk.door.set()
    gevent.joinall(greenlets, timeout=30)
    assert [greenlet.value for greenlet in greenlets[1:]] == [10, 20]
    assert commits.submit(4) == 40
