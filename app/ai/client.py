"""The one door to the provider: OpenAI's chat completions, through the openai package.

Only this module imports openai, and only when it is first needed: the import and the first client stall the
event loop for about half a second, so `warm_up` gets them over with at worker boot.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from app.ai.completion import Chunk, Completion, Piece, answer_text, check_not_blank, mended, piece_text
from app.ai.errors import FailureReason, ProviderFailed, ProviderNotConfigured
from app.ai.patience import Deadline, try_again

if TYPE_CHECKING:
    from openai import OpenAI, OpenAIError, Stream
    from openai.types.chat import ChatCompletionChunk

MAX_TOKENS = 1_024
CONNECT_SECONDS = 5.0
OPENAI_HOST = "api.openai.com"
CHARACTERS_PER_TOKEN = 4  # about, in English

Messages = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """Whom to ask, and how patiently.

    `timeout_seconds` is the most that one answer may take, retries and pauses included; for a stream, until
    its last piece. `base_url` None means OpenAI itself. `model` is asked unless one of `more_models` is chosen.
    """

    api_key: str = field(repr=False)
    base_url: str | None
    model: str
    timeout_seconds: float = 30.0
    max_retries: int = 2
    more_models: tuple[str, ...] = ()


@dataclass(slots=True)
class Usage:
    """What a call has used so far: as the provider reports it, else about as much as its characters."""

    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class ChatTurn:
    """One earlier turn of a conversation. There is no way to pass a system turn: those are `instructions`."""

    role: Literal["user", "assistant"]
    text: str


def configure(settings: ProviderSettings | None) -> None:
    """Choose the provider for this process; None when there is no key. Called at app start."""
    global _provider  # noqa: PLW0603 - one provider per process, as there is one openai client per process
    _provider = None if settings is None else _Provider(settings)


def warm_up() -> None:
    """Import openai and build its client now, at worker boot, so that no conversation waits for it later."""
    if _provider is not None:
        _provider.openai()


def generate_chat_completion(
    query: str, *, instructions: str = "", history: Sequence[ChatTurn] = (), max_tokens: int = MAX_TOKENS
) -> str:
    """Ask the provider and return its whole answer, never empty.

    `instructions` is the system block; `history` and then `query` are what users and the model said.
    Raises ProviderNotConfigured or ProviderFailed, at the latest when `timeout_seconds` are over.
    """
    return _configured().complete(_messages(query, instructions, history), max_tokens)


def stream_chat_completion(
    query: str,
    *,
    instructions: str = "",
    history: Sequence[ChatTurn] = (),
    max_tokens: int = MAX_TOKENS,
    usage: Usage | None = None,
    model: str | None = None,
) -> Iterator[str]:
    """Ask as `generate_chat_completion` does, and yield the answer piece by piece, no piece empty.

    `model` is one of `models`. Nothing is sent before the first piece is asked for. Errors are the same and may come
    after some pieces; what fails after the first piece is not tried again. Closing the iterator closes the connection,
    and with it the provider's work.
    """
    messages = _messages(query, instructions, history)
    return _configured().stream(messages, max_tokens, usage or Usage(), model_name(model))


def is_configured() -> bool:
    """Whether there is anyone to ask."""
    return _provider is not None


def models() -> tuple[str, ...]:
    """The models that can be asked, the default first; none where there is no key."""
    return _provider.models if _provider else ()


def model_name(chosen: str | None = None) -> str:
    """Which model is asked: the chosen one while there is such a one, else the first; "" where there is no key."""
    known = models()
    return chosen if chosen in known else known[0] if known else ""


class _Provider:
    """A provider and its client. Threads and greenlets share it: the openai client is made for that."""

    def __init__(self, settings: ProviderSettings) -> None:
        self._settings = settings
        self._openai: OpenAI | None = None
        self._building = threading.Lock()

    @property
    def models(self) -> tuple[str, ...]:
        return (self._settings.model, *self._settings.more_models)

    def openai(self) -> OpenAI:
        """The client, built at the first call. Its own retries are off: see `patience`."""
        with self._building:
            if self._openai is None:
                from openai import OpenAI

                settings = self._settings
                self._openai = OpenAI(api_key=settings.api_key, base_url=settings.base_url, max_retries=0)
                self._openai.chat.completions  # noqa: B018 - a lazy property that imports the request's types
            return self._openai

    def complete(self, messages: Messages, max_tokens: int) -> str:
        deadline = Deadline(self._settings.timeout_seconds)

        def ask() -> str:
            with deadline.enforced(), _translated_errors():
                completion = self._create(self.models[0], messages, max_tokens, deadline, stream=False)
                return answer_text(Completion.model_validate(completion))

        return try_again(ask, deadline, self._settings.max_retries)

    def stream(self, messages: Messages, max_tokens: int, usage: Usage, model: str) -> Iterator[str]:
        usage.tokens_in = _about(sum(len(message["content"]) for message in messages))
        deadline = Deadline(self._settings.timeout_seconds)

        def ask() -> Stream[ChatCompletionChunk]:
            with deadline.enforced(), _translated_errors():
                chunks: Stream[ChatCompletionChunk]
                chunks = self._create(model, messages, max_tokens, deadline, stream=True)
                return chunks

        with try_again(ask, deadline, self._settings.max_retries) as chunks:
            if _is_stream(chunks):
                yield from mended(_pieces(chunks, deadline, usage))
            else:
                yield _whole(chunks, deadline, usage)

    def _create(self, model: str, messages: Messages, max_tokens: int, deadline: Deadline, *, stream: bool) -> Any:
        from openai import Timeout

        left = deadline.remaining()
        create: Any = self.openai().chat.completions.create
        return create(
            model=model,
            messages=messages,
            stream=stream,
            timeout=Timeout(left, connect=min(CONNECT_SECONDS, left)),
            **{self._token_limit(): max_tokens},
            **({"stream_options": {"include_usage": True}} if stream and self._is_openai() else {}),
        )

    def _token_limit(self) -> str:
        # OpenAI's newer models refuse `max_tokens`; several compatible servers know nothing else.
        return "max_completion_tokens" if self._is_openai() else "max_tokens"

    def _is_openai(self) -> bool:
        return urlsplit(str(self.openai().base_url)).hostname == OPENAI_HOST


_provider: _Provider | None = None


def _configured() -> _Provider:
    if _provider is None:
        raise ProviderNotConfigured("no API key is set")
    return _provider


def _messages(query: str, instructions: str, history: Sequence[ChatTurn]) -> Messages:
    system = [{"role": "system", "content": instructions}] if instructions else []
    turns = [{"role": turn.role, "content": turn.text} for turn in history]
    return [*system, *turns, {"role": "user", "content": query}]


def _about(characters: int) -> int:
    return -(-characters // CHARACTERS_PER_TOKEN)


def _is_stream(chunks: Stream[ChatCompletionChunk]) -> bool:
    return "json" not in str(chunks.response.headers.get("content-type", ""))


def _whole(chunks: Stream[ChatCompletionChunk], deadline: Deadline, usage: Usage) -> str:
    """The answer of a provider that does not stream, whatever it was asked for."""
    with deadline.enforced(), _translated_errors():
        answer = answer_text(Completion.model_validate_json(chunks.response.read()))
    usage.tokens_out = _about(len(answer))
    return answer


def _pieces(chunks: Iterator[ChatCompletionChunk], deadline: Deadline, usage: Usage) -> Iterator[str]:
    answer = ""
    is_finished = False
    while (piece := _next_piece(chunks, deadline, usage)) is not None:
        is_finished = is_finished or piece.finish_reason is not None
        if text := piece_text(piece.delta, piece.finish_reason):
            answer += text
            usage.tokens_out = _about(len(answer))
            yield text
    if not is_finished:
        raise ProviderFailed(FailureReason.BAD_ANSWER, "the stream ended too early")
    check_not_blank(answer)


def _next_piece(chunks: Iterator[ChatCompletionChunk], deadline: Deadline, usage: Usage) -> Piece | None:
    # Enforced around each read, not around the whole stream: between reads the greenlet runs the caller's
    # code, and that must not be cut off.
    with deadline.enforced(), _translated_errors():
        while (chunk := next(chunks, None)) is not None:
            checked = Chunk.model_validate(chunk)
            if checked.usage is not None:
                usage.tokens_in, usage.tokens_out = checked.usage.prompt_tokens, checked.usage.completion_tokens
            if checked.choices:
                return checked.choices[0]
    return None


@contextmanager
def _translated_errors() -> Iterator[None]:
    """Turn everything that the provider or the openai package may raise into ProviderFailed.

    `from None`, because the original's text and request hold what must not reach a log. ValueError and
    RecursionError are what JSON of the wrong shape, or no JSON at all, ends in.
    """
    from openai import OpenAIError

    try:
        yield
    except OpenAIError as error:
        raise _failure(error) from None
    except (ValueError, RecursionError) as error:
        raise ProviderFailed(FailureReason.BAD_ANSWER, type(error).__name__) from None


def _failure(error: OpenAIError) -> ProviderFailed:
    from openai import APIConnectionError, APIStatusError, APITimeoutError

    match error:
        case APITimeoutError():
            return ProviderFailed(FailureReason.TIMEOUT)
        case APIConnectionError():
            return ProviderFailed(FailureReason.UNREACHABLE)
        case APIStatusError(status_code=status):
            retry_after = _retry_after(error.response.headers)
            return ProviderFailed(_reason_of(status), f"HTTP {status}", retry_after=retry_after)
    # What is left is mostly an error that the provider reports inside a stream that began with 200.
    return ProviderFailed(FailureReason.SERVER_ERROR, type(error).__name__)


def _reason_of(status: int) -> FailureReason:
    if status == 408:
        return FailureReason.TIMEOUT
    if status == 429:
        return FailureReason.RATE_LIMITED
    return FailureReason.SERVER_ERROR if status >= 500 else FailureReason.REFUSED


def _retry_after(headers: Any) -> float | None:
    """Seconds to wait, by `retry-after-ms` or `retry-after`; None if missing, a date or nonsense."""
    for name, per_second in (("retry-after-ms", 1_000), ("retry-after", 1)):
        try:
            seconds = float(headers[name]) / per_second
        except (KeyError, ValueError):
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    return None
