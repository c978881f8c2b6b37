"""The client against a real server that speaks OpenAI's protocol and writes down what it was asked."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import pytest

from app.ai import ProviderFailed, ProviderNotConfigured, client
from tests.ai.conftest import SECRET, TEN_WORDS
from tests.ai.raw_provider import STREAM_HEAD, event, serve
from tests.ai_provider import Provider

Use = Callable[..., None]


def failure_of(query: str) -> ProviderFailed:
    with pytest.raises(ProviderFailed) as raised:
        client.generate_chat_completion(query)
    return raised.value


def streamed(query: str) -> tuple[str, ProviderFailed]:
    """The text that came before the stream failed, and how it failed."""
    pieces: list[str] = []
    with pytest.raises(ProviderFailed) as raised:
        pieces.extend(client.stream_chat_completion(query))
    return "".join(pieces), raised.value


def test_the_whole_answer_is_returned(provider: Provider, use: Use) -> None:
    use(provider.base_url)
    assert client.generate_chat_completion("in-pieces, whole") == TEN_WORDS


def test_the_request_holds_the_instructions_the_history_and_the_query(provider: Provider, use: Use) -> None:
    use(provider.base_url)
    client.generate_chat_completion(
        "What now? (request)",
        instructions="Be brief.",
        history=[client.ChatTurn("user", "Hello"), client.ChatTurn("assistant", "Hi")],
        max_tokens=77,
    )
    (request,) = provider.requests_about("What now? (request)")
    assert request["model"] == "test-model"
    assert request["max_tokens"] == 77
    assert [(message["role"], message["content"]) for message in request["messages"]] == [
        ("system", "Be brief."),
        ("user", "Hello"),
        ("assistant", "Hi"),
        ("user", "What now? (request)"),
    ]


def test_an_answer_streams_in_pieces_and_in_order(provider: Provider, use: Use) -> None:
    use(provider.base_url)
    pieces = list(client.stream_chat_completion("in-pieces, streamed"))
    assert len(pieces) > 5
    assert "".join(pieces) == TEN_WORDS
    (request,) = provider.requests_about("in-pieces, streamed")
    assert request["stream"] is True


def test_openai_itself_is_asked_in_words_of_its_own_and_says_how_many_tokens_it_took(
    provider: Provider, use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the name of its host is another here."""
    monkeypatch.setattr(client, "OPENAI_HOST", "127.0.0.1")
    use(provider.base_url)
    assert "".join(client.stream_chat_completion("in-pieces, of OpenAI")) == TEN_WORDS
    (request,) = provider.requests_about("in-pieces, of OpenAI")
    assert request["max_completion_tokens"] == client.MAX_TOKENS
    assert "max_tokens" not in request
    assert request["stream_options"] == {"include_usage": True}

    count = (
        b'data: {"choices": [], "usage": {"prompt_tokens": 1234, "completion_tokens": 56, "total_tokens": 1290}}\n\n'
    )
    usage = client.Usage()
    with serve(lambda: [STREAM_HEAD, event("In the wiki.", "stop"), count, b"data: [DONE]\n\n"]) as counting:
        use(counting.base_url)
        assert "".join(client.stream_chat_completion("Where?", usage=usage)) == "In the wiki."
    assert (usage.tokens_in, usage.tokens_out) == (1234, 56)


def test_without_a_key_nothing_is_asked() -> None:
    client.configure(None)
    client.warm_up()
    with pytest.raises(ProviderNotConfigured):
        client.generate_chat_completion("Hello")
    with pytest.raises(ProviderNotConfigured):
        client.stream_chat_completion("Hello")


def test_a_provider_that_is_busy_once_is_asked_again(provider: Provider, use: Use) -> None:
    use(provider.base_url, max_retries=2)
    assert client.generate_chat_completion("busy-once") == "Now I can."
    assert len(provider.requests_about("busy-once")) == 2


@pytest.mark.parametrize(
    "ask", [client.generate_chat_completion, lambda query: [*client.stream_chat_completion(query)]]
)
def test_a_provider_that_stays_busy_is_asked_a_bounded_number_of_times(
    provider: Provider, use: Use, ask: Callable[[str], object]
) -> None:
    use(provider.base_url, max_retries=2)
    before = len(provider.requests_about("busy-always"))
    with pytest.raises(ProviderFailed) as raised:
        ask("busy-always")
    assert raised.value.reason == "rate_limited"
    assert len(provider.requests_about("busy-always")) - before == 3


def test_a_wait_that_would_not_end_in_time_is_not_begun(provider: Provider, use: Use) -> None:
    use(provider.base_url, max_retries=2)
    failure = failure_of("busy-for-long")
    assert (failure.reason, failure.retry_after) == ("rate_limited", 90)
    assert len(provider.requests_about("busy-for-long")) == 1


def test_an_error_of_the_server_is_retried_and_reported(provider: Provider, use: Use) -> None:
    use(provider.base_url, max_retries=1)
    assert failure_of("broken-inside").reason == "server_error"
    assert len(provider.requests_about("broken-inside")) == 2


def test_a_refusal_is_not_retried_and_tells_no_secret(provider: Provider, use: Use) -> None:
    use(provider.base_url, max_retries=2)
    failure = failure_of("wrong-key")
    assert str(failure) == "refused (HTTP 401)"
    assert SECRET not in "".join(traceback.format_exception(failure))
    assert len(provider.requests_about("wrong-key")) == 1


def test_a_key_is_not_shown_with_the_settings() -> None:
    assert SECRET not in repr(client.ProviderSettings(SECRET, None, "test-model"))


def test_an_answer_that_takes_too_long_is_given_up(provider: Provider, use: Use) -> None:
    use(provider.base_url, timeout_seconds=0.3, max_retries=2)
    assert failure_of("too-slow").reason == "timeout"


def test_a_stream_is_given_up_when_its_time_is_over_although_it_never_pauses_for_long(
    provider: Provider, use: Use
) -> None:
    use(provider.base_url, timeout_seconds=1.0)
    text, failure = streamed("slow-pieces")
    assert failure.reason == "timeout"
    assert TEN_WORDS.startswith(text)


@pytest.mark.parametrize("query", ["cut-short", "dropped"])
def test_a_stream_that_breaks_off_fails_after_its_pieces(provider: Provider, use: Use, query: str) -> None:
    use(provider.base_url, max_retries=2)
    text, failure = streamed(query)
    assert failure.reason == "unreachable"
    assert TEN_WORDS.startswith(text)
    assert text
    assert len(provider.requests_about(query)) == 1


@pytest.mark.parametrize(
    ("query", "reason"),
    [("hung-up", "unreachable"), ("not-json", "bad_answer"), ("says-nothing", "bad_answer")],
)
def test_a_useless_answer_is_a_failure(provider: Provider, use: Use, query: str, reason: str) -> None:
    use(provider.base_url)
    assert failure_of(query).reason == reason
    with pytest.raises(ProviderFailed) as raised:
        list(client.stream_chat_completion(query))
    assert raised.value.reason == reason


def test_a_provider_that_is_not_there_is_unreachable(use: Use) -> None:
    use("http://127.0.0.1:9/v1")
    assert failure_of("Hello").reason == "unreachable"
