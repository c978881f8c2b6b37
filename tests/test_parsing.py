from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from bson import ObjectId
from pydantic import Field

from app.errors import BadInput, NotFound
from app.parsing import Id, Input, Line, id_from_path, parse

ID = "0123456789abcdef01234567"


class Card(Input):
    room: Id
    title: Annotated[Line, Field(min_length=2, max_length=5)]
    count: Annotated[int, Field(ge=1, le=1_000)] = 1
    kind: Literal["open", "closed"] = "open"


GOOD = {"room": ID, "title": "Hello"}


def refused(data: Any) -> dict[str, str]:
    """What is said of each field."""
    with pytest.raises(BadInput) as caught:
        parse(Card, data)
    return caught.value.fields or {}


def test_good_input_becomes_a_typed_model() -> None:
    assert parse(Card, GOOD).model_dump() == {"room": ObjectId(ID), "title": "Hello", "count": 1, "kind": "open"}


def test_what_was_not_asked_for_is_left_out() -> None:
    assert "role" not in parse(Card, {**GOOD, "role": "admin"}).model_dump()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": {"$gt": ""}}, "This must be text."),
        ({"title": None}, "This must be text."),
        ({"title": "\ud800"}, "This holds characters that are not text."),
        ({"title": "x"}, "Use at least 2 characters."),
        ({"title": "x" * 6}, "Use at most 5 characters."),
        ({"title": "a\nb"}, "Leave out line breaks and control characters."),
        ({"title": "a\0b"}, "Leave out line breaks and control characters."),
        ({"title": "a\u2028b"}, "Leave out line breaks and control characters."),
        ({"title": "a\u202eb"}, "Leave out line breaks and control characters."),
        ({"count": "1"}, "This must be a whole number."),
        ({"count": 1.5}, "This must be a whole number."),
        ({"count": True}, "This must be a whole number."),
        ({"count": 0}, "Use 1 or more."),
        ({"count": 1_001}, "Use 1,000 or less."),
        ({"kind": "ajar"}, "Choose 'open' or 'closed'."),
        ({"room": "lobby"}, "This is not an id."),
        ({"room": 5}, "This is not an id."),
        ({"room": {"$ne": None}}, "This is not an id."),
    ],
)
def test_a_wrong_value_gets_a_sentence_that_says_what_to_do(change: dict[str, object], sentence: str) -> None:
    assert refused({**GOOD, **change}) == {next(iter(change)): sentence}


def test_every_wrong_field_is_named() -> None:
    assert refused({"title": "x" * 6}) == {"room": "Fill this in.", "title": "Use at most 5 characters."}


@pytest.mark.parametrize("data", [None, [], "text", 5, [GOOD]])
def test_what_is_no_object_is_refused_whole(data: object) -> None:
    assert refused(data) == {}


@pytest.mark.parametrize(("given", "kept"), [("  Ada \n", "Ada"), ("A\u030asa", "\u00c5sa"), ("a\u200db", "a\u200db")])
def test_a_line_is_cut_and_composed(given: str, kept: str) -> None:
    assert parse(Card, {**GOOD, "title": given}).title == kept


def test_an_id_in_an_address_that_is_none_names_nothing() -> None:
    assert id_from_path(ID) == ObjectId(ID)
    for path in ("x", "0" * 23, "0" * 25, "g" * 24, ""):
        with pytest.raises(NotFound):
            id_from_path(path)
