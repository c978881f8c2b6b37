"""Whom a text calls by name: `@Ada`, `@Ada Lovelace`. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

Key = TypeVar("Key")


def mentioned(body: str, names: Mapping[Key, str]) -> set[Key]:
    """The keys whose names stand in `body` behind an @, upper and lower case alike.

    Where one name begins another, the longest that fits is meant; an address such as ada@example.com is no mention.
    """
    if "@" not in body or not names:
        return set()
    by_name: dict[str, set[Key]] = {}
    for key, name in names.items():
        by_name.setdefault(name.casefold(), set()).add(key)
    longest_first = "|".join(re.escape(name) for name in sorted(by_name, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)@({longest_first})(?!\w)")
    found = (by_name[match.group(1)] for match in pattern.finditer(body.casefold()))
    return set().union(*found)
