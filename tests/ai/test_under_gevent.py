"""The client where it lives: in a process patched by gevent, with other greenlets to consider."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from tests.ai.conftest import TEN_WORDS
from tests.ai.raw_provider import JSON_HEAD, STREAM_HEAD, event, serve
from tests.ai_provider import Provider

PROJECT = Path(__file__).parents[2]


def play(scene: str, base_url: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.ai.under_gevent", scene, base_url],
        cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def silence() -> Iterator[bytes]:
    yield from repeat(b"")


def endless_headers() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nX-Padding: "
    yield from repeat(b"x")


def endless_body() -> Iterator[bytes]:
    yield JSON_HEAD
    yield from repeat(b" ")


def endless_comments() -> Iterator[bytes]:
    yield STREAM_HEAD
    yield from repeat(b": still thinking\n\n")


@pytest.mark.parametrize("reply", [silence, endless_headers, endless_body, endless_comments])
def test_a_provider_that_never_finishes_is_cut_off_and_the_loop_keeps_turning(
    reply: Any,
) -> None:
    with serve(reply, pause=0.02) as provider:
        result = play("hang", provider.base_url)
    assert (result["whole"], result["streamed"]) == ("timeout", "timeout")
    assert result["ticks"] > 20


def test_several_greenlets_may_ask_at_once(provider: Provider) -> None:
    assert play("crowd", provider.base_url) == {"answers": [TEN_WORDS] * 8}


def test_the_deadline_does_not_cut_off_the_reader_of_a_stream() -> None:
    def pieces() -> Iterator[bytes]:
        yield STREAM_HEAD
        yield from repeat(event("more "))

    with serve(pieces, pause=0.02) as provider:
        assert play("dawdle", provider.base_url) == {"piece": "more ", "then": "timeout"}


def test_openai_is_imported_by_the_warm_up_and_not_before() -> None:
    script = (
        "import sys\n"
        "from app.ai import assistant, client\n"
        "client.configure(client.ProviderSettings('sk-test', None, 'test-model'))\n"
        "print('openai' in sys.modules)\n"
        "client.warm_up()\n"
        "print('openai' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["False", "True"]
