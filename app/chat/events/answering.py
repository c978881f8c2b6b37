"""How an event is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from bson import ObjectId
from pymongo import timeout

from app.chat import presence
from app.chat.broadcasts import NAMESPACE
from app.errors import BadInput
from app.extensions import socketio
from app.parsing import Input, parse

Form = TypeVar("Form", bound=Input)
Ack = dict[str, Any]
Answer = Callable[[ObjectId, Form], Mapping[str, Any]]
DATABASE_SECONDS = 5.0  # a database that hangs is answered for as one that is away


def on(event: str, form: type[Form]) -> Callable[[Answer[Form]], Answer[Form]]:
    """Answer an event by a function of the user who sent it and of its object, parsed.

    What the function returns goes with the ack; what it raises is the refusal.
    """

    def register(answer: Answer[Form]) -> Answer[Form]:
        @socketio.on(event, namespace=NAMESPACE, with_context=False)
        def handle(socket_id: str, *args: Any) -> Ack:
            given = parse(form, only(args))
            with timeout(DATABASE_SECONDS):
                return {"ok": True, **answer(presence.caller(socket_id).user_id, given)}

        return answer

    return register


def only(args: tuple[Any, ...]) -> Any:
    """The one payload of an event. Errors: `BadInput` for none or several."""
    if len(args) != 1:
        raise BadInput("Send one object with the event.")
    return args[0]
