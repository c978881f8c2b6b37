"""Whom a text calls by name: `@Ada`, `@Ada Lovelace`. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from itertools import islice
from typing import TypeVar

Key = TypeVar("Key")
# Before the @ only what an address could end in counts: some scripts put no space between words.
CALL = re.compile(r"(?<![a-z0-9_])@")
WORD_ENDS = re.compile(r"(?!\w)")
MOST_CALLS = 100  # in one text; nobody reads on


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
    text, longest = _folded(body), max(map(len, by_name))
    calls = islice(CALL.finditer(text), MOST_CALLS)
    return set().union(*(_called(text[call.end() : call.end() + longest + 1], by_name) for call in calls))


def _called(text: str, by_name: Mapping[str, set[Key]]) -> set[Key]:
    """Whose name `text` begins with, as a whole word."""
    for end in range(len(text), 0, -1):
        if WORD_ENDS.match(text, end) and (found := by_name.get(text[:end])):
            return found
    return set()


def _folded(text: str) -> str:
    """The text so that what looks alike is alike: case and composed letters. Source: Unicode, UAX #15."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
