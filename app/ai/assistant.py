"""What the stand-in says: an answer from the provider, or the plain away line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from app.ai import client
from app.ai.completion import check_not_blank
from app.ai.grounding import keep_grounded
from app.ai.prompts import TranscriptLine, instructions, one_line, user_block, utc_text

__all__ = ["AnswerRequest", "TranscriptLine", "answer", "away_line"]

MAX_ANSWER_CHARACTERS = 1_200
MAX_NOTE_CHARACTERS = 1_000

_INVISIBLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """Everything that one answer is made from, and all that the provider is shown.

    `status_until` knows its time zone, or is None. `transcript` holds the last messages of this room, oldest
    first, and of no other; it may end with the question.
    """

    owner_name: str
    status_until: datetime | None
    note: str
    asker_name: str
    transcript: tuple[TranscriptLine, ...]
    question: str


def answer(request: AnswerRequest) -> str:
    """Ask the provider in the owner's name and return what may be posted: short plain text, never empty.

    Raises ProviderNotConfigured or ProviderFailed; the away line is for then.
    """
    text = client.generate_chat_completion(
        user_block(request.transcript, request.asker_name, request.question),
        instructions=instructions(request.owner_name, request.status_until, request.note),
    )
    context = [request.note, request.question, *(line.text for line in request.transcript)]
    text = keep_grounded(_shortened(_INVISIBLE.sub(" ", text).strip(), MAX_ANSWER_CHARACTERS), context)
    check_not_blank(text)
    return text


def away_line(owner_name: str, status_until: datetime | None, note: str) -> str:
    """The line that is posted without a key, or when the provider fails: the owner's status and note as they are."""
    name = one_line(owner_name)
    end = "" if status_until is None else f" until {utc_text(status_until)}"
    said = _shortened(one_line(note), MAX_NOTE_CHARACTERS)
    return f"{name} is busy{end}. " + (
        f"{name} left this note: {said}" if said else f"Your message waits here for {name}."
    )


def _shortened(text: str, limit: int) -> str:
    """The text, cut between two words where it is longer than `limit` characters."""
    if len(text) <= limit:
        return text
    return text[:limit].rsplit(maxsplit=1)[0] + "…"
