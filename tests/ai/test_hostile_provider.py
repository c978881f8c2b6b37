"""The client against a server that sends what no provider should."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from app.ai import ProviderFailed, client
from tests.ai.raw_provider import JSON_HEAD, STREAM_HEAD, event, serve

Use = Callable[..., None]

NONSENSE = {
    "a number": b"5",
    "null": b"null",
    "a list": b"[]",
    "no choices": b'{"id": "x"}',
    "choices of the wrong type": b'{"choices": 5}',
    "an empty list of choices": b'{"choices": []}',
    "a choice that is null": b'{"choices": [null]}',
    "a message that is text": b'{"choices": [{"message": "hi"}]}',
    "content that is a list": b'{"choices": [{"message": {"content": [1]}}]}',
    "content that is white space": b'{"choices": [{"message": {"content": " \\n "}}]}',
    "half of it": b'{"choices": [{"mess',
    "nothing": b"",
    "no UTF-8": b'{"choices": "\xff\xfe"}',
    "a page": b"<!doctype html><h1>Welcome</h1>",
    "deep nesting": b"[" * 200_000,
}


@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE.keys())
def test_a_body_that_makes_no_sense_is_a_bad_answer(use: Use, body: bytes) -> None:
    with serve(lambda: [JSON_HEAD, body]) as provider:
        use(provider.base_url)
        with pytest.raises(ProviderFailed) as raised:
            client.generate_chat_completion("Hello")
    assert raised.value.reason == "bad_answer"


@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE.keys())
def test_an_event_that_makes_no_sense_is_a_bad_answer(use: Use, body: bytes) -> None:
    with serve(lambda: [STREAM_HEAD, b"data: " + body + b"\n\n"]) as provider:
        use(provider.base_url)
        with pytest.raises(ProviderFailed) as raised:
            list(client.stream_chat_completion("Hello"))
    assert raised.value.reason == "bad_answer"


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (["A heron \ud83e", "\udda9 stands"], "A heron \U0001f9a9 stands"),
        (["\ud83e", "\udda9"], "\U0001f9a9"),
        (["\U0001f9a9\ud83e", "\udda9"], "\U0001f9a9\U0001f9a9"),
        (["half \ud83e", " of one"], "half \ufffd of one"),
        (["\udda9 the other ", "\udda9"], "\ufffd the other \ufffd"),
        (["the last ", "\ud83e"], "the last \ufffd"),
    ],
    ids=["cut in two", "nothing else", "after a whole one", "the first half alone", "the second alone", "at the end"],
)
def test_a_character_that_comes_in_halves_is_whole_and_half_a_one_is_none(
    use: Use, pieces: list[str], text: str
) -> None:
    with serve(lambda: [STREAM_HEAD, *map(event, pieces), event("", "stop")]) as provider:
        use(provider.base_url)
        streamed = list(client.stream_chat_completion("Hello"))
    assert "".join(streamed) == text
    whole = json.dumps({"choices": [{"message": {"content": "".join(pieces)}, "finish_reason": "stop"}]}).encode()
    with serve(lambda: [JSON_HEAD, whole]) as provider:
        use(provider.base_url)
        assert client.generate_chat_completion("Hello") == text


def test_a_page_instead_of_json_is_a_bad_answer(use: Use) -> None:
    head = JSON_HEAD.replace(b"application/json", b"text/html")
    with serve(lambda: [head, b"<!doctype html><h1>Sign in to the Wi-Fi</h1>"]) as provider:
        use(provider.base_url)
        with pytest.raises(ProviderFailed) as raised:
            client.generate_chat_completion("Hello")
    assert raised.value.reason == "bad_answer"


def test_what_is_not_http_is_unreachable(use: Use) -> None:
    with serve(lambda: [b"220 mail.example ESMTP\r\n"]) as provider:
        use(provider.base_url)
        with pytest.raises(ProviderFailed) as raised:
            client.generate_chat_completion("Hello")
    assert raised.value.reason == "unreachable"


@pytest.mark.parametrize(
    "choice",
    [
        {"message": {"content": None, "refusal": "I can't help with that."}, "finish_reason": "stop"},
        {"message": {"content": "Well,"}, "finish_reason": "content_filter"},
    ],
)
def test_a_model_that_declines_has_refused(use: Use, choice: dict[str, object]) -> None:
    with serve(lambda: [JSON_HEAD, json.dumps({"choices": [choice]}).encode()]) as provider:
        use(provider.base_url)
        with pytest.raises(ProviderFailed) as raised:
            client.generate_chat_completion("Hello")
    assert raised.value.reason == "refused"


def test_an_error_inside_a_stream_is_an_error_of_the_server(use: Use) -> None:
    broken = b'data: {"error": {"message": "overloaded", "type": "server_error"}}\n\n'
    with serve(lambda: [STREAM_HEAD, event("Hel"), broken]) as provider:
        use(provider.base_url)
        stream = client.stream_chat_completion("Hello")
        assert next(stream) == "Hel"
        with pytest.raises(ProviderFailed) as raised:
            next(stream)
    assert raised.value.reason == "server_error"


def test_a_stream_that_ends_in_peace_but_unfinished_is_a_bad_answer(use: Use) -> None:
    with serve(lambda: [STREAM_HEAD, event("Half an"), b"data: [DONE]\n\n"]) as provider:
        use(provider.base_url)
        with pytest.raises(ProviderFailed) as raised:
            list(client.stream_chat_completion("Hello"))
    assert raised.value.reason == "bad_answer"


def test_a_reader_who_stops_early_hangs_up(use: Use) -> None:
    def endless() -> Iterator[bytes]:
        yield STREAM_HEAD
        while True:
            yield event("more ")

    with serve(endless, pause=0.01) as provider:
        use(provider.base_url)
        with closing(client.stream_chat_completion("Hello")) as stream:
            assert next(stream) == "more "
        assert provider.hung_up.wait(20)
