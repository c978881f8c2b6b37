"""What administrators see of stand-ins: how much they are used, never what is said; and the kill switch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bson import ObjectId
from typing_extensions import TypedDict

from app.ai import client
from app.auth.models import now
from app.chat import directory, people, permissions
from app.chat.payloads import Person
from app.chat.stand_in import ledger, switch
from app.chat.stand_in.models import OUTCOMES, Call


class DayPayload(TypedDict):
    """What one owner's stand-in used on one day (UTC), and how its calls ended."""

    day: str
    owner: Person
    calls: int
    tokens_in: int
    tokens_out: int
    cost: int
    outcomes: dict[str, int]


class SwitchPayload(TypedDict):
    """`is_locked`: the settings say off, and only whoever runs the server can change that."""

    is_enabled: bool
    is_locked: bool
    is_configured: bool


class Overview(SwitchPayload):
    days: list[DayPayload]
    models: list[str]
    bounds: dict[str, int]


def overview(user_id: ObjectId, days: int) -> Overview:
    """The last days, the newest first. Errors: `NotAllowed`."""
    permissions.require_in_workspace("manage_stand_ins", people.role_of(user_id))
    first = (now() - timedelta(days=days - 1)).strftime("%Y-%m-%d")
    rows = list(Call.objects(day__gte=first).aggregate(_by_owner_and_day()))
    names = directory.names(row["_id"]["owner"] for row in rows)
    return {
        "days": [_day(row, names[row["_id"]["owner"]]) for row in rows],
        "models": list(client.models()),
        "bounds": ledger.bounds(),
        **_switch(),
    }


def turn(user_id: ObjectId, *, on: bool) -> SwitchPayload:
    """Errors: `NotAllowed`."""
    permissions.require_in_workspace("manage_stand_ins", people.role_of(user_id))
    switch.turn(on=on)
    return _switch()


def _by_owner_and_day() -> list[dict[str, Any]]:
    # What a call that goes on has used is not known yet.
    is_over = {"$not": [{"$in": ["$outcome", ["pending", "refused"]]}]}
    of_those_over = {
        name: {"$sum": {"$cond": [is_over, f"${name}", 0]}} for name in ("tokens_in", "tokens_out", "cost")
    }
    outcomes = {outcome: {"$sum": {"$cond": [{"$eq": ["$outcome", outcome]}, 1, 0]}} for outcome in OUTCOMES}
    group = {"_id": {"day": "$day", "owner": "$owner"}, "calls": {"$sum": 1}, **of_those_over, **outcomes}
    return [{"$group": group}, {"$sort": {"_id.day": -1, "calls": -1, "_id.owner": 1}}]


def _day(row: dict[str, Any], name: str) -> DayPayload:
    return {
        "day": row["_id"]["day"],
        "owner": {"id": str(row["_id"]["owner"]), "name": name},
        "calls": row["calls"],
        "tokens_in": row["tokens_in"],
        "tokens_out": row["tokens_out"],
        "cost": row["cost"],
        "outcomes": {outcome: row[outcome] for outcome in OUTCOMES},
    }


def _switch() -> SwitchPayload:
    return {
        "is_enabled": switch.is_on(),
        "is_locked": not switch.is_on_by_settings(),
        "is_configured": client.is_configured(),
    }
