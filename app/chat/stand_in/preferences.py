"""What the owner of a stand-in chose, and whether it may speak to somebody because of that."""

from __future__ import annotations

from enum import Enum
from typing import Any

from bson import ObjectId
from typing_extensions import TypedDict

from app.ai import client
from app.auth.models import User, now
from app.chat.stand_in import ledger, switch
from app.chat.stand_in.forms import Preferences
from app.chat.stand_in.models import StandIn
from app.errors import BadInput, Conflict
from app.language import N_


class Step(Enum):
    """What is done about a message to somebody busy."""

    ANSWER = "answer"
    DRAFT = "draft"
    AWAY_LINE = "away line"
    NOTHING = "nothing"


class DirectPayload(TypedDict):
    allow: str
    user_ids: list[str]


class PreferencesPayload(TypedDict):
    """What was chosen; what holds instead for this busy time, if anything; and what can be chosen here at all."""

    mode: str
    notes: str
    tone: str
    direct: DirectPayload
    rooms: str
    model: str | None
    is_set_up: bool
    mode_now: str | None
    models: list[str]
    costs: dict[str, int]
    is_configured: bool
    is_enabled: bool


class NotSetUp(Conflict):
    code = "not_set_up"
    message = N_("Set your stand-in up first: tell it what it may say, and to whom.")


def find(owner_id: ObjectId) -> StandIn:
    """What the owner chose. Whose stand-in is not set up has none that speaks."""
    return StandIn.objects(user=owner_id).first() or StandIn(user=owner_id, mode="off")


def read(owner_id: ObjectId) -> PreferencesPayload:
    chosen, owner = find(owner_id), User.objects(id=owner_id).only("status", "status_until", "status_mode").get()
    return {
        "mode": chosen.mode,
        "notes": chosen.notes,
        "tone": chosen.tone,
        "direct": {"allow": chosen.allow, "user_ids": [str(user_id) for user_id in chosen.user_ids]},
        "rooms": chosen.rooms,
        "model": chosen.model,
        "is_set_up": _is_set_up(chosen),
        "mode_now": owner.status_mode if owner.is_busy else None,
        "models": list(client.models()),
        "costs": ledger.costs(client.models()),
        "is_configured": client.is_configured(),
        "is_enabled": switch.is_on(),
    }


def choose(owner_id: ObjectId, form: Preferences) -> PreferencesPayload:
    """Put these in place of what was chosen before. Errors: `BadInput` for a model that there is not."""
    if form.model is not None and form.model not in client.models():
        problem = N_("Choose one of the models that there are, or none.")
        raise BadInput(f"model: {problem}", {"model": problem})
    values: dict[str, Any] = {
        "mode": form.mode,
        "notes": form.notes.strip(),
        "tone": form.tone,
        "allow": form.direct.allow,
        "user_ids": list(dict.fromkeys(form.direct.user_ids)),
        "rooms": form.rooms,
        "model": form.model,
        "changed_at": now(),
    }
    StandIn.objects(user=owner_id).update_one(upsert=True, **{f"set__{key}": value for key, value in values.items()})
    return read(owner_id)


def check_mode(owner_id: ObjectId, mode: str | None) -> None:
    """Whether a stand-in can do that for a busy time. Errors: `NotSetUp`."""
    if mode in {"draft", "answer"} and not _is_set_up(find(owner_id)):
        raise NotSetUp


def step(chosen: StandIn, mode_now: str | None, asker_id: ObjectId, *, is_direct: bool) -> Step:
    """What the owner allows: for a message in a room of two, or for a mention in another. Pure.

    `mode_now` is what they said for this busy time. Whoever may not be answered still learns that the owner is busy:
    everyone can see that anyhow. So does everyone whose stand-in is not set up.
    """
    if mode_now is None and not _is_set_up(chosen):
        return Step.AWAY_LINE
    mode = mode_now or chosen.mode
    if mode == "off" or (not is_direct and chosen.rooms == "never"):
        return Step.NOTHING
    if is_direct and not _may_answer(chosen, asker_id):
        return Step.AWAY_LINE
    return Step.DRAFT if mode == "draft" else Step.ANSWER


def _may_answer(chosen: StandIn, asker_id: ObjectId) -> bool:
    is_listed = asker_id in chosen.user_ids
    return {"everyone": True, "only": is_listed, "except": not is_listed}[chosen.allow]


def _is_set_up(chosen: StandIn) -> bool:
    return chosen.changed_at is not None
