"""Which messages the page draws as one block before a script has run."""

from __future__ import annotations

from typing import Any, cast

import pytest

from app.chat.blocks import following
from app.chat.payloads import MessagePayload

ADA, BOB = "a", "b"


def said(number: int, at: str, sender: str = ADA, origin: str = "person") -> MessagePayload:
    message: dict[str, Any] = {"id": str(number), "sender": {"id": sender}, "origin": origin, "created_at": at}
    return cast(MessagePayload, message)


def test_what_one_says_within_minutes_stands_in_one_block() -> None:
    messages = [
        said(1, "2026-03-01T10:00:00.000Z"),
        said(2, "2026-03-01T10:04:59.000Z"),
        said(3, "2026-03-01T10:09:59.000Z"),
        said(4, "2026-03-01T10:10:00.000Z", BOB),
        said(5, "2026-03-01T10:10:01.000Z", BOB, "standin"),
    ]
    assert following(messages, None) == {"2"}


@pytest.mark.parametrize(("zone", "expected"), [("", set()), ("Europe/Berlin", {"2"}), ("Asia/Kolkata", {"2"})])
def test_a_day_that_begins_where_the_reader_is_begins_a_block(zone: str, expected: set[str]) -> None:
    messages = [said(1, "2026-03-01T23:59:00.000Z"), said(2, "2026-03-02T00:01:00.000Z")]
    assert following(messages, zone) == expected
