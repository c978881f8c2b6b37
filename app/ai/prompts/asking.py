"""The wording of questions to the AI itself, and of summaries. Pure functions; the text is in the files beside.

As with stand-ins, the system block holds our rules and the reader's own name; all that people wrote is in user blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from app.ai.prompts.quoting import newest, one_line, quoted

ASK_VERSION, ASSISTANT_VERSION, SUMMARY_VERSION = "ask/1", "assistant/1", "summary/1"
MAX_SUMMARY_CHARACTERS = 24_000


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """A message that is to be summed up, with the room in which it was said."""

    room: str
    speaker: str
    text: str
    is_standin: bool = False


def _template(name: str) -> Template:
    return Template(Path(__file__).with_name(f"{name}.txt").read_text(encoding="utf-8").strip())


_ASK, _ASSISTANT, _SUMMARY = _template("ask"), _template("assistant"), _template("summary")


def ask_instructions(asker_name: str) -> str:
    return _ASK.substitute(asker=one_line(asker_name))


def assistant_instructions(asker_name: str) -> str:
    return _ASSISTANT.substitute(asker=one_line(asker_name))


def summary_instructions(reader_name: str) -> str:
    return _SUMMARY.substitute(reader=one_line(reader_name))


def summary_block(messages: Sequence[SummaryLine]) -> tuple[str, int]:
    """The user block, and how many of the last messages it holds: those are numbered from 1."""
    count = len(newest([_numbered(len(messages), one) for one in messages], MAX_SUMMARY_CHARACTERS))
    shown = messages[len(messages) - count :]
    return "\n".join(_numbered(number, one) for number, one in enumerate(shown, 1)), count


def _numbered(number: int, one: SummaryLine) -> str:
    author = "stand-in (AI)" if one.is_standin else "person"
    said = f'"from": {quoted(one.speaker)}, "author": "{author}", "text": {quoted(one.text)}'
    return f'{{"n": {number}, "room": {quoted(one.room)}, {said}}}'
