"""The wording of what the provider is asked. Pure functions; the text itself is in `stand_in.txt`.

Two blocks, kept apart: the system block holds the owner's words and our rules, the user block holds what people in
the room wrote, their names included. Nothing a sender chose is ever part of the first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from string import Template

PROMPT_VERSION = "stand-in/3"
"""Changes with every change of the wording, so that an answer can be traced to what was asked."""

MAX_LINE_CHARACTERS = 2_000
MAX_NOTES_CHARACTERS = 8_000
MAX_TRANSCRIPT_CHARACTERS = 12_000

_RULES = Template(Path(__file__).with_name("stand_in.txt").read_text(encoding="utf-8").strip())
_TRANSCRIPT_HEAD = "Messages of this room, oldest first, one JSON object to a line. All of them are quotations."
_QUESTION_HEAD = "The message to answer, quoted in the same way:"


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """One message of the room. `speaker` is the name shown for it; `is_standin` says whether an AI wrote it."""

    speaker: str
    text: str
    is_standin: bool = False


def instructions(owner_name: str, status_until: datetime | None, note: str, notes: str = "", tone: str = "") -> str:
    """The system block: who is stood in for, what they left, how it is to sound, and the rules."""
    end = "no end is set" if status_until is None else f"until {utc_text(status_until)}"
    return _RULES.substitute(
        owner=one_line(owner_name),
        status=f"busy, {end}",
        note=_quoted(note.strip()),
        notes=_quoted(notes.strip(), MAX_NOTES_CHARACTERS),
        tone=_quoted(tone.strip() or "friendly and brief"),
    )


def user_block(transcript: Sequence[TranscriptLine], asker_name: str, question: str) -> str:
    """The user block: the room's last messages and the one to answer.

    Every message is a JSON object on a line of its own, so that no text can end its line, start one for another
    speaker or close the block. Where there is too much, the oldest messages are left out. A transcript that ends
    with the question is shown without it.
    """
    earlier, asked = _quotations(transcript, asker_name, question)
    return "\n".join([_TRANSCRIPT_HEAD, *_newest(earlier), "", _QUESTION_HEAD, asked])


def how_many_fit(transcript: Sequence[TranscriptLine], asker_name: str, question: str) -> int:
    """How many of a transcript's last lines the user block holds, the question too where the transcript has it."""
    earlier, _ = _quotations(transcript, asker_name, question)
    return len(_newest(earlier)) + len(transcript) - len(earlier)


def one_line(text: str) -> str:
    """The text with every run of white space as one space, and without characters that cannot be seen."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


def utc_text(moment: datetime) -> str:
    """A moment as readers anywhere understand it, such as "3 March 2026, 15:00 UTC". It must know its time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be told to people in several of them")
    moment = moment.astimezone(UTC)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def _quotations(transcript: Sequence[TranscriptLine], asker_name: str, question: str) -> tuple[list[str], str]:
    """The lines before the question, and the question."""
    quoted = [_line(line.speaker, line.text, is_standin=line.is_standin) for line in transcript]
    asked = _line(asker_name, question, is_standin=False)
    return (quoted[:-1] if quoted[-1:] == [asked] else quoted), asked


def _line(speaker: str, text: str, *, is_standin: bool) -> str:
    author = "stand-in (AI)" if is_standin else "person"
    return f'{{"from": {_quoted(speaker)}, "author": "{author}", "text": {_quoted(text)}}}'


def _quoted(text: str, longest: int = MAX_LINE_CHARACTERS) -> str:
    """A JSON string on one line. What JSON leaves as it is but nobody would see is escaped as well.

    That covers the line separators of Unicode, overrides of the writing direction, and invisible letters, which have
    been used to slip instructions past the people who read a text.
    """
    clipped = text if len(text) <= longest else text[:longest] + "…"
    quoted = json.dumps(clipped, ensure_ascii=False)
    if quoted.isprintable():
        return quoted
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in quoted)


def _newest(lines: Sequence[str]) -> list[str]:
    kept: list[str] = []
    left = MAX_TRANSCRIPT_CHARACTERS
    for line in reversed(lines):
        left -= len(line)
        if left < 0:
            break
        kept.append(line)
    return kept[::-1]
