"""What the stand-in says: an answer from the provider, or the plain away line."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime

from app.ai import client
from app.ai.client import Usage
from app.ai.completion import check_not_blank
from app.ai.grounding import keep_grounded
from app.ai.prompts import TranscriptLine, instructions, one_line, user_block, utc_text
from app.language import gettext

__all__ = [
    "AnswerRequest",
    "TranscriptLine",
    "Usage",
    "away_line",
    "is_left_to_owner",
    "prompt",
    "write",
]

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
    notes: str
    tone: str
    asker_name: str
    transcript: tuple[TranscriptLine, ...]
    question: str


def write(request: AnswerRequest, usage: Usage, model: str | None = None) -> Generator[str, None, None]:
    """Ask the provider in the owner's name; yield what may be shown of the answer so far, and at last all of it.

    Each text is short and plain, and holds no link that does not stand in the context: what may still become one is
    held back. The last is never empty. `usage` counts the tokens meanwhile. Closing the iterator ends the provider's
    work. `model` None means the first. Raises ProviderNotConfigured or ProviderFailed, before the first text or after
    some.
    """
    context = [request.note, request.notes, request.question, *(line.text for line in request.transcript)]
    system, user = prompt(request)
    pieces = client.stream_chat_completion(user, instructions=system, usage=usage, model=model)
    yield from texts_shown(pieces, context, MAX_ANSWER_CHARACTERS)


def texts_shown(pieces: Iterator[str], context: list[str], limit: int) -> Generator[str, None, None]:
    """What may be shown of an answer while it comes in, and at last all of it, never empty."""
    written = ""
    for piece in pieces:
        written += piece
        if len(written) > limit:
            break
        if (shown := _postable(_whole_words(written), context, limit)).strip():
            yield shown
    text = _postable(written, context, limit)
    check_not_blank(text)
    yield text


def prompt(request: AnswerRequest) -> tuple[str, str]:
    """The two blocks that the provider is shown, system and user: what its owner is shown as well."""
    chosen = (request.note, request.notes, request.tone)
    system = instructions(request.owner_name, request.status_until, *chosen)
    return system, user_block(request.transcript, request.asker_name, request.question)


def is_left_to_owner(text: str, owner_name: str) -> bool:
    """Whether an answer says no more than that it is left for its owner, or begins to say so."""
    said, words = text.strip().rstrip(".!…").casefold(), f"I'll leave this for {one_line(owner_name)}".casefold()
    return bool(said) and words.startswith(said.replace("’", "'"))


def away_line(owner_name: str, status_until: datetime | None, note: str) -> str:
    """The line that is posted without a key, or when the provider fails: the owner's status and note as they are."""
    name = one_line(owner_name)
    said = _shortened(one_line(note), MAX_NOTE_CHARACTERS)
    end = (
        gettext("%(name)s is busy.", name=name)
        if status_until is None
        else gettext("%(name)s is busy until %(time)s.", name=name, time=utc_text(status_until))
    )
    left = (
        gettext("%(name)s left this note: %(note)s", name=name, note=said)
        if said
        else gettext("Your message waits here for %(name)s.", name=name)
    )
    return f"{end} {left}"


def _postable(text: str, context: list[str], limit: int) -> str:
    return keep_grounded(_shortened(_INVISIBLE.sub(" ", text).strip(), limit), context)


def _whole_words(text: str) -> str:
    """Without the word at the end, which may go on."""
    return text[: len(text) - len(text.split()[-1])] if text.split() and not text[-1].isspace() else text


def _shortened(text: str, limit: int) -> str:
    """The text, cut between two words where it is longer than `limit` characters."""
    if len(text) <= limit:
        return text
    return text[:limit].rsplit(maxsplit=1)[0] + "…"
