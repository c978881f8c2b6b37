"""Whom a text calls by name: `@Ada`, `@Ada Lovelace`. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import TypeVar

Key = TypeVar("Key")


def may_mention(body: str) -> bool:
    """Whether it is worth looking for names. Japanese and Chinese keyboards have an @ of their own."""
    return "@" in body or "\uff20" in body


def mentioned(body: str, names: Mapping[Key, str]) -> set[Key]:
    """The keys whose names stand in `body` behind an @, upper and lower case alike.

    Give it everyone's names: where one begins another, the longest that fits is meant. An address such as
    ada@example.com is no mention.
    """
    if not may_mention(body) or not names:
        return set()
    by_name: dict[str, set[Key]] = {}
    for key, name in names.items():
        by_name.setdefault(_folded(name), set()).add(key)
    longest_first = "|".join(re.escape(name) for name in sorted(by_name, key=len, reverse=True))
    # Before the @ only what an address could end in counts: some scripts put no space between words.
    pattern = re.compile(rf"(?<![a-z0-9_])@({longest_first})(?!\w)")
    found = (by_name[match.group(1)] for match in pattern.finditer(_folded(body)))
    return set().union(*found)


def _folded(text: str) -> str:
    """The text so that what looks alike is alike: case and composed letters. Source: Unicode, UAX #15."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
