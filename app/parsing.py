"""Outside input into typed models: the one way in for request bodies, query strings and event payloads."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from bson import ObjectId
from flask import request
from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from app.errors import BadInput, NotFound

Model = TypeVar("Model", bound="Input")


class Input(BaseModel):
    """Base of everything that comes from outside. Strict: `{"$gt": ""}` is no string, `"1"` no number."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", arbitrary_types_allowed=True)


def _object_id(value: Any) -> ObjectId:
    if isinstance(value, str) and ObjectId.is_valid(value):
        return ObjectId(value)
    raise ValueError("not an id")


Id = Annotated[ObjectId, BeforeValidator(_object_id)]
"""An id on the wire: 24 hexadecimal digits."""


def no_control_characters(value: str) -> str:
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise ValueError("must not contain control characters")
    return value


def id_from_path(value: str) -> ObjectId:
    """An id in an address. What is no id names nothing: `NotFound`."""
    if not ObjectId.is_valid(value):
        raise NotFound
    return ObjectId(value)


Line = Annotated[str, StringConstraints(strip_whitespace=True)]
"""Text of one line; what surrounds it is cut."""


def parse(model: type[Model], data: Any) -> Model:
    """`data` as a `model`, or `BadInput` whose fields say what is wrong with which value."""
    if not isinstance(data, dict):
        raise BadInput("Send an object with named values.")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        fields = {_name(problem): _sentence(problem) for problem in error.errors(include_url=False)}
        raise BadInput("; ".join(f"{name}: {text}" for name, text in fields.items()), fields) from None


def request_data() -> dict[str, Any]:
    """The body of this request, JSON or form, as a plain dict. Errors: `BadInput`."""
    if not request.is_json:
        return request.form.to_dict()
    try:
        data = request.get_json()
    except (BadRequest, UnsupportedMediaType):
        raise BadInput("The body is not valid JSON.") from None
    if not isinstance(data, dict):
        raise BadInput("Send a JSON object.")
    return data


def _name(problem: Any) -> str:
    return ".".join(str(part) for part in problem["loc"]) or "body"


def _sentence(problem: Any) -> str:
    text = str(problem["msg"]).removeprefix("Value error, ")
    return {"Field required": "is missing", "Input should be a valid string": "must be text"}.get(text, text)
