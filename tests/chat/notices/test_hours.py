from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.chat.notices.hours import are_quiet


@pytest.mark.parametrize(
    ("begin", "end", "zone", "time", "quiet"),
    [
        ("22:00", "07:00", "", "21:59", False),
        ("22:00", "07:00", "", "22:00", True),
        ("22:00", "07:00", "", "03:00", True),
        ("22:00", "07:00", "", "07:00", False),
        ("12:00", "13:00", "", "12:30", True),
        ("12:00", "13:00", "", "13:00", False),
        ("12:00", "12:00", "", "12:00", False),
        ("", "07:00", "", "03:00", False),
        ("22:00", "", "", "23:00", False),
        ("22:00", "07:00", "Asia/Tokyo", "14:00", True),
        ("22:00", "07:00", "Asia/Tokyo", "23:00", False),
        ("22:00", "07:00", "Nowhere/Now", "23:00", True),
    ],
)
def test_quiet_hours_go_by_the_clock_where_somebody_is(begin: str, end: str, zone: str, time: str, quiet: bool) -> None:
    moment = datetime.fromisoformat(f"2026-01-15T{time}").replace(tzinfo=UTC)
    assert are_quiet(begin, end, zone, moment) is quiet


def test_quiet_hours_follow_the_clock_when_it_is_put_forward() -> None:
    summer = datetime(2026, 7, 15, 20, 30, tzinfo=UTC)  # half past ten in Berlin
    winter = datetime(2026, 1, 15, 20, 30, tzinfo=UTC)  # half past nine
    assert are_quiet("22:00", "07:00", "Europe/Berlin", summer)
    assert not are_quiet("22:00", "07:00", "Europe/Berlin", winter)
