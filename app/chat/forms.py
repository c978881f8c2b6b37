"""What the chat accepts, as typed models."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from app.auth.models import now
from app.chat.models import BODY_LIMIT
from app.parsing import Id, Input

LONGEST_STATUS = timedelta(days=366)
PAGE_LIMIT = 100


def _has_text(body: str) -> str:
    if not body.strip():
        raise ValueError("must not be empty")
    return body


def _no_nul(text: str) -> str:
    """Databases, terminals and files end a text at NUL, each in its own way."""
    if "\0" in text:
        raise ValueError("must not contain NUL characters")
    return text


Text = Annotated[str, AfterValidator(_no_nul)]


def _moment(value: object) -> object:
    """A time from JSON. Without an offset it could mean anything, so it must have one."""
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("must be a time as in 2026-01-31T09:30:00Z") from None
    if moment.tzinfo is None:
        raise ValueError("must say its time zone, as in 2026-01-31T09:30:00Z")
    return moment


def _in_the_future(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if not now() < moment <= now() + LONGEST_STATUS:
        raise ValueError("must lie in the future, at most a year ahead")
    return moment.astimezone(UTC)


class MessageSend(Input):
    room_id: Id
    body: Annotated[Text, Field(min_length=1, max_length=BODY_LIMIT), AfterValidator(_has_text)]
    client_message_id: Annotated[Text, Field(min_length=1, max_length=100)]


class StatusSet(Input):
    status: Literal["available", "away", "busy"]
    until: Annotated[datetime | None, BeforeValidator(_moment), AfterValidator(_in_the_future)] = None
    note: Annotated[Text, Field(max_length=280)] | None = None


class HistoryQuery(Input):
    """From a query string, so numbers come as text. Without before and after: the newest page.

    Whoever asks for more than a page at once gets a page.
    """

    model_config = ConfigDict(strict=False)

    before: Annotated[int | None, Field(ge=0, le=2**53)] = None
    after: Annotated[int | None, Field(ge=0, le=2**53)] = None
    limit: Annotated[int, Field(ge=1), AfterValidator(lambda limit: min(limit, PAGE_LIMIT))] = 50
