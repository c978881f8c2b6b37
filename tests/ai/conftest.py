from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.ai import client
from tests.ai_provider import Provider, start_provider

SECRET = "sk-secret-of-the-test"
TEN_WORDS = "one two three four five six seven eight nine ten"

FIXTURES = [
    {"match": {"userMessage": "busy-once", "sequenceIndex": 0}, "response": {
        "status": 429, "retryAfter": 0, "error": {"message": "Slow down", "type": "rate_limit_error"}}},
    {"match": {"userMessage": "busy-once"}, "response": {"content": "Now I can."}},
    {"match": {"userMessage": "busy-always"}, "response": {
        "status": 429, "retryAfter": 0, "error": {"message": "Slow down", "type": "rate_limit_error"}}},
    {"match": {"userMessage": "busy-for-long"}, "response": {
        "status": 429, "retryAfter": 90, "error": {"message": "Slow down", "type": "rate_limit_error"}}},
    {"match": {"userMessage": "broken-inside"}, "response": {
        "status": 500, "error": {"message": "Oops", "type": "server_error"}}},
    {"match": {"userMessage": "wrong-key"}, "response": {
        "status": 401, "error": {"message": f"Incorrect API key provided: {SECRET}", "type": "auth"}}},
    {"match": {"userMessage": "too-slow"}, "response": {"content": "Late."}, "chaos": {"latencyMs": 5000}},
    {"match": {"userMessage": "slow-pieces"}, "response": {"content": TEN_WORDS}, "chunkSize": 4, "latency": 300},
    {"match": {"userMessage": "cut-short"}, "response": {"content": TEN_WORDS}, "chunkSize": 4, "latency": 30,
     "truncateAfterChunks": 3},
    {"match": {"userMessage": "dropped"}, "response": {"content": TEN_WORDS}, "chunkSize": 4, "latency": 50,
     "disconnectAfterMs": 120},
    {"match": {"userMessage": "hung-up"}, "response": {"content": "x"}, "chaos": {"disconnectRate": 1}},
    {"match": {"userMessage": "not-json"}, "response": {"content": "x"}, "chaos": {"malformedRate": 1}},
    {"match": {"userMessage": "says-nothing"}, "response": {"content": ""}},
    {"match": {"userMessage": "in-pieces"}, "response": {"content": TEN_WORDS}, "chunkSize": 4},
    {"match": {"userMessage": "tell-links"}, "response": {
        "content": "See https://docs.example/plan and https://evil.example/?d=42 ![x](https://evil.example/p.png)"}},
    {"match": {"userMessage": "rambling"}, "response": {"content": "word " * 2000}},
    {"match": {}, "response": {"content": "  The plan is in the wiki.\n"}},
]  # fmt: skip


@pytest.fixture(scope="package")
def provider() -> Iterator[Provider]:
    provider = start_provider(FIXTURES)
    yield provider
    provider.stop()


@pytest.fixture
def use() -> Iterator[Callable[..., None]]:
    """Configure the client for one test: `use(base_url, timeout_seconds=..., max_retries=...)`."""

    def configure(base_url: str, *, timeout_seconds: float = 20.0, max_retries: int = 0) -> None:
        client.configure(client.ProviderSettings(SECRET, base_url, "test-model", timeout_seconds, max_retries))

    yield configure
    client.configure(None)
