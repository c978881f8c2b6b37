"""JSON on the wire is what the json module makes of it, and takes for it, but for NaN and infinities."""

from __future__ import annotations

import json as library
from collections import OrderedDict
from enum import IntEnum, StrEnum
from typing import Any

import pytest

from app.realtime import json


class Name(StrEnum):
    ADA = "Ada"


class Number(IntEnum):
    ONE = 1


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -1, 10**30, 1.5, -0.0, 1e22, 1e-7, "", "é\u2028\"\\\x01\x7f😀", "\ud83d", [], {},
        {"a": [1, {"b": None}], "\ud83d": "half"}, (1, (2,)), {1: "a", None: "b", False: "c", 1.5: "d"},
        OrderedDict(b=1, a=2), Name.ADA, {Name.ADA: [Number.ONE]}, [[[[[[]]]]]] * 3,
    ],
)  # fmt: skip
def test_what_is_written_reads_as_what_the_library_writes(value: Any) -> None:
    written = json.dump(value).decode("utf-8", "surrogatepass")
    assert library.loads(written) == library.loads(library.dumps(value))
    assert json.load(written) == library.loads(written)


@pytest.mark.parametrize(
    "values",
    [
        [], ["a"], [{"a": 1}], ["e", {"k": json.keep({"a": "é"}), "n": 1}],
        [{"k": json.keep({})}],
        [{"k": [json.keep({"a": 1}), json.keep({})]}],
        [{"k": (json.keep({"a": 1}), json.keep({})), "l": [], "t": ()}],
        ["e", 1, {"k": json.keep({"x": json.keep({"y": None})}), "l": [json.keep({"z": 1})], "\ud83d": "\ud83d"}],
    ],
)  # fmt: skip
def test_arguments_are_written_the_same_with_what_is_kept(values: list[Any]) -> None:
    for _ in range(2):
        written = json.dump_arguments(values)
        assert written is not None
        assert library.loads(written) == library.loads(library.dumps(values)) == library.loads(json.dump(values))


@pytest.mark.parametrize(
    "values",
    [
        [b"x", {"k": json.keep({})}],
        [{"k": json.keep({}), "b": b"x"}],
        [{"k": json.keep({}), 1: 2}],
        [{"k": [json.keep({}), b""]}],
        [{"a": b""}],
        [json.keep({"a": [1]})],
        [{"k": [json.keep({"a": 1}), {"b": 2}, 3]}],
    ],
)
def test_other_arguments_are_left_to_the_library(values: list[Any]) -> None:
    assert json.dump_arguments(values) is None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [1.0, {"a": float("-inf")}]])
def test_what_is_no_number_is_not_written(value: Any) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json.dump(value)


@pytest.mark.parametrize("value", [b"", [b"x"], {"a": {"b": bytearray()}}, object(), {1, 2}, {"a": [{1}]}])
def test_what_json_has_no_word_for_is_not_written(value: Any) -> None:
    assert not json.is_plain(value)
    with pytest.raises(TypeError):
        json.dump(value)


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a":-Infinity}', "[1,]", "01", '{"a":1}x', "", "\ufeff[]"])
def test_what_is_no_json_is_not_read(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of either library
        json.load(text)


@pytest.mark.parametrize("text", ['"\\ud800"', "[" * 300 + "]" * 300, '{"a":1,"a":2}', "-0", "1E5", '"\\u0000"'])
def test_what_one_of_the_libraries_refuses_is_read_by_the_other(text: str) -> None:
    assert json.load(text) == library.loads(text)
