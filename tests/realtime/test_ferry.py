from __future__ import annotations

import gevent
import pytest

from app.realtime.ferry import Ferry

pytestmark = pytest.mark.usefixtures("loop_time")


class Passengers:
    """Board a ferry, each in a greenlet, and stay until they are told to leave."""

    def __init__(self, seats: int) -> None:
        self.ferry = Ferry(seats)
        self.aboard: list[int] = []

    def come(self, *numbers: int, seconds: float = 30) -> list[gevent.Greenlet]:
        gevent.get_hub().loop.update_now()  # or the timeout counts from when another test ran the loop last
        came = [gevent.spawn(self._board, number, seconds) for number in numbers]
        gevent.sleep(0.01)
        return came

    def leave(self, *numbers: int) -> None:
        for number in numbers:
            self.aboard.remove(number)
            self.ferry.leave()
        gevent.sleep(0.01)

    def _board(self, number: int, seconds: float) -> bool:
        has_place = self.ferry.board(seconds)
        if has_place:
            self.aboard.append(number)
        return has_place


def test_who_comes_first_does_not_wait_and_the_others_go_together_when_it_is_through() -> None:
    people = Passengers(seats=3)
    people.come(1, 2, 3)
    assert people.aboard == [1]
    people.leave(1)
    assert people.aboard == [2, 3]


def test_nobody_boards_before_all_are_through_and_no_more_than_there_are_seats() -> None:
    people = Passengers(seats=2)
    people.come(1, 2, 3, 4, 5)
    people.leave(1)
    people.leave(2)
    assert people.aboard == [3]
    people.leave(3)
    assert people.aboard == [4, 5]
    people.leave(4, 5)
    people.come(6)
    assert people.aboard == [6], "nobody is aboard, so nobody waits"


def test_who_gives_up_or_is_killed_takes_no_seat() -> None:
    people = Passengers(seats=1)
    people.come(1)
    (hurried,) = people.come(2, seconds=0.02)
    (killed,) = people.come(3)
    people.come(4)
    killed.kill()
    assert hurried.get(timeout=30) is False
    people.leave(1)
    assert people.aboard == [4]


def test_who_is_killed_at_the_moment_of_the_call_gives_the_seat_back() -> None:
    people = Passengers(seats=1)
    people.come(1)
    (killed,) = people.come(2)
    people.come(3)
    killed.kill(block=False)
    people.leave(1)
    assert people.aboard == [3]
