"""How text is put into a prompt so that it stays a quotation: one JSON object or string to a line. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

MAX_LINE_CHARACTERS = 2_000
MAX_TRANSCRIPT_CHARACTERS = 12_000


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """One message of the room. `speaker` is the name shown for it; `is_standin` says whether an AI wrote it."""

    speaker: str
    text: str
    is_standin: bool = False


def one_line(text: str) -> str:
    """The text with every run of white space as one space, and without characters that cannot be seen."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


def utc_text(moment: datetime) -> str:
    """A moment as readers anywhere understand it, such as "3 March 2026, 15:00 UTC". It must know its time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be told to people in several of them")
    moment = moment.astimezone(UTC)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def line(speaker: str, text: str, *, is_standin: bool) -> str:
    """A message as a JSON object."""
    author = "stand-in (AI)" if is_standin else "person"
    return f'{{"from": {quoted(speaker)}, "author": "{author}", "text": {quoted(text)}}}'


def quoted(text: str, longest: int = MAX_LINE_CHARACTERS) -> str:
    """A JSON string on one line. What JSON leaves as it is but nobody would see is escaped as well.

    That covers the line separators of Unicode, overrides of the writing direction, and invisible letters, which have
    been used to slip instructions past the people who read a text.
    """
    clipped = text if len(text) <= longest else text[:longest] + "…"
    string = json.dumps(clipped, ensure_ascii=False)
    if string.isprintable():
        return string
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in string)


def newest(lines: Sequence[str], most: int = MAX_TRANSCRIPT_CHARACTERS) -> list[str]:
    """As many of the last lines as have at most so many characters together."""
    kept: list[str] = []
    left = most
    for one in reversed(lines):
        left -= len(one)
        if left < 0:
            break
        kept.append(one)
    return kept[::-1]
