"""Outside input into typed models: the one way in for request bodies, query strings and event payloads."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any, NoReturn, TypeVar

from bson import ObjectId
from bson.errors import InvalidId
from flask import request
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from app.errors import BadInput, NotFound, in_a_row
from app.language import N_, saying

Model = TypeVar("Model", bound="Input")

LIMITS = ("max_length", "ge", "le", "expected")
FORM_TYPES = {"application/x-www-form-urlencoded", "multipart/form-data"}
# pydantic's words for these are written for programmers.
SENTENCES = {
    "missing": N_("Fill this in."),
    "string_type": N_("This must be text."),
    "string_unicode": N_("This holds characters that are not text."),
    "string_too_long": N_("Use at most %(n)s characters."),
    "too_long": N_("Use at most %(n)s characters."),
    "list_type": N_("This must be a list."),
    "int_type": N_("This must be a whole number."),
    "int_parsing": N_("This must be a whole number."),
    "greater_than_equal": N_("Use %(n)s or more."),
    "less_than_equal": N_("Use %(n)s or less."),
    "bool_parsing": N_("Use true or false."),
    "literal_error": N_("Choose %(n)s."),
}


class Input(BaseModel):
    """Base of everything that comes from outside. Strict: `{"$gt": ""}` is no string, `"1"` no number."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", arbitrary_types_allowed=True)


def _object_id(value: Any) -> ObjectId:
    try:
        return ObjectId(value) if isinstance(value, str) else _no_id()
    except InvalidId:
        return _no_id()


def _no_id() -> NoReturn:
    raise ValueError(N_("This is not an id."))


Id = Annotated[
    ObjectId, BeforeValidator(_object_id), WithJsonSchema({"type": "string", "pattern": "^[0-9a-fA-F]{24}$"})
]
"""An id on the wire: 24 hexadecimal digits."""


def _on_one_line(value: str) -> str:
    """Controls, line breaks, and marks that turn the direction of what follows: text with them shows as another."""
    directions = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    for character in value:
        is_control = unicodedata.category(character) in {"Cc", "Zl", "Zp"}
        if is_control or unicodedata.bidirectional(character) in directions:
            raise ValueError(N_("Leave out line breaks and control characters."))
    return unicodedata.normalize("NFC", value)


Line = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_on_one_line)]
"""Text of one line, in Unicode's composed form; what surrounds it is cut."""


def storable(text: str) -> str:
    """JSON can spell half a character pair, which no database takes; files and terminals end a text at NUL."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(SENTENCES["string_unicode"]) from None
    if "\0" in text:
        raise ValueError(N_("Leave out NUL characters."))
    return text


Text = Annotated[str, AfterValidator(storable)]
"""Text of any number of lines that can be kept."""


def id_from_path(value: str) -> ObjectId:
    """An id in an address. What is no id names nothing: `NotFound`."""
    if not ObjectId.is_valid(value):
        raise NotFound
    return ObjectId(value)


def parse(model: type[Model], data: Any) -> Model:
    """`data` as a `model`, or `BadInput` whose fields say what is wrong with which value."""
    if not isinstance(data, dict):
        raise BadInput(N_("Send an object with named values."))
    try:
        return model.model_validate(data)
    except ValidationError as error:
        fields = {_name(problem): _sentence(problem) for problem in error.errors(include_url=False)}
        raise BadInput(in_a_row(fields), fields) from None


def request_data() -> dict[str, Any]:
    """The body of this request, JSON or form, as a plain dict; {} for none.

    Errors: `BadInput`, and werkzeug's for a body of another type (415) or too large (413).
    """
    if request.is_json:
        return _json_object()
    if request.mimetype in FORM_TYPES:
        return request.form.to_dict()
    if request.get_data():
        raise UnsupportedMediaType(N_("Send JSON, with the header Content-Type: application/json, or a form."))
    return {}


def _json_object() -> dict[str, Any]:
    try:
        data = request.get_json()
    except (BadRequest, RecursionError):  # the latter for thousands of brackets
        raise BadInput(N_("The body is not valid JSON.")) from None
    if not isinstance(data, dict):
        raise BadInput(N_("Send a JSON object."))
    return data


def _name(problem: Any) -> str:
    return ".".join(str(part) for part in problem["loc"]) or "body"


def _sentence(problem: Any) -> str:
    """What to do about it, in a sentence that stands beside the field."""
    kind, context = problem["type"], problem.get("ctx", {})
    if kind in {"string_too_short", "too_short"}:
        least = context["min_length"]
        return N_("Fill this in.") if least == 1 else saying("Use at least %(n)s characters.", n=least)
    if kind == "too_long" and context["field_type"] == "List":
        return saying("Send at most %(n)s at once.", n=context["max_length"])
    if kind in SENTENCES:
        return saying(SENTENCES[kind], n=next((context[name] for name in LIMITS if name in context), ""))
    if kind == "value_error" and context:
        text: str = context["error"].args[0]  # with its values, where it has any
        return text
    return str(problem["msg"])
