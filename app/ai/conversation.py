"""What the AI says when it is asked itself: in a room, or on the page that only its reader sees."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from app.ai import client
from app.ai.assistant import texts_shown
from app.ai.client import ChatTurn, Usage
from app.ai.prompts import TranscriptLine, user_block
from app.ai.prompts.asking import ask_instructions, assistant_instructions

__all__ = ["ChatTurn", "Usage", "answer", "converse", "newest"]

MAX_CHARACTERS = 4_000  # of an answer
MAX_HISTORY_CHARACTERS = 16_000


def answer(
    asker_name: str, transcript: Sequence[TranscriptLine], question: str, usage: Usage, model: str | None = None
) -> Generator[str, None, None]:
    """Answer a question in a room from its last messages. Texts and errors are as those of `assistant.write`."""
    pieces = client.stream_chat_completion(
        user_block(transcript, asker_name, question),
        instructions=ask_instructions(asker_name),
        usage=usage,
        model=model,
    )
    yield from texts_shown(pieces, [question, *(line.text for line in transcript)], MAX_CHARACTERS)


def converse(
    asker_name: str, history: Sequence[ChatTurn], question: str, usage: Usage, model: str | None = None
) -> Generator[str, None, None]:
    """Go on with a conversation that only the asker sees. Of what was said before, the oldest is left out."""
    kept = newest(history)
    pieces = client.stream_chat_completion(
        question, instructions=assistant_instructions(asker_name), history=kept, usage=usage, model=model
    )
    yield from texts_shown(pieces, [question, *(turn.text for turn in kept)], MAX_CHARACTERS)


def newest(history: Sequence[ChatTurn]) -> list[ChatTurn]:
    """As much of the end of a conversation as the provider is shown."""
    left = MAX_HISTORY_CHARACTERS
    for count, turn in enumerate(reversed(history)):
        left -= len(turn.text)
        if left < 0:
            return list(history[len(history) - count :])
    return list(history)
