"""What came back from the provider, checked: the few parts of a chat completion that are used.

Shapes: https://platform.openai.com/docs/api-reference/chat. The openai package builds its objects from
whatever arrives without checking it, so these models read them again and refuse what does not fit.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from app.ai.errors import FailureReason, ProviderFailed


class _Part(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Text(_Part):
    content: str | None = None
    refusal: str | None = None


class Choice(_Part):
    """The one alternative of a whole answer that is asked for."""

    message: Text
    finish_reason: str | None = None


class Completion(_Part):
    choices: list[Choice]


class Piece(_Part):
    """The same, in a stream: `delta` is what is new."""

    delta: Text
    finish_reason: str | None = None


class Used(_Part):
    """Tokens, as some providers count them at the end of a stream."""

    prompt_tokens: int
    completion_tokens: int


class Chunk(_Part):
    choices: list[Piece]
    usage: Used | None = None


def answer_text(completion: Completion) -> str:
    """The whole answer. Raises ProviderFailed when it is empty or a refusal."""
    if not completion.choices:
        raise ProviderFailed(FailureReason.BAD_ANSWER, "no choices")
    choice = completion.choices[0]
    text = piece_text(choice.message, choice.finish_reason)
    check_not_blank(text)
    return _joined(text)


def mended(pieces: Iterator[str]) -> Iterator[str]:
    """The same text with no character in two halves, which servers that count as JavaScript does send in two pieces.

    A half alone can be neither stored nor told, so it is replaced.
    """
    held = ""
    for piece in pieces:
        text = held + piece
        held = text[-1] if "\ud800" <= text[-1] <= "\udbff" else ""
        if whole := _joined(text[: len(text) - len(held)]):
            yield whole
    if held:
        yield _joined(held)


def _joined(text: str) -> str:
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def piece_text(text: Text, finish_reason: str | None) -> str:
    """What one part of an answer says, "" where it says nothing. Raises ProviderFailed for a refusal."""
    if text.refusal or finish_reason == "content_filter":
        raise ProviderFailed(FailureReason.REFUSED, "the model declined")
    return text.content or ""


def check_not_blank(answer: str) -> None:
    """Raise ProviderFailed for an answer of white space alone."""
    if not answer.strip():
        raise ProviderFailed(FailureReason.BAD_ANSWER, "empty answer")
