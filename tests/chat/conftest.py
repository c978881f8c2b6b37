"""A cast that the tests of a module share, rooms of their own, and a look into the server's database."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from tests.chat.busy import Busy, set_status, set_up
from tests.chat.stored import Connect, Documents, MakeRoom, add_room, open_database
from tests.people import Person, Socket
from tests.server import Server


@pytest.fixture(scope="session")
def documents(server: Server) -> Iterator[Documents]:
    with open_database(server) as database:
        yield database


@pytest.fixture
def room(documents: Documents) -> MakeRoom:
    """Make a closed room: `room(ada, bob)` is its id."""
    return partial(add_room, documents)


# Not for longer than a module: what they log in with is good for a quarter of an hour.
@pytest.fixture(scope="module")
def ada(server: Server) -> Person:
    return Person(server.url, "Ada")


@pytest.fixture(scope="module")
def bob(server: Server) -> Person:
    return Person(server.url, "Bob")


@pytest.fixture(scope="module")
def eve(server: Server) -> Person:
    """The outsider, a member of the Lobby alone."""
    return Person(server.url, "Eve")


@pytest.fixture
def busy(online: Connect) -> Iterator[Busy]:
    """Make somebody busy, with a stand-in that answers, until the test is over: `busy(ada, note="...")` is one of their
    connections."""
    sockets: list[Socket] = []

    def begin(someone: Person, **details: str) -> Socket:
        set_up(someone)
        sockets.append(online(someone))
        set_status(sockets[-1], "busy", **details)
        return sockets[-1]

    yield begin
    for socket in sockets:
        set_status(socket, "available")
