"""Quiet hours, by the clock on the wall where somebody is. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def are_quiet(begin: str, end: str, zone: str, moment: datetime) -> bool:
    """Whether a moment is between two times of day such as 22:00 and 07:00, over midnight too, in a time zone.

    Without both times, or between two that are the same, it is never quiet. Without a zone they are those of UTC.
    """
    if not begin or not end or begin == end:
        return False
    here = moment.astimezone(_zone(zone)).time().replace(tzinfo=None)
    first, last = time.fromisoformat(begin), time.fromisoformat(end)
    return first <= here < last if first < last else here >= first or here < last


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):  # a database of zones that does not know it any more
        return UTC
