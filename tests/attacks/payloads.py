"""Payloads for every event there is, made from the names of what it takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic.fields import FieldInfo

from app.api_docs import OPERATIONS
from app.chat.events import __all__ as _modules  # importing them fills FORMS
from app.chat.events.answering import FORMS
from app.parsing import Input
from tests.attacks.world import World, key, later

assert _modules
EVENTS = sorted(FORMS)
GOOD: dict[str, Any] = {
    "visible": True,
    "after": 0,
    "archived": True,
    "body": "Mine now",
    "comment": "Look",
    "description": "Mine now",
    "emoji": "👍",
    "involvement": "nothing",
    "kind": "closed",
    "name": "Mine now",
    "note": "Mine now",
    "on": True,
    "q": "ripe",
    "question": "Mine now",
    "seq": 1,
    "status": "available",
    "url": "https://example.com/",
}
"""A value for each plain field. A field that is not here, and is no id, is left out where it may be."""

NAMED_AFTER = {
    "reply_to": "message_id",
    "thread_id": "message_id",
    "when_back_user_id": "user_id",
    "owner_id": "user_id",
}
LISTS = {"file_ids": "file_id", "user_ids": "user_id", "member_ids": "user_id"}
ALTERNATIVES = {("message:schedule", "when_back_user_id"), ("schedule:update", "when_back_user_id")}
"""Of two fields that exclude each other, the one that is left out."""


def fields(event: str) -> set[str]:
    """The names of what an event takes."""
    return set(FORMS[event].model_fields)


def of_others(event: str, world: World) -> dict[str, Any]:
    """What an attacker sends: well formed, and every id is of something that is not theirs."""
    found = {name: _value(event, name, field, world) for name, field in FORMS[event].model_fields.items()}
    return {name: value for name, value in found.items() if value is not None}


def pointed_at(endpoint: str, ids: Iterable[str]) -> Iterator[dict[str, Any]]:
    """What a route takes beside its address, with each of these ids in each place for one; and what has to be there."""
    operation = OPERATIONS.get(endpoint)
    form = operation and (operation.query or operation.body)
    fields = form.model_fields if form else {}
    needed = {name: GOOD[name] for name, field in fields.items() if field.is_required() and name in GOOD}
    for name, field in fields.items():
        if "ObjectId" in str(field.annotation):
            for one in ids:
                yield {**needed, name: [one] if "list" in str(field.annotation) else one}


def _value(event: str, name: str, field: FieldInfo, world: World) -> Any:
    if (event, name) in ALTERNATIVES:
        return None
    if name in LISTS:
        return [world.ids[LISTS[name]]]
    if (id_name := NAMED_AFTER.get(name, name)) in world.ids:
        return world.ids[id_name]
    made = {"client_message_id": key, "at": later}
    value = made[name]() if name in made else GOOD.get(name)
    assert value is not None or not field.is_required(), f"payloads.py has no value for {event}'s {name}"
    return value


def fields_of_everything() -> Iterator[str]:
    """The names of all that is taken anywhere, events and requests alike."""
    names = {name for form in _forms(Input) for name in form.model_fields}
    yield from sorted(names)


def _forms(form: type[Input]) -> Iterator[type[Input]]:
    for one in form.__subclasses__():
        yield one
        yield from _forms(one)
