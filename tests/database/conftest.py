"""Real processes around a real mongod: who runs, who uses it, and waiting for a change."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from app.database.embedded import EmbeddedMongo

PROJECT = Path(__file__).parents[2]
USER_PROGRAM = """
import sys
if sys.argv[2] == "gevent":
    from gevent import monkey
    monkey.patch_all()
from pathlib import Path
from app.database.embedded import EmbeddedMongo
uri = EmbeddedMongo(Path(sys.argv[1])).ensure_running()
print(uri, flush=True)
sys.stdin.readline()
"""


class User:
    """A process of its own that uses the embedded server until it is told to leave."""

    def __init__(self, folder: Path, kind: str = "plain") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER_PROGRAM, str(folder), kind],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )

    def uri(self) -> str:
        """Wait until the server can be used."""
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def begin_to_leave(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def leave(self) -> None:
        self.process.communicate(timeout=30)

    def interrupt(self) -> None:
        """Press Ctrl-C in its terminal."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.communicate(timeout=30)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=30)


@pytest.fixture
def user() -> Iterator[Callable[..., User]]:
    """Start users; those that are still there at the end leave then."""
    users: list[User] = []

    def start(folder: Path, kind: str = "plain") -> User:
        users.append(User(folder, kind))
        return users[-1]

    yield start
    for one in users:
        one.leave()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mongodb"


@pytest.fixture
def mongo(folder: Path) -> Iterator[EmbeddedMongo]:
    """The embedded server of `folder`, not started yet, released at the end."""
    embedded = EmbeddedMongo(folder)
    yield embedded
    embedded.release()


def servers(folder: Path) -> list[int]:
    """The ids of the mongod processes that keep their data in the folder, and are no zombies."""
    return [pid for pid, words in _processes() if words[0].endswith("/mongod") and f"{folder}/data" in words]


def guardians(folder: Path) -> list[int]:
    return [pid for pid, words in _processes() if words[-2:-1] == [str(folder)] and "guardian.py" in words[3]]


def _processes() -> Iterator[tuple[int, list[str]]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_text().split("\0")[:-1]
            except OSError:
                continue
            if words:
                yield int(entry.name), words


def wait_for(condition: Callable[[], Any], seconds: float = 40) -> Any:
    """Wait until the condition gives something true, and return it."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(0.02)
    return value


def write(uri: str, word: str, collection: str = "words") -> None:
    with MongoClient[dict[str, Any]](uri, w="majority", journal=True) as client:
        client.get_default_database()[collection].insert_one({"_id": word})


def read(uri: str, collection: str = "words") -> list[str]:
    with MongoClient[dict[str, Any]](uri) as client:
        return sorted(document["_id"] for document in client.get_default_database()[collection].find())
