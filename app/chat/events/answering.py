"""How an event is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import Any, TypeVar

from bson import ObjectId
from pymongo import timeout

from app import language
from app.chat import allowances, presence
from app.chat.allowances import Kind
from app.chat.audiences import NAMESPACE
from app.errors import BadInput, socket_error
from app.extensions import socketio
from app.language import N_
from app.parsing import Input, parse
from app.realtime.later import Later

Form = TypeVar("Form", bound=Input)
Ack = dict[str, Any]
Answer = Callable[[ObjectId, Form], Mapping[str, Any]]
Handler = Callable[..., "Ack | Later[Ack] | None"]
DATABASE_SECONDS = 5.0  # a database that hangs is answered for as one that is away
FORMS: dict[str, type[Input]] = {}
"""What each event takes: all that there are, for whoever has to go through them."""


def takes(event: str, form: type[Form], *, in_series: bool = False) -> Callable[[Any], Any]:
    """Handle an event by a function of the connection and of what came with it, which is to be parsed as `form`.

    What it returns may be `Later`; with `in_series` the client's next event of this kind is handled meanwhile.
    """
    FORMS[event] = form
    register: Callable[[Any], Any] = socketio.on(event, namespace=NAMESPACE, with_context=False, in_series=in_series)

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def handle(socket_id: str, *args: Any) -> Ack | Later[Ack] | None:
            answer: Ack | Later[Ack] | None = _guarded(socket_id, handler, socket_id, *args)
            if type(answer) is Later:
                answer.guard = partial(_guarded, socket_id)
            return answer

        register(handle)
        return handler

    return decorate


def on(event: str, form: type[Form], kind: Kind = "changes") -> Callable[[Answer[Form]], Answer[Form]]:
    """Answer an event by a function of the user who sent it and of its object, parsed.

    What the function returns goes with the ack; what it raises is the refusal. The kind says of what it uses up.
    """

    def register(answer: Answer[Form]) -> Answer[Form]:
        @takes(event, form)
        def handle(socket_id: str, *args: Any) -> Ack:
            user_id = presence.caller(socket_id).user_id
            allowances.spend(kind, socket_id, user_id)
            return {"ok": True, **answer(user_id, parse(form, only(args)))}

        return answer

    return register


def _guarded(socket_id: str, function: Callable[..., Any], *args: Any) -> Any:
    """Call a function with a deadline. Its errors are told as ever, but in the language of whoever sent the event."""
    try:
        with timeout(DATABASE_SECONDS):
            return function(*args)
    except Exception as error:  # noqa: BLE001 - every event is answered
        with language.speaking(language.of_socket(socket_id)):
            return socket_error(error)


def only(args: tuple[Any, ...]) -> Any:
    """The one payload of an event. Errors: `BadInput` for none or several."""
    if len(args) != 1:
        raise BadInput(N_("Send one object with the event."))
    return args[0]
