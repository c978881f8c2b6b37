"""What is accepted about pins, and about what people keep for later."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo

from app.chat.forms import PAGE_LIMIT, Body, ClientMessageId, Moment, Note, Sayable
from app.language import N_
from app.parsing import Id, Input


def _needed(moment: datetime | None) -> datetime:
    if moment is None:
        raise ValueError(N_("Choose a time."))
    return moment


def _at_most_one(moment: datetime | None, info: ValidationInfo) -> datetime | None:
    if moment is not None and info.data.get("when_back_user_id") is not None:
        raise ValueError(N_("Choose a time or a person, not both."))
    return moment


def _just_one(moment: datetime | None, info: ValidationInfo) -> datetime | None:
    if moment is None and info.data.get("when_back_user_id") is None:
        raise ValueError(N_("Choose a time, or whose return to wait for."))
    return _at_most_one(moment, info)


NeededMoment = Annotated[Moment, AfterValidator(_needed)]


class MessagePin(Input):
    message_id: Id
    on: bool


class MessageBookmark(Input):
    message_id: Id
    on: bool


class MessageForward(Input):
    """`room_id`: where to. The comment is a message of its own, in front."""

    message_id: Id
    room_id: Id
    client_message_id: ClientMessageId
    comment: Body | None = None


class MessageSchedule(Sayable):
    room_id: Id
    client_message_id: ClientMessageId
    reply_to: Id | None = None
    thread_id: Id | None = None
    when_back_user_id: Id | None = None
    at: Annotated[Moment, AfterValidator(_just_one), Field(validate_default=True)] = None


class ScheduleUpdate(Input):
    """What is left out stays. Another moment takes the place of the one there was."""

    scheduled_id: Id
    body: Body | None = None
    when_back_user_id: Id | None = None
    at: Annotated[Moment, AfterValidator(_at_most_one)] = None


class ScheduleChoice(Input):
    scheduled_id: Id


class ReminderSet(Input):
    message_id: Id
    at: NeededMoment
    note: Note | None = None


class ReminderChoice(Input):
    reminder_id: Id


class KeptQuery(Input):
    """From a query string. `before`: the id of the last one that the caller has."""

    model_config = ConfigDict(strict=False)

    before: Id | None = None
    limit: Annotated[int, Field(ge=1), AfterValidator(lambda limit: min(limit, PAGE_LIMIT))] = 50
