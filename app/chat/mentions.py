"""Whom a text calls by name: `@Ada`, `@Ada Lovelace`, and `@all`. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Generic, NamedTuple, TypeVar

Key = TypeVar("Key")
SIGNS = "@\uff20"  # Japanese and Chinese keyboards have an @ of their own
CALL = re.compile(f"[{SIGNS}]")
EVERYONE = "all"
# Before the @ only what an address could end in counts: some scripts put no space between words.
WORD_BEFORE = re.compile(r"[a-z0-9_]\Z")
WORD_ENDS = re.compile(r"(?!\w)")
MOST_CALLS = 100  # in one text; nobody reads on


@dataclass(frozen=True, slots=True)
class Names(Generic[Key]):
    """Who can be called, by their names in the one form in which these are compared."""

    keys: Mapping[str, frozenset[Key]] = field(default_factory=dict)
    longest: int = 0


class Call(NamedTuple, Generic[Key]):
    """A name behind an @: where it ends in the text, and whose it is."""

    end: int
    keys: frozenset[Key]


def may_mention(body: str) -> bool:
    """Whether it is worth looking for names."""
    return CALL.search(body) is not None


def may_call_everyone(body: str) -> bool:
    """Whether it is worth looking for @all."""
    return EVERYONE in _folded(body)


def names_of(people: Mapping[Key, str]) -> Names[Key]:
    by_name: dict[str, set[Key]] = {}
    for key, name in people.items():
        by_name.setdefault(_folded_name(name), set()).add(key)
    return Names({name: frozenset(keys) for name, keys in by_name.items()}, max(map(len, by_name), default=0))


def mentioned(body: str, people: Mapping[Key, str]) -> set[Key]:
    """The keys whose names stand in `body` behind an @, upper and lower case alike.

    Give it everyone's names: where one begins another, the longest that fits is meant. An address such as
    ada@example.com is no mention.
    """
    if not may_mention(body) or not people:
        return set()
    names = names_of(people)
    found = (call_at(body, sign.start(), names) for sign in islice(CALL.finditer(body), MOST_CALLS))
    return {key for call in found if call for key in call.keys}


def call_at(text: str, start: int, names: Names[Key]) -> Call[Key] | None:
    """The longest name that stands as a whole word behind the @ at `start`."""
    if not _may_begin(text, start):
        return None
    # A letter may be written as two, which become one when folded: an accent behind its letter.
    window = text[start + 1 : start + 2 + 2 * names.longest]
    folded = _folded(window)
    for length in range(min(names.longest, len(folded)), 0, -1):
        if WORD_ENDS.match(folded, length) and (keys := names.keys.get(folded[:length])):
            end = _length_of(folded[:length], window)
            return Call(start + 1 + end, keys) if end else None
    return None


def calls_everyone_at(text: str, start: int) -> int | None:
    """Where `@all` at `start` ends, if it stands there."""
    end = start + 1 + len(EVERYONE)
    is_it = _may_begin(text, start) and _folded(text[start + 1 : end]) == EVERYONE and WORD_ENDS.match(text, end)
    return end if is_it else None


def _may_begin(text: str, start: int) -> bool:
    return WORD_BEFORE.search(_folded(text[max(start - 1, 0) : start])) is None


def _length_of(folded: str, text: str) -> int:
    """How much of the beginning of `text` it is that folds into `folded`; 0 for nothing."""
    if text.isascii():
        return len(folded)
    return next((end for end in range(1, len(text) + 1) if _folded(text[:end]) == folded), 0)


def _folded(text: str) -> str:
    """The text so that what looks alike is alike: case and composed letters. Source: Unicode, UAX #15."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


_folded_name = lru_cache(10_000)(_folded)
