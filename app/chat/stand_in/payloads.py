"""What the owner of a stand-in is told, on the wire."""

from __future__ import annotations

from typing_extensions import TypedDict

from app.auth.payloads import iso
from app.chat.stand_in.models import Call, Draft


class DraftPayload(TypedDict):
    """An answer that waits for its owner. `state` is `waiting`, `sent` or `discarded`."""

    id: str
    room_id: str
    asker_id: str
    message_id: str
    text: str
    state: str
    created_at: str


class CallPayload(TypedDict):
    """A call to the provider: why, from what, at what cost, and how it ended."""

    id: str
    kind: str
    room_id: str | None
    asker_id: str
    message_id: str | None
    answer_id: str | None
    context_ids: list[str]
    model: str
    prompt: str
    outcome: str
    reason: str | None
    tokens_in: int
    tokens_out: int
    cost: int | None
    seconds: float | None
    at: str


def draft(draft: Draft, state: str | None = None) -> DraftPayload:
    return {
        "id": str(draft.id),
        "room_id": str(draft.room),
        "asker_id": str(draft.asker),
        "message_id": str(draft.trigger),
        "text": draft.text,
        "state": state or draft.state,
        "created_at": str(iso(draft.created_at)),
    }


def call(call: Call) -> CallPayload:
    is_open = call.outcome in {"pending", "refused"}
    return {
        "id": str(call.id),
        "kind": call.kind,
        "room_id": str(call.room) if call.room else None,
        "asker_id": str(call.asker),
        "message_id": str(call.trigger) if call.trigger else None,
        "answer_id": str(call.answer) if call.answer else None,
        "context_ids": [str(message_id) for message_id in call.context],
        "model": call.model,
        "prompt": call.prompt,
        "outcome": call.outcome,
        "reason": "left" if call.is_left else call.reason,
        "tokens_in": 0 if is_open else call.tokens_in,
        "tokens_out": 0 if is_open else call.tokens_out,
        "cost": call.cost,
        "seconds": call.seconds,
        "at": str(iso(call.at)),
    }
