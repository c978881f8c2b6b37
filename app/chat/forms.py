"""What the chat accepts, as typed models."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, Self

import emoji
from bson import ObjectId
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from app.auth.forms import known_zone
from app.auth.models import now
from app.chat.models import BODY_LIMIT
from app.language import N_, saying
from app.parsing import Id, Input, storable

LONGEST_STATUS = timedelta(days=366)
PAGE_LIMIT = 100
SEARCH_LIMIT = 300  # characters
SEARCH_PAGE_LIMIT = 50
MOST_FILES = 10  # of one message


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError(N_("Fill this in."))
    return text


def _or_nothing(text: str) -> str:
    return text if text.strip() else ""


def _none_is_empty(value: object) -> object:
    return [] if value is None else value


def _few_and_each_once(file_ids: list[ObjectId]) -> list[ObjectId]:
    if len(file_ids) > MOST_FILES:
        raise ValueError(saying("Send at most %(most)s files with a message.", most=MOST_FILES))
    return list(dict.fromkeys(file_ids))


def as_moment(value: object) -> object:
    """A time from JSON. Without an offset it could mean anything, so it must have one."""
    if value is None:
        return value
    try:
        moment = datetime.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ValueError(N_("Write a time as in 2026-01-31T09:30:00Z.")) from None
    if moment.tzinfo is None:
        raise ValueError(N_("Add the time zone, as in 2026-01-31T09:30:00Z."))
    return moment


def _in_the_future(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if not now() < moment <= now() + LONGEST_STATUS:
        raise ValueError(N_("Choose a time to come, at most a year ahead."))
    return moment.astimezone(UTC)


def _one_emoji(text: str) -> str:
    if not emoji.is_emoji(text):
        raise ValueError(N_("Choose one emoji."))
    return text


Body = Annotated[str, Field(max_length=BODY_LIMIT), AfterValidator(storable), AfterValidator(_not_blank)]
ClientMessageId = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(storable)]
Note = Annotated[str, Field(max_length=280), AfterValidator(storable)]
Moment = Annotated[datetime | None, BeforeValidator(as_moment), AfterValidator(_in_the_future)]
# A message that has files need not say anything.
Caption = Annotated[str, Field(max_length=BODY_LIMIT), AfterValidator(storable), AfterValidator(_or_nothing)]
FileIds = Annotated[list[Id], BeforeValidator(_none_is_empty), AfterValidator(_few_and_each_once)]
Emoji = Annotated[str, Field(max_length=40), AfterValidator(_one_emoji)]


class Sayable(Input):
    """Words, files, or both. `file_ids`: files of one's own that are in no message yet."""

    body: Caption = ""
    file_ids: FileIds = Field(default_factory=list)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.body and not self.file_ids:
            raise ValueError(N_("Fill this in."))  # without a place of its own it is told of the body
        return self


class MessageSend(Sayable):
    """`reply_to` is the message that is answered, `thread_id` the one that began the thread, or another of it.

    `leave`: no stand-in is to answer.
    """

    room_id: Id
    client_message_id: ClientMessageId
    reply_to: Id | None = None
    thread_id: Id | None = None
    leave: bool = False


class BotMessage(Input):
    """What a bot says. Without a `client_message_id` each is a message of its own."""

    room_id: Id
    body: Body
    client_message_id: ClientMessageId | None = None
    reply_to: Id | None = None
    thread_id: Id | None = None


class UploadFields(Input):
    """What comes beside a file: the room it is meant for, so that a refusal comes before the message."""

    room_id: Id | None = None


class MessageEdit(Input):
    message_id: Id
    body: Body


class MessageDelete(Input):
    message_id: Id


class MessageReact(Input):
    message_id: Id
    emoji: Emoji
    on: bool


class CatchUp(Input):
    """`after`: the last change that the client has; 0 for all from the beginning."""

    room_id: Id
    after: Annotated[int, Field(ge=0, le=2**53)]


class RoomRead(Input):
    room_id: Id
    seq: Annotated[int, Field(ge=0, le=2**53)]


class Typing(Input):
    room_id: Id


class PresenceActive(Input):
    """Nothing is asked for: that it comes is what it says."""


class StatusSet(Input):
    """`mode`: what the stand-in does for this busy time, in place of what its owner chose for all."""

    status: Literal["available", "away", "busy"]
    until: Moment = None
    note: Note | None = None
    mode: Literal["off", "draft", "answer"] | None = None


class HistoryQuery(Input):
    """From a query string, so numbers come as text. Without a place: the newest page.

    `around` and `at` put a message in the middle: that of this seq, or the first that was said from that time on.
    `thread` is the message that began it; without `replies`, what was said in threads is left out.
    Whoever asks for more than a page at once gets a page.
    """

    model_config = ConfigDict(strict=False)

    before: Annotated[int | None, Field(ge=0, le=2**53)] = None
    after: Annotated[int | None, Field(ge=0, le=2**53)] = None
    around: Annotated[int | None, Field(ge=0, le=2**53)] = None
    at: Annotated[datetime | None, BeforeValidator(as_moment)] = None
    thread: Id | None = None
    replies: bool = True
    limit: Annotated[int, Field(ge=1), AfterValidator(lambda limit: min(limit, PAGE_LIMIT))] = 50

    @field_validator("around", "at")
    @classmethod
    def _stands_alone(cls, value: object, info: ValidationInfo) -> object:
        if value is not None and any(info.data.get(other) is not None for other in ("before", "after", "around")):
            raise ValueError(N_("Ask for one place: before and after, or around, or at."))
        return value


class SearchQuery(Input):
    """From a query string. Results come behind the message `before`; days are those of the time zone `tz`."""

    model_config = ConfigDict(strict=False)

    q: Annotated[str, Field(max_length=SEARCH_LIMIT), AfterValidator(storable)]
    before: Id | None = None
    limit: Annotated[int, Field(ge=1), AfterValidator(lambda limit: min(limit, SEARCH_PAGE_LIMIT))] = 20
    sort: Literal["newest", "best"] = "newest"
    tz: Annotated[str, Field(max_length=60), AfterValidator(known_zone)] | None = None


class FilesQuery(Input):
    """`before`: the seq of the last message that one has."""

    model_config = ConfigDict(strict=False)

    before: Annotated[int | None, Field(ge=0, le=2**53)] = None
    limit: Annotated[int, Field(ge=1), AfterValidator(lambda limit: min(limit, PAGE_LIMIT))] = 50
