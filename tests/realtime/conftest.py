"""Servers of the transport for its tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.realtime.transport import Transport, opened


@pytest.fixture(autouse=True)
def _leave() -> Iterator[None]:
    """Close the clients of each test after it."""
    yield
    while opened:
        opened.pop()()


@pytest.fixture(scope="package")
def transport(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Transport]:
    """A server with its usual limits, for all tests that need no others."""
    running = Transport(tmp_path_factory.mktemp("transport") / "server.log")
    yield running
    running.stop()


@pytest.fixture(scope="package")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Transport]:
    """A server whose deadlines are all a fraction of a second, so that tests can wait for them."""
    limits = {
        "header_seconds": 0.5,
        "keep_alive_seconds": 0.5,
        "body_seconds": 0.5,
        "write_seconds": 0.5,
        "connect_seconds": 0.5,
        "upgrade_seconds": 0.2,
        "linger_seconds": 0.5,
    }
    log = tmp_path_factory.mktemp("impatient") / "server.log"
    running = Transport(log, limits, ping_interval=0.3, ping_timeout=0.2)
    yield running
    running.stop()


@pytest.fixture
def make_transport(tmp_path: Path) -> Iterator[Callable[..., Transport]]:
    """Servers of a test's own."""
    running: list[Transport] = []

    def make(**options: object) -> Transport:
        running.append(Transport(tmp_path / f"server-{len(running)}.log", **options))  # type: ignore[arg-type]
        return running[-1]

    yield make
    for one in running:
        one.stop()
