from __future__ import annotations

import pytest

from app import remembered
from app.remembered import Remembered


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(remembered, "monotonic", clock)
    return clock


def test_each_value_is_remembered_for_its_own_time(clock: Clock) -> None:
    names: Remembered[str] = Remembered(10)
    names.put(b"a", "Ada", 5)
    names.put(b"b", "Bob", 9)
    assert (names.get(b"a"), names.get(b"b"), names.get(b"c")) == ("Ada", "Bob", None)
    clock.seconds += 5
    assert (names.get(b"a"), names.get(b"b")) == (None, "Bob")
    names.put(b"a", "Ada King", 5)
    assert names.get(b"a") == "Ada King"


def test_one_or_all_of_a_kind_are_forgotten(clock: Clock) -> None:
    places: Remembered[int] = Remembered(10)
    for number, key in enumerate((b"xa", b"xb", b"ya")):
        places.put(key, number, 5)
    places.forget(b"xa")
    places.forget(b"nothing")
    assert [places.get(key) for key in (b"xa", b"xb", b"ya")] == [None, 1, 2]
    places.forget_all(b"x")
    assert [places.get(key) for key in (b"xb", b"ya")] == [None, 2]


def test_where_it_is_full_what_is_over_goes_first_and_then_everything(clock: Clock) -> None:
    numbers: Remembered[int] = Remembered(3)
    for number, seconds in ((1, 1), (2, 9), (3, 9)):
        numbers.put(bytes([number]), number, seconds)
    clock.seconds += 1
    numbers.put(b"\4", 4, 9)
    assert [numbers.get(bytes([number])) for number in (1, 2, 3, 4)] == [None, 2, 3, 4]
    numbers.put(b"\5", 5, 9)
    assert [numbers.get(bytes([number])) for number in (2, 3, 4, 5)] == [None, None, None, 5]
