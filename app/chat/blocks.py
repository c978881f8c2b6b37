"""Which messages stand in one block with the one before: the page is drawn so before a script has run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from app.chat.payloads import MessagePayload

ONE_BLOCK = timedelta(minutes=5)


def following(messages: Sequence[MessagePayload], time_zone: str | None) -> set[str]:
    """The ids of those by the same hand, within minutes and on the same day, by the rule of lib/timeline.js."""
    zone = ZoneInfo(time_zone or "UTC")
    return {two["id"] for one, two in pairwise(messages) if _is_one_block(one, two, zone)}


def _is_one_block(one: MessagePayload, two: MessagePayload, zone: ZoneInfo) -> bool:
    if one["sender"]["id"] != two["sender"]["id"] or one["origin"] != two["origin"]:
        return False
    before, after = (datetime.fromisoformat(each["created_at"]).astimezone(zone) for each in (one, two))
    return after - before < ONE_BLOCK and before.date() == after.date()
