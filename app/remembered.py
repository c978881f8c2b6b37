"""What was looked up, remembered for some seconds each.

cachetools has caches that do this, and a look into one takes a microsecond of Python, which every message would pay
several times. Here it is a fifth of that: nothing is kept in order, so where it is full all is forgotten.
"""

from __future__ import annotations

from time import monotonic
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """At most `most` values by a key of bytes: an ObjectId computes its hash in Python, each time anew."""

    __slots__ = ("_most", "_values")

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[bytes, tuple[Value, float]] = {}

    def get(self, key: bytes) -> Value | None:
        """What is remembered; None for nothing."""
        found = self._values.get(key)
        return found[0] if found is not None and found[1] > monotonic() else None

    def put(self, key: bytes, value: Value, seconds: float) -> None:
        """Remember it for so long."""
        if len(self._values) >= self._most:
            self._forget_some()
        self._values[key] = value, monotonic() + seconds

    def forget(self, key: bytes) -> None:
        self._values.pop(key, None)

    def forget_all(self, prefix: bytes) -> None:
        """Forget whatever has a key that begins like this."""
        for key in [key for key in self._values if key.startswith(prefix)]:
            del self._values[key]

    def _forget_some(self) -> None:
        moment = monotonic()
        for key in [key for key, (_, until) in self._values.items() if until <= moment]:
            del self._values[key]
        if len(self._values) >= self._most:
            self._values.clear()
