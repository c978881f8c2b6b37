"""A server whose provider writes at the test's word."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from tests.ai.raw_provider import serve
from tests.chat.stand_in.pen import Pen
from tests.chat.stored import Documents, MakeRoom, add_room, open_database
from tests.people import Person
from tests.server import Server


@pytest.fixture(scope="package")
def pens() -> list[Pen]:
    return [Pen()]


@pytest.fixture
def pen(pens: list[Pen]) -> Pen:
    """What writes the answers of this test."""
    pens[0] = Pen()
    return pens[0]


@pytest.fixture(scope="package")
def server(pens: list[Pen], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # Not pens[0].answer: each test puts another pen there.
    with serve(lambda: pens[0].answer()) as provider:  # noqa: PLW0108
        folder = tmp_path_factory.mktemp("stand_in")
        models = {"OPENAI_MODELS": "gpt-4o-mini, gpt-4o", "STANDIN_MODEL_PRICES": "gpt-4o-mini=0.15/0.60"}
        running = Server(folder, OPENAI_API_KEY="sk-test", OPENAI_BASE_URL=provider.base_url, **models).start()
        yield running
        pens[0].break_off()
        running.stop()


@pytest.fixture(scope="package")
def documents(server: Server) -> Iterator[Documents]:
    with open_database(server) as database:
        yield database


@pytest.fixture
def room(documents: Documents) -> MakeRoom:
    return partial(add_room, documents)


@pytest.fixture
def ada(server: Server) -> Person:
    """She is busy in these tests."""
    return Person(server.url, "Ada")


@pytest.fixture
def bob(server: Server) -> Person:
    """He asks."""
    return Person(server.url, "Bob")


@pytest.fixture
def cat(server: Server) -> Person:
    return Person(server.url, "Cat")


@pytest.fixture
def eve(server: Server) -> Person:
    """The outsider."""
    return Person(server.url, "Eve")
