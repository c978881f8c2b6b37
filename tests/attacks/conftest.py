"""Attacks are made on a server of their own: the whole of its database and of its log is looked at afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.world import World, build
from tests.chat.stored import Documents, open_database
from tests.server import Server


@pytest.fixture(scope="package")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    watched = f"--config={Path(__file__).with_name('watched_server.py')}"
    running = Server(tmp_path_factory.mktemp("attacked"), GUNICORN_CMD_ARGS=watched).start()
    yield running
    assert running.stop() == 0, running.read_log()


@pytest.fixture(scope="package")
def stored(attacked: Server) -> Iterator[Documents]:
    with open_database(attacked) as database:
        yield database


@pytest.fixture(scope="package")
def world(attacked: Server, stored: Documents) -> Iterator[World]:
    built = build(attacked, stored)
    yield built
    built.close()
