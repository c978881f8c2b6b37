"""A crowd talks while what serves and stores it is killed, frozen, replaced or out of space.

After each blow: every promise is kept, nothing is there twice, each author's messages stand in the order in which they
were said, and every screen shows what the database holds. `make torture` does it with 200 people and 50 blows of each
kind (`STANDIN_CROWD`, `STANDIN_BLOWS`), and wants the server back in time and its memory where it was; a run of the
tests, with a few people, gives one of each.
"""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.chat.stored import open_database
from tests.server import Server
from tests.system.faults import frozen, kill_database, kill_everything, kill_worker
from tests.torture.siege import Blow, Siege, Struck, memories, mongods, people, say

PEOPLE = int(os.environ.get("STANDIN_CROWD", "24"))
BLOWS = int(os.environ.get("STANDIN_BLOWS", "1"))
IS_LONG = BLOWS > 1
FROZEN_SECONDS = 30 if IS_LONG else 3
BACK_SECONDS = 10.0  # by then it has to be back, in the long form
GROWTH = 1.1  # and by so much its workers may grow, from the first fifth of the blows to the last
MONGOD_MB = 600  # what mongod may have: its cache takes 256, and fills
PAUSE = 2.0  # between two messages of a person, about
TALK_SECONDS = 2.0 if IS_LONG else 1.2
DISK = "2g" if IS_LONG else "1g"


@pytest.fixture(scope="module")
def siege(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siege]:
    folder = tmp_path_factory.mktemp("siege")
    with _small_disk(folder / "instance") as instance:
        server = Server(instance, STANDIN_MESSAGES_A_MINUTE="0")
        server.log = folder / "server.log"  # not on the small disk, which is gone afterwards
        server.start()
        with open_database(server) as stored:
            besieged = Siege(server, stored, people(server, stored, PEOPLE), folder, pause=PAUSE)
            besieged.talk_seconds = TALK_SECONDS
            yield besieged
            besieged.leave()
            besieged.check_all()
        server.stop()


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path]:
    """A folder on a file system of its own, which can be filled; where only root may make one, an ordinary folder."""
    folder.mkdir()
    mount, umount = (shutil.which(program) or "/bin/false" for program in ("mount", "umount"))
    mounted = subprocess.run([mount, "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)], check=False)
    try:
        yield folder
    finally:
        if mounted.returncode == 0:
            subprocess.run([umount, "--lazy", str(folder)], check=True)


def _at_once(kill: Callable[[Server], None]) -> Blow:
    def blow(server: Server) -> float:
        kill(server)
        return time.monotonic()

    return blow


def deploy(server: Server) -> float:
    """SIGTERM, and the next version is started."""
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(20)
    return _start(server)


def kill_all(server: Server) -> float:
    kill_everything(server)
    return _start(server)


def _start(server: Server) -> float:
    since = time.monotonic()
    server.start()
    return since


def freeze_database(server: Server) -> float:
    """As a disk does that does not answer: mongod stands still, with its connections open."""
    with frozen(*mongods(server)):
        time.sleep(FROZEN_SECONDS)
    return time.monotonic()


def fill_disk(server: Server) -> float:
    """No byte is left for mongod; then there is room again."""
    filler = server.instance / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"\0" * 2**20):
            pass
    time.sleep(FROZEN_SECONDS)
    filler.unlink()
    return time.monotonic()


FAULTS: dict[str, Blow] = {
    "kill -9 of the worker": _at_once(kill_worker),
    "kill -9 of mongod": _at_once(kill_database),
    "kill -9 of both": kill_all,
    "a deploy by SIGTERM": deploy,
    f"mongod frozen for {FROZEN_SECONDS} s": freeze_database,
    f"a full disk for {FROZEN_SECONDS} s": fill_disk,
}


@pytest.mark.torture
@pytest.mark.timeout(120 + BLOWS * (FROZEN_SECONDS + 60))
@pytest.mark.parametrize("name", FAULTS)
def test_no_promise_is_broken_and_every_screen_shows_the_same(siege: Siege, name: str) -> None:
    if name.startswith("a full disk") and not os.path.ismount(siege.server.instance):
        pytest.skip("only root may make a small disk")
    say(f"{name}: {PEOPLE} people, worker and mongod have {memories(siege.server)}")
    blows: list[Struck] = []
    before = len(siege.promises)
    for number in range(1, BLOWS + 1):
        blows.append(siege.strike(name, FAULTS[name]))
        say(f"{name}, blow {number}: {len(siege.promises) - before} messages so far; {_told(blows)}")
        assert blows[-1].back <= BACK_SECONDS or not IS_LONG
    if IS_LONG:
        fifth = max(BLOWS // 5, 1)
        first, last = (statistics.median(one.worker for one in some) for some in (blows[:fifth], blows[-fifth:]))
        assert last <= first * GROWTH
        assert blows[-1].mongod <= MONGOD_MB


def _told(blows: Sequence[Struck]) -> str:
    """Of each the last, the median and the most."""
    parts = [
        f"{word} {values[-1]:.1f} ({statistics.median(values):.1f}, {max(values):.1f}) s"
        for word, values in (
            ("back after", [one.back for one in blows]),
            ("all up to date after", [one.settled for one in blows]),
            ("silence of", [one.silence for one in blows]),
        )
    ]
    return f"{', '.join(parts)}; {blows[-1].worker:.0f} and {blows[-1].mongod:.0f} MB"
