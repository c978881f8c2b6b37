"""A cast that the tests of the chat share, rooms of their own, and a look into the server's database."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from tests.chat.stored import Documents, MakeRoom, add_room, open_database
from tests.people import Person
from tests.server import Server


@pytest.fixture(scope="session")
def documents(server: Server) -> Iterator[Documents]:
    yield from open_database(server)


@pytest.fixture
def room(documents: Documents) -> MakeRoom:
    """Make a closed room: `room(ada, bob)` is its id."""
    return partial(add_room, documents)


@pytest.fixture(scope="session")
def ada(server: Server) -> Person:
    return Person(server.url, "Ada")


@pytest.fixture(scope="session")
def bob(server: Server) -> Person:
    return Person(server.url, "Bob")


@pytest.fixture(scope="session")
def eve(server: Server) -> Person:
    """The outsider, a member of the Lobby alone."""
    return Person(server.url, "Eve")
