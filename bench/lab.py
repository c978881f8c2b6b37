"""What every suite works with: the cores, the database, how long to measure, and where results go."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.database.embedded import EmbeddedMongo
from bench.book import Book

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "bench" / "build"


@dataclass(frozen=True)
class Effort:
    """How much is measured. Times in seconds."""

    repetitions: int
    full_repetitions: int
    """Of the full app, where each takes three times as long."""
    seconds: float
    warm_up: float
    idle_connections: int
    connects: int
    logins: int
    slow_seconds: float
    messages: int
    searches: int
    crowd: int
    crowd_seconds: float


FULL = Effort(
    repetitions=2,
    full_repetitions=2,
    seconds=2,
    warm_up=0.5,
    idle_connections=5000,
    connects=2000,
    logins=100,
    slow_seconds=16,
    messages=1_000_000,
    searches=50,
    crowd=10_000,
    crowd_seconds=27,
)
QUICK = Effort(
    repetitions=1,
    full_repetitions=1,
    seconds=1,
    warm_up=0.3,
    idle_connections=1000,
    connects=500,
    logins=10,
    slow_seconds=13,
    messages=20_000,
    searches=10,
    crowd=1000,
    crowd_seconds=3,
)


@dataclass(frozen=True)
class Lab:
    """One run of the benchmark."""

    book: Book
    effort: Effort
    folder: Path
    mongodb_uri: str
    server_cores: str
    worker_cores: str
    """Where two workers run: on a core each, if the machine has three."""


@contextmanager
def database() -> Iterator[tuple[Path, str]]:
    """A scratch folder with a real MongoDB in it; the folder and the server's address.

    mongod inherits the core of this process, which is the clients': both stacks that store meet it on equal terms,
    and what the server's core does is the server's work alone.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        mongo = EmbeddedMongo(Path(name) / "mongodb")
        try:
            yield Path(name), mongo.ensure_running()
        finally:
            mongo.release()


def stay_on(core: int) -> None:
    """Pin this process and everything it starts, unless it is told otherwise."""
    os.sched_setaffinity(0, {core})
