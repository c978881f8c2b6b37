"""The record of every call to the provider, and what bounds them: budgets, caps and a kill switch.

A call is written down before it is made, so that several processes count the same. What a call used is known when it
has ended; until then it counts for what it may use at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from threading import Lock
from typing import Any

from bson import ObjectId
from mongoengine.errors import NotUniqueError

from app.ai.assistant import Usage
from app.auth.models import now
from app.chat.models import Message
from app.chat.stand_in import switch
from app.chat.stand_in.models import Call

RESERVED_TOKENS = 4_000  # what a call that has not ended counts for
REPLIES = ("answer", "draft")  # kinds of calls
AN_ANSWER = Usage(tokens_in=1_500, tokens_out=150)  # about: the rules, short notes, twenty messages; a few sentences
LOST_AFTER = timedelta(minutes=5)  # a call that has not ended by then was made by a process that died


@dataclass(frozen=True, slots=True)
class Limits:
    """What stand-ins may cost. `prices` are what a million tokens cost in dollars, in and out, by model."""

    replies_a_day: int = 200
    tokens_a_day: int = 200_000
    replies_in_a_row: int = 5
    """In one room, without a word of the owner between."""
    replies_to_one: int = 10
    """To one asker in ten minutes."""
    own_in_ten_minutes: int = 30
    """What one asks for oneself: with /ask, on the assistant's page, a summary."""
    prices: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)


class Refusal(StrEnum):
    """Why no call is made. The values are kept in the record."""

    SWITCHED_OFF = "switched_off"
    BUDGET = "budget"
    IN_A_ROW = "in_a_row"
    TOO_MANY_QUESTIONS = "too_many_questions"


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used; `cost` in millionths of a dollar, of those calls whose price is known."""

    replies: int = 0
    tokens: int = 0
    cost: int = 0


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why the provider is asked: for whom, by whom, of what kind, and about which message, of which room.

    `asked` is all that was said in one go with that message, which is the last of it.
    """

    owner: ObjectId
    asker: ObjectId
    kind: str
    room: ObjectId | None = None
    trigger: ObjectId | None = None
    asked: tuple[ObjectId, ...] = ()


_limits = Limits()
_opening = Lock()


def configure(limits: Limits) -> None:
    """Choose the bounds of this process. Called at app start."""
    global _limits  # noqa: PLW0603 - as process-wide as the provider
    _limits = limits


def bounds() -> dict[str, int]:
    """What an owner may use in a day."""
    return {"replies_a_day": _limits.replies_a_day, "tokens_a_day": _limits.tokens_a_day}


def costs(models: Iterable[str]) -> dict[str, int]:
    """About what an answer costs, by model, of those whose price is known."""
    return {model: cost for model in models if (cost := _cost(model, AN_ANSWER)) is not None}


def open_call(purpose: Purpose, context: Iterable[ObjectId], model: str, prompt: str) -> tuple[Call, Refusal | None]:
    """Write down that a call is about to be made, or why it is not.

    It gets the number behind the last call of its owner, and a unique index hands that out once: if another call was
    written down since the bounds were looked at, they are looked at again. So many at once never use up more than one
    after the other. Those of this process go one at a time to begin with, or each would look at them as often as there
    are others.
    """
    shown = list(context)
    with _opening:
        while True:
            number = _last_number(purpose.owner) + 1
            refusal = refusal_of(purpose)
            call = _call(purpose, number, refusal, context=shown, model=model, prompt=prompt)
            with suppress(NotUniqueError):
                call.save(force_insert=True)
                return call, refusal


def _call(purpose: Purpose, number: int, refusal: Refusal | None, **about: Any) -> Call:
    return Call(
        owner=purpose.owner,
        asker=purpose.asker,
        kind=purpose.kind,
        room=purpose.room,
        trigger=purpose.trigger,
        asked=list(purpose.asked),
        number=number,
        day=_day(now()),
        outcome="refused" if refusal else "pending",
        reason=str(refusal) if refusal else None,
        tokens_in=0 if refusal else RESERVED_TOKENS,
        **about,
    )


def _last_number(owner: ObjectId) -> int:
    numbered = {"owner": owner, "number": {"$exists": True}}
    last = Call._get_collection().find_one(numbered, {"number": 1}, sort=[("number", -1)])
    return int(last["number"]) if last else 0


def close_call(call: Call, usage: Usage, outcome: str, **details: Any) -> None:
    """Write down how a call ended and what it used; `details` are the answer, or the reason why there is none."""
    seconds = (now() - call.at).total_seconds()
    used = {"tokens_in": usage.tokens_in, "tokens_out": usage.tokens_out, "cost": _cost(call.model, usage)}
    Call.objects(id=call.id).update_one(outcome=outcome, seconds=seconds, **used, **details)


def close_lost() -> int:
    """Write down that calls of processes that died have failed. How many."""
    lost = Call.objects(outcome="pending", at__lt=now() - LOST_AFTER)
    return int(lost.update(outcome="failed", reason="lost", tokens_in=0))


def calls_of(owner: ObjectId, before: ObjectId | None, limit: int) -> list[Call]:
    """An owner's calls, the newest first."""
    query: dict[str, Any] = {"id__lt": before} if before else {}
    return list(Call.objects(owner=owner, **query).order_by("-id").limit(limit))


def spent_today(owner: ObjectId) -> Spent:
    """What was used for an owner today (UTC). What a call that goes on may use counts as used."""
    return _sum(Call.objects(owner=owner, day=_day(now()), outcome__ne="refused"))


def spent(calls: Any) -> Spent:
    """What these calls used that have ended."""
    return _sum(calls.filter(outcome__nin=("pending", "refused")))


def _sum(calls: Any) -> Spent:
    tokens = {"$sum": {"$add": ["$tokens_in", "$tokens_out"]}}
    group = {"_id": None, "replies": {"$sum": 1}, "tokens": tokens, "cost": {"$sum": "$cost"}}
    row = next(iter(calls.aggregate([{"$group": group}])), None)
    return Spent(row["replies"], row["tokens"], row["cost"]) if row else Spent()


def _cost(model: str, usage: Usage) -> int | None:
    """In millionths of a dollar; None where the price is not known. So many dollars a million are as many for each."""
    if (price := _limits.prices.get(model)) is None:
        return None
    exact = price[0] * usage.tokens_in + price[1] * usage.tokens_out
    return int(exact.to_integral_value(ROUND_HALF_UP))


def refusal_of(purpose: Purpose) -> Refusal | None:
    """Why no call may be made for this now, if so."""
    if not switch.is_on():
        return Refusal.SWITCHED_OFF
    spent = spent_today(purpose.owner)
    if spent.replies >= _limits.replies_a_day or spent.tokens + RESERVED_TOKENS > _limits.tokens_a_day:
        return Refusal.BUDGET
    if _asked_lately(purpose) >= (_limits.replies_to_one if _is_reply(purpose) else _limits.own_in_ten_minutes):
        return Refusal.TOO_MANY_QUESTIONS
    return Refusal.IN_A_ROW if _is_reply(purpose) and _are_enough_in_a_row(purpose) else None


def _is_reply(purpose: Purpose) -> bool:
    """Whether it is another who is answered."""
    return purpose.kind in REPLIES


def _asked_lately(purpose: Purpose) -> int:
    whose = {"owner": purpose.owner, "asker": purpose.asker, "at": {"$gt": now() - timedelta(minutes=10)}}
    kinds = {"kind": {"$in" if _is_reply(purpose) else "$nin": REPLIES}}
    return int(Call._get_collection().count_documents({**whose, **kinds, "outcome": {"$ne": "refused"}}))


def _are_enough_in_a_row(purpose: Purpose) -> bool:
    replies = {"owner": purpose.owner, "room": purpose.room, "kind": {"$in": REPLIES}}
    made = Call._get_collection().find({**replies, "outcome": {"$in": ["pending", "done"]}}, {"at": 1})
    last = list(made.sort("at", -1).limit(_limits.replies_in_a_row))
    if len(last) < _limits.replies_in_a_row:
        return False
    own = {"room": purpose.room, "sender": purpose.owner, "origin": "person", "created_at": {"$gt": last[-1]["at"]}}
    return Message._get_collection().find_one(own, {"_id": 1}) is None


def _day(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d")
