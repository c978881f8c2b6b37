from __future__ import annotations

from typing import Any

import gevent
import pytest

from app.database.together import Together

pytestmark = pytest.mark.usefixtures("loop_time")


class Answers:
    """Knows the squares of small numbers, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    def find(self, keys: list[int]) -> dict[int, int]:
        self.asked.append(keys)
        gevent.sleep(0.001)
        if -1 in keys:
            raise LookupError("nobody knows")
        return {key: key * key for key in keys if key < 100}


def ask(together: Together[int, int], *keys: int) -> list[Any]:
    asking = [gevent.spawn(together.ask, key) for key in keys]
    gevent.joinall(asking, timeout=30)
    return [one.value if one.successful() else one.exception for one in asking]


def test_who_asks_at_the_same_moment_shares_a_question_that_has_each_key_once() -> None:
    answers = Answers()
    assert ask(Together(answers.find), 1, 2, 2, 3, 100) == [1, 4, 4, 9, None]
    assert sorted(key for keys in answers.asked for key in keys) == [1, 2, 3, 100]
    assert len(answers.asked) == 1


def test_an_answer_is_never_older_than_the_question() -> None:
    answers = Answers()
    together: Together[int, int] = Together(answers.find)
    first = gevent.spawn(together.ask, 1)
    while not answers.asked:
        gevent.sleep(0)
    assert together.ask(1) == 1
    assert first.get(timeout=30) == 1
    assert answers.asked == [[1], [1]]


def test_several_keys_have_an_answer_each_as_far_as_there_is_one() -> None:
    answers = Answers()
    together: Together[int, int] = Together(answers.find)
    assert together.ask_all([2, 3, 500]) == {2: 4, 3: 9}
    assert together.ask_all([]) == {}
    assert answers.asked == [[2, 3, 500]], "for nothing nobody is asked"


def test_an_error_is_told_to_all_who_asked() -> None:
    failed = ask(Together(Answers().find), -1, 1)
    assert [type(one) for one in failed] == [LookupError, LookupError]


@pytest.mark.parametrize("count", [1, 3])
def test_the_next_question_goes_on_after_an_error(count: int) -> None:
    together: Together[int, int] = Together(Answers().find)
    ask(together, *[-1] * count)
    assert together.ask(2) == 4
