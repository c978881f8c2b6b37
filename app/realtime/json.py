"""JSON as the wire has it: strict both ways, and quick.

pydantic's parser and writer take a third of the time of the json module's. What they do not do as that does goes to it:
half a character pair, which JSON can spell, deep nesting, and every type that is not JSON's own.
"""

from __future__ import annotations

import json
from functools import lru_cache
from math import isfinite
from typing import Any, NoReturn, TypeVar, cast

from pydantic_core import from_json, to_json

Value = TypeVar("Value")

_ATOMS = frozenset((str, int, bool, type(None)))
_KEYS = frozenset((str,))


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


# Made once, not for each text, as json.dumps and json.loads would.
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_decode = json.JSONDecoder(parse_constant=_no_constant).decode


def load(text: str) -> Any:
    """Read a text; raise ValueError or RecursionError. NaN and infinities, which Python takes for JSON, are refused."""
    try:
        return from_json(text, allow_inf_nan=False, cache_strings="keys")
    except ValueError:
        return _decode(text)


def dump(value: Any) -> bytes:
    """Write a value, in UTF-8; raise ValueError for NaN and infinities, TypeError for what JSON has no word for."""
    return dump_plain(value) if is_plain(value) else _encode(value).encode()


def dump_plain(value: Any) -> bytes:
    """Write a value that `is_plain`."""
    try:
        return to_json(value)
    except ValueError:  # half a character pair
        return _encode(value).encode()


def is_plain(value: Any) -> bool:
    """Whether there is nothing in it but the types that JSON has: no bytes above all, and no `Kept`."""
    kind = type(value)
    if kind in _ATOMS:
        return True
    if kind is dict:
        items = value.values()
        if not _KEYS.issuperset(map(type, value)):
            return False
    elif kind is list:
        items = value
    else:
        return kind is float and isfinite(value)
    for item in items:  # noqa: SIM110 - a generator would double the time
        if type(item) not in _ATOMS and not is_plain(item):
            return False
    return True


class Kept(dict[str, Any]):
    """A dict that is written several times and changes no more, with its JSON."""

    __slots__ = ("text",)

    text: bytes


def keep(value: Value) -> Value:
    """The same dict, to be written several times at the price of once.

    It holds nothing but what JSON has types for, and must not be changed from now on.
    """
    kept = Kept(cast("dict[str, Any]", value))
    kept.text = dump_plain(value)
    return cast("Value", kept)


def dump_arguments(values: list[Any]) -> bytes | None:
    """Write what an event carries; None if that is left to the library: bytes, and a `Kept` in an unusual place.

    A `Kept` saves something as a value of the last dict, or in a list of such that is one.
    """
    last = values[-1] if values else None
    if type(last) is not dict:
        return dump_plain(values) if is_plain(values) else None
    if Kept not in map(type, last.values()) and is_plain(values):
        return dump_plain(values)
    members = []
    for name, value in last.items():
        text = value.text if type(value) is Kept else _text(value)
        if text is None or type(name) is not str:
            return None
        members.append(_key(name) + text)
    before = values[:-1]
    if not is_plain(before):
        return None
    return b"[%b{%b}]" % (b"".join([dump_plain(one) + b"," for one in before]), b",".join(members))


def _text(value: Any) -> bytes | None:
    if type(value) is int:
        return b"%d" % value
    if type(value) in (list, tuple) and all(type(item) is Kept for item in value):
        return b"[%b]" % b",".join([item.text for item in value])
    return dump_plain(value) if is_plain(value) else None


@lru_cache(1000)
def _key(name: str) -> bytes:
    return dump_plain(name) + b":"


class Json:
    """The parts of the json module that python-socketio uses."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return dump(value).decode()

    @staticmethod
    def loads(text: str, **_: Any) -> Any:
        return load(text)
