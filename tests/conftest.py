"""What all tests share: a real MongoDB, the app in this process, and a real server in another."""

from __future__ import annotations

import glob
import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from mongoengine import ConnectionFailure, get_db

from app import create_app, database
from config import Settings, load_settings
from tests.people import Person, Socket
from tests.server import ROOT, Server

# No test asserts a time, and a busy machine makes examples slow.
hypothesis.settings.register_profile(
    "standin", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("standin")

for client in ("engineio.client", "socketio.client"):  # without a level they write to a stream that pytest has closed
    logging.getLogger(client).setLevel(logging.ERROR)


# In this order where processes share the tests. The folders that take longest come first: the process that ends last
# decides how long it takes. Whatever a folder's tests share stops behind them, as even a server at rest takes a
# fortieth of a core: so the folders stay together, and those that share what is for the whole run are the last.
FOLDERS = ["system", "torture", "setup", "database", "attacks", "ai", "chat/stand_in", "chat/notices", "chat/unfurl"]
FOLDERS += ["realtime", "auth", "chat/search", "chat", ""]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where processes share the tests: folder by folder, and in each the modules of which more is written first."""
    if hasattr(config, "workerinput"):
        size = {path: path.stat().st_size for path in {item.path for item in items}}
        place = {ROOT / "tests" / name: place for place, name in enumerate(FOLDERS)}
        items.sort(key=lambda item: (place.get(item.path.parent, 0), -size[item.path], str(item.path)))


@pytest.fixture(scope="module", autouse=True)
def disk_given_back(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Iterator[None]:
    """A database takes 300 MB of the disk, and the tests start some hundred: those that ended go after each module.

    Not that of the app in this process: it rests where tests of connecting let go of it.
    """
    yield
    found = glob.iglob(f"{tmp_path_factory.getbasetemp()}/**/data/mongod.lock", recursive=True)
    for lock in {Path(lock).resolve() for lock in found}:  # pytest has a second name for each folder: a link to it
        if not _is_held(lock) and not lock.is_relative_to(settings.instance.resolve()):
            shutil.rmtree(lock.parent, ignore_errors=True)


def _is_held(lock: Path) -> bool:
    """Whether the mongod that wrote it still runs. One that stops in order leaves it empty."""
    owner = lock.read_text().strip()
    return bool(owner) and Path("/proc", owner).exists()


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(instance=tmp_path_factory.mktemp("standin"), rate_limits=False)


@pytest.fixture(scope="session")
def session_app(settings: Settings) -> Iterator[Flask]:
    yield create_app(settings)
    database.disconnect()


@pytest.fixture
def app(session_app: Flask, settings: Settings) -> Iterator[Flask]:
    """The app with an empty database, inside an application context."""
    try:
        get_db()
    except ConnectionFailure:  # a test of connecting was here
        database.connect(settings)
    for name in get_db().list_collection_names():
        get_db()[name].delete_many({})
    with session_app.app_context():
        yield session_app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def loop_time() -> None:
    """For tests with timeouts of gevent's: its clock stands while no greenlet runs, so they would be over at once."""
    gevent.get_hub().loop.update_now()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running Standin for all tests that need no other; each test brings people of its own."""
    running = Server(tmp_path_factory.mktemp("server")).start()
    yield running
    assert running.stop() == 0, running.read_log()


@pytest.fixture
def person(server: Server) -> Callable[[str], Person]:
    """Sign somebody up on the running server: `person("Ada")`."""
    return lambda name: Person(server.url, name)


@pytest.fixture
def online() -> Iterator[Callable[..., Socket]]:
    """Connect people, and disconnect them after the test: `online(ada)`."""
    sockets: list[Socket] = []

    def connect(someone: Person, **kwargs: object) -> Socket:
        sockets.append(someone.connect(**kwargs))
        return sockets[-1]

    yield connect
    for socket in sockets:
        socket.close()


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Servers that a test may treat as it likes; whatever still runs afterwards is stopped."""
    servers: list[Server] = []

    def make(name: str = "server", **environment: str) -> Server:
        servers.append(Server(tmp_path / name, **environment))
        return servers[-1]

    yield make
    for running in servers:
        running.stop()
