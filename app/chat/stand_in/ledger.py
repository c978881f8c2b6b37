"""The record of every call to the provider, and what bounds them: budgets, caps and a kill switch.

A call is written down before it is made, so that several processes count the same. What a call used is known when it
has ended; until then it counts for what it may use at most.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bson import ObjectId

from app.ai.assistant import Usage
from app.auth.models import now
from app.chat.models import Message
from app.chat.stand_in.models import Call

RESERVED_TOKENS = 4_000  # what a call that has not ended counts for
LOST_AFTER = timedelta(minutes=5)  # a call that has not ended by then was made by a process that died


@dataclass(frozen=True, slots=True)
class Limits:
    """What stand-ins may cost. `is_on` False is the kill switch."""

    is_on: bool = True
    replies_a_day: int = 200
    tokens_a_day: int = 200_000
    replies_in_a_row: int = 5
    """In one room, without a word of the owner between."""
    replies_to_one: int = 10
    """To one asker in ten minutes."""


class Refusal(StrEnum):
    """Why no call is made. The values are kept in the record."""

    SWITCHED_OFF = "switched_off"
    BUDGET = "budget"
    IN_A_ROW = "in_a_row"
    TOO_MANY_QUESTIONS = "too_many_questions"


_limits = Limits()


def configure(limits: Limits) -> None:
    """Choose the bounds of this process. Called at app start."""
    global _limits  # noqa: PLW0603 - as process-wide as the provider
    _limits = limits


def bounds() -> dict[str, int]:
    """What an owner may use in a day."""
    return {"replies_a_day": _limits.replies_a_day, "tokens_a_day": _limits.tokens_a_day}


def open_call(
    owner: ObjectId,
    asker: ObjectId,
    room: ObjectId,
    trigger: ObjectId,
    context: Iterable[ObjectId],
    about: dict[str, str],
) -> tuple[Call, Refusal | None]:
    """Write down that a call is about to be made, or why it is not; `about` names the model and the prompt."""
    refusal = _refusal(owner, asker, room)
    call = Call(
        owner=owner,
        asker=asker,
        room=room,
        trigger=trigger,
        context=list(context),
        day=_day(now()),
        outcome="refused" if refusal else "pending",
        reason=str(refusal) if refusal else None,
        tokens_in=0 if refusal else RESERVED_TOKENS,
        **about,
    )
    call.save(force_insert=True)
    return call, refusal


def close_call(call: Call, usage: Usage, outcome: str, **details: Any) -> None:
    """Write down how a call ended and what it used; `details` are the answer, or the reason why there is none."""
    seconds = (now() - call.at).total_seconds()
    used = {"tokens_in": usage.tokens_in, "tokens_out": usage.tokens_out}
    Call.objects(id=call.id).update_one(outcome=outcome, seconds=seconds, **used, **details)


def close_lost() -> int:
    """Write down that calls of processes that died have failed. How many."""
    lost = Call.objects(outcome="pending", at__lt=now() - LOST_AFTER)
    return int(lost.update(outcome="failed", reason="lost", tokens_in=0))


def calls_of(owner: ObjectId, before: ObjectId | None, limit: int) -> list[Call]:
    """An owner's calls, the newest first."""
    query: dict[str, Any] = {"id__lt": before} if before else {}
    return list(Call.objects(owner=owner, **query).order_by("-id").limit(limit))


def spent_today(owner: ObjectId) -> tuple[int, int]:
    """How many calls were made for an owner today (UTC), and how many tokens they used."""
    pipeline = [
        {"$group": {"_id": None, "calls": {"$sum": 1}, "tokens": {"$sum": {"$add": ["$tokens_in", "$tokens_out"]}}}}
    ]
    made = Call.objects(owner=owner, day=_day(now()), outcome__ne="refused")
    row = next(iter(made.aggregate(pipeline)), {"calls": 0, "tokens": 0})
    return row["calls"], row["tokens"]


def _refusal(owner: ObjectId, asker: ObjectId, room: ObjectId) -> Refusal | None:
    if not _limits.is_on:
        return Refusal.SWITCHED_OFF
    calls, tokens = spent_today(owner)
    if calls >= _limits.replies_a_day or tokens + RESERVED_TOKENS > _limits.tokens_a_day:
        return Refusal.BUDGET
    lately = now() - timedelta(minutes=10)
    if Call.objects(owner=owner, asker=asker, at__gt=lately, outcome__ne="refused").count() >= _limits.replies_to_one:
        return Refusal.TOO_MANY_QUESTIONS
    answered = list(
        Call.objects(owner=owner, room=room, outcome__in=("pending", "done"))
        .order_by("-at")
        .limit(_limits.replies_in_a_row)
    )
    if len(answered) < _limits.replies_in_a_row:
        return None
    own_word = Message.objects(room=room, sender=owner, origin="person", created_at__gt=answered[-1].at)
    return None if own_word.first() else Refusal.IN_A_ROW


def _day(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d")
