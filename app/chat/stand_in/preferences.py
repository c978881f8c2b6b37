"""What the owner of a stand-in chose, and whether it may speak to somebody because of that."""

from __future__ import annotations

from enum import Enum
from typing import Any, TypedDict

from bson import ObjectId

from app.auth.models import now
from app.chat.stand_in.forms import Preferences
from app.chat.stand_in.models import StandIn


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
    mode: str
    notes: str
    tone: str
    direct: DirectPayload
    rooms: str
    is_set_up: bool


def find(owner_id: ObjectId) -> StandIn:
    """What the owner chose. Whose stand-in is not set up has one that answers from the note and the room."""
    return StandIn.objects(user=owner_id).first() or StandIn(user=owner_id, mode="answer")


def read(owner_id: ObjectId) -> PreferencesPayload:
    return _payload(find(owner_id))


def choose(owner_id: ObjectId, form: Preferences) -> PreferencesPayload:
    """Put these in place of what was chosen before."""
    values: dict[str, Any] = {
        "mode": form.mode,
        "notes": form.notes.strip(),
        "tone": form.tone,
        "allow": form.direct.allow,
        "user_ids": list(dict.fromkeys(form.direct.user_ids)),
        "rooms": form.rooms,
        "changed_at": now(),
    }
    StandIn.objects(user=owner_id).update_one(upsert=True, **{f"set__{key}": value for key, value in values.items()})
    return read(owner_id)


def step(chosen: StandIn, asker_id: ObjectId, *, is_direct: bool) -> Step:
    """What the owner allows: for a message in a room of two, or for a mention in another. Pure.

    Whoever may not be answered still learns that the owner is busy: everyone can see that anyhow.
    """
    if chosen.mode == "off" or (not is_direct and chosen.rooms == "never"):
        return Step.NOTHING
    if is_direct and not _may_answer(chosen, asker_id):
        return Step.AWAY_LINE
    return Step.DRAFT if chosen.mode == "draft" else Step.ANSWER


def _may_answer(chosen: StandIn, asker_id: ObjectId) -> bool:
    is_listed = asker_id in chosen.user_ids
    return {"everyone": True, "only": is_listed, "except": not is_listed}[chosen.allow]


def _payload(chosen: StandIn) -> PreferencesPayload:
    return {
        "mode": chosen.mode,
        "notes": chosen.notes,
        "tone": chosen.tone,
        "direct": {"allow": chosen.allow, "user_ids": [str(user_id) for user_id in chosen.user_ids]},
        "rooms": chosen.rooms,
        "is_set_up": chosen.changed_at is not None,
    }
