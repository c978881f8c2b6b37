"""What the owner of a stand-in sends, as typed models."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from app.chat.forms import Body, ClientMessageId, as_moment
from app.chat.models import BODY_LIMIT
from app.chat.stand_in.models import NOTES_LIMIT, TONE_LIMIT
from app.parsing import Id, Input, Line, storable

MOST_PEOPLE = 500
AUDIT_PAGE = 100
MODEL_LIMIT = 100
MOST_DAYS = 31


class Direct(Input):
    """Whom it may answer in rooms of two: everyone, only these, all but these."""

    allow: Literal["everyone", "only", "except"] = "everyone"
    user_ids: Annotated[tuple[Id, ...], Field(max_length=MOST_PEOPLE, strict=False)] = ()


class Preferences(Input):
    """All of it at once: what is left out is as it is for somebody who chose nothing."""

    mode: Literal["off", "draft", "answer"]
    notes: Annotated[str, Field(max_length=NOTES_LIMIT), AfterValidator(storable)] = ""
    tone: Annotated[Line, Field(max_length=TONE_LIMIT)] = ""
    direct: Direct = Direct()
    rooms: Literal["on_mention", "never"] = "on_mention"
    model: Annotated[str, Field(max_length=MODEL_LIMIT)] | None = None


class PreviewQuery(Input):
    """From a query string: a room that one is in, and what might be asked there."""

    room_id: Id
    question: Annotated[str, Field(max_length=BODY_LIMIT), AfterValidator(storable)] = ""


class AdminQuery(Input):
    """From a query string: of how many days, today the last."""

    model_config = ConfigDict(strict=False)

    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 7


class Switch(Input):
    enabled: bool


class AssistantAsk(Input):
    room_id: Id
    question: Body
    client_message_id: ClientMessageId
    thread_id: Id | None = None


class AssistantOpen(Input):
    """Nothing is asked for: everyone has one of their own."""


class AssistantRetry(Input):
    """`message_id` is that of the answer."""

    message_id: Id


class StandInStop(Input):
    message_id: Id


class StandInKeep(Input):
    message_id: Id


class DigestDismiss(Input):
    """Nothing is asked for: there is one busy time, the last."""


class DraftSend(Input):
    """`body`: what the owner made of it."""

    draft_id: Id
    body: Body | None = None


class DraftDiscard(Input):
    draft_id: Id


class AuditQuery(Input):
    """From a query string. `before` is the id of a call: the page behind it."""

    model_config = ConfigDict(strict=False)

    before: Id | None = None
    limit: Annotated[int, Field(ge=1), AfterValidator(lambda limit: min(limit, AUDIT_PAGE))] = 50


class DigestQuery(Input):
    """Of all rooms, or of one."""

    room_id: Id | None = None
    since: Annotated[datetime | None, BeforeValidator(as_moment)] = None
