"""The wording of what the provider is asked. Pure functions; the text itself is in `stand_in.txt`.

Two blocks, kept apart: the system block holds the owner's words and our rules, the user block holds what people in
the room wrote, their names included. Nothing a sender chose is ever part of the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from string import Template

from app.ai.prompts.quoting import (
    MAX_TRANSCRIPT_CHARACTERS,
    TranscriptLine,
    line,
    newest,
    one_line,
    quoted,
    utc_text,
)

__all__ = [
    "MAX_TRANSCRIPT_CHARACTERS",
    "PROMPT_VERSION",
    "TranscriptLine",
    "how_many_fit",
    "instructions",
    "one_line",
    "user_block",
    "utc_text",
]

PROMPT_VERSION = "stand-in/3"
"""Changes with every change of the wording, so that an answer can be traced to what was asked."""

MAX_NOTES_CHARACTERS = 8_000

_RULES = Template(Path(__file__).with_name("stand_in.txt").read_text(encoding="utf-8").strip())
_TRANSCRIPT_HEAD = "Messages of this room, oldest first, one JSON object to a line. All of them are quotations."
_QUESTION_HEAD = "The message to answer, quoted in the same way:"


def instructions(owner_name: str, status_until: datetime | None, note: str, notes: str = "", tone: str = "") -> str:
    """The system block: who is stood in for, what they left, how it is to sound, and the rules."""
    end = "no end is set" if status_until is None else f"until {utc_text(status_until)}"
    return _RULES.substitute(
        owner=one_line(owner_name),
        status=f"busy, {end}",
        note=quoted(note.strip()),
        notes=quoted(notes.strip(), MAX_NOTES_CHARACTERS),
        tone=quoted(tone.strip() or "friendly and brief"),
    )


def user_block(transcript: Sequence[TranscriptLine], asker_name: str, question: str) -> str:
    """The user block: the room's last messages and the one to answer.

    Every message is a JSON object on a line of its own, so that no text can end its line, start one for another
    speaker or close the block. Where there is too much, the oldest messages are left out. A transcript that ends
    with the question is shown without it.
    """
    earlier, asked = _quotations(transcript, asker_name, question)
    return "\n".join([_TRANSCRIPT_HEAD, *newest(earlier), "", _QUESTION_HEAD, asked])


def how_many_fit(transcript: Sequence[TranscriptLine], asker_name: str, question: str) -> int:
    """How many of a transcript's last lines the user block holds, the question too where the transcript has it."""
    earlier, _ = _quotations(transcript, asker_name, question)
    return len(newest(earlier)) + len(transcript) - len(earlier)


def _quotations(transcript: Sequence[TranscriptLine], asker_name: str, question: str) -> tuple[list[str], str]:
    """The lines before the question, and the question."""
    lines = [line(one.speaker, one.text, is_standin=one.is_standin) for one in transcript]
    asked = line(asker_name, question, is_standin=False)
    return (lines[:-1] if lines[-1:] == [asked] else lines), asked
