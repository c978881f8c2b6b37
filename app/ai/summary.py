"""A summary of what was said, whose every reference is checked against what was given."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence

from app.ai import client
from app.ai.assistant import texts_shown
from app.ai.client import Usage
from app.ai.prompts.asking import SummaryLine, summary_block, summary_instructions

__all__ = ["SummaryLine", "checked", "lines_shown", "write"]

MAX_CHARACTERS = 3_000

_REFERENCES = re.compile(r" ?\[\s*(\d{1,9}(?:\s*[,;]\s*\d{1,9}){0,50})\s*\]")


def write(
    reader_name: str, messages: Sequence[SummaryLine], usage: Usage, model: str | None = None
) -> tuple[str, list[int]]:
    """Sum up these messages. Returns the text, in which [1], [2], ... stand for the messages whose places are listed.

    Only the newest are given, where there are too many. Errors: as those of `assistant.write`.
    """
    block, count = summary_block(messages)
    instructions = summary_instructions(reader_name)
    pieces = client.stream_chat_completion(block, instructions=instructions, usage=usage, model=model)
    text = deque(texts_shown(pieces, [], MAX_CHARACTERS), maxlen=1).pop()
    text, places = checked(text, count)
    return text, [len(messages) - count + place for place in places]


def lines_shown(messages: Sequence[SummaryLine]) -> int:
    """How many of the last messages the provider is shown."""
    return summary_block(messages)[1]


def checked(text: str, count: int) -> tuple[str, list[int]]:
    """The text with its references numbered anew, in the order in which they come, and the places that they stand for.

    What refers to none of the `count` messages that were given is taken out.
    """
    places: list[int] = []

    def renumbered(found: re.Match[str]) -> str:
        known = [int(number) - 1 for number in re.findall(r"\d+", found[1]) if 0 < int(number) <= count]
        places.extend(place for place in dict.fromkeys(known) if place not in places)
        references = "".join(f"[{places.index(place) + 1}]" for place in dict.fromkeys(known))
        return f" {references}" if references else ""

    return _REFERENCES.sub(renumbered, text).strip(), places
