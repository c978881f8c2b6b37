from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from threading import Event

import pytest

from tests.ai.raw_provider import JSON_HEAD, serve
from tests.chat.busy import Busy, replies, reply, set_status
from tests.chat.stored import Connect, MakeRoom, add_room, open_database
from tests.people import Person
from tests.server import Server

COMPLETION = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "Late."}, "finish_reason": "stop"}]}


@dataclass
class SlowProvider:
    """Answers when its door is open, and tells that it was asked."""

    asked: Event = field(default_factory=Event)
    door: Event = field(default_factory=Event)

    def answer(self) -> Iterator[bytes]:
        self.asked.set()
        self.door.wait(60)
        yield JSON_HEAD + json.dumps(COMPLETION).encode()


@pytest.fixture
def provider() -> SlowProvider:
    return SlowProvider()


@pytest.fixture
def server(provider: SlowProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One with this provider, in place of the one that all tests share."""
    with serve(provider.answer) as raw:
        folder = tmp_path_factory.mktemp("slow_provider")
        running = Server(folder, OPENAI_API_KEY="sk-test", OPENAI_BASE_URL=raw.base_url).start()
        yield running
        provider.door.set()
        running.stop()


@pytest.fixture
def room(server: Server) -> Iterator[MakeRoom]:
    with open_database(server) as documents:
        yield partial(add_room, documents)


def test_while_the_provider_hangs_nobody_waits_and_who_comes_back_answers_themselves(
    server: Server, provider: SlowProvider, room: MakeRoom, online: Connect, busy: Busy
) -> None:
    ada, bob = Person(server.url, "Ada"), Person(server.url, "Bob")
    den, other = room(ada, bob), room(ada, bob)
    owner, asker = busy(ada), online(bob)
    asker.send(den, "Where is the plan?")
    assert provider.asked.wait(10)
    for number in range(50):
        asker.send(den, f"Message {number}")
    assert [message["origin"] for message in bob.messages(den, limit=100)] == ["person"] * 51

    set_status(owner, "available")
    set_status(owner, "busy")
    provider.door.set()
    asker.send(other, "By the time that this is answered the other answers would have been as well")
    assert reply(asker, other)["body"] == "Late."
    assert replies(bob, den) == []
