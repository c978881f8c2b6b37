"""JSON as the wire has it: strict both ways, and quick.

pydantic's parser and writer take a third of the time of the json module's. What they do not do as that does goes to it:
half a character pair, which JSON can spell, deep nesting, and every type that is not JSON's own.
"""

from __future__ import annotations

import json
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
    """Whether there is nothing in it but the types that JSON has: no bytes above all."""
    kind = type(value)
    if kind in _ATOMS:
        return True
    if kind is dict or kind is Kept:
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
    """A dict that is written several times and changes no more: it keeps its JSON."""

    __slots__ = ("_text",)

    @property
    def text(self) -> bytes:
        try:
            return self._text
        except AttributeError:
            self._text: bytes = dump(dict(self))
            return self._text


def keep(value: Value) -> Value:
    """The same dict, to be written several times at the price of once. It must not be changed from now on."""
    return cast("Value", Kept(cast("dict[str, Any]", value)))


def dump_arguments(values: list[Any]) -> bytes | None:
    """Write what an event carries; None if there may be bytes in it.

    A `Kept` saves something as a value of the last dict, or in a list of such that is one.
    """
    last = values[-1] if values else None
    if type(last) is not dict or not any(type(value) is Kept or _is_of_kept(value) for value in last.values()):
        return dump_plain(values) if is_plain(values) else None
    if not is_plain(values[:-1]) or not _KEYS.issuperset(map(type, last)):
        return None
    members = [_member(name, value) for name, value in last.items()]
    if None in members:
        return None
    first = dump_plain(values[:-1])[:-1]
    return b"%b%b{%b}]" % (first, b"," if len(values) > 1 else b"", b",".join(members))  # type: ignore[arg-type]


def _is_of_kept(value: Any) -> bool:
    return type(value) is list and bool(value) and type(value[0]) is Kept


def _member(name: str, value: Any) -> bytes | None:
    if type(value) is Kept:
        return b"%b:%b" % (dump_plain(name), value.text)
    if _is_of_kept(value) and all(type(item) is Kept for item in value):
        return b"%b:[%b]" % (dump_plain(name), b",".join([item.text for item in value]))
    return b"%b:%b" % (dump_plain(name), dump_plain(value)) if is_plain(value) else None


class Json:
    """The parts of the json module that python-socketio uses."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return dump(value).decode()

    @staticmethod
    def loads(text: str, **_: Any) -> Any:
        return load(text)
