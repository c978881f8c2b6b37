"""A crowd talks while what serves and stores it is killed, frozen, replaced or out of space.

After each blow: every promise is kept, nothing is there twice, each author's messages stand in the order in which they
were said, and every screen shows what the database holds. `make torture` does it with 200 people and 50 blows of each
kind (`STANDIN_CROWD`, `STANDIN_BLOWS`); a run of the tests, with a few people, gives one of each.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.chat.stored import Documents, add_room, open_database
from tests.people import Person
from tests.report import report
from tests.server import ROOT, Server, wait_for
from tests.system.faults import frozen, is_healthy, kill_database, kill_everything, kill_worker, workers
from tests.torture.client import digest

PEOPLE = int(os.environ.get("STANDIN_CROWD", "24"))
BLOWS = int(os.environ.get("STANDIN_BLOWS", "1"))
A_ROOM = 12  # people in one room
FROZEN_SECONDS = 30 if BLOWS > 1 else 3
TALK_SECONDS = 2.0 if BLOWS > 1 else 1.2
BACK_SECONDS = 60.0


class Siege:
    """A server, a crowd in another process, and what was counted."""

    def __init__(self, server: Server, stored: Documents, people: list[dict[str, str]], folder: Path) -> None:
        self.server = server
        self.stored = stored
        given = folder / "crowd.json"
        given.write_text(json.dumps({"url": server.url, "people": people}), "utf-8")
        self._crowd = subprocess.Popen(
            [sys.executable, "-m", "gevent.monkey", "--module", "tests.torture.crowd", str(given)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.back: dict[str, list[float]] = defaultdict(list)
        self.blows: Counter[str] = Counter()
        self.count = 0

    def strike(self, name: str, blow: Callable[[Server], None]) -> None:
        """One blow while everybody talks, and the reckoning."""
        self._tell("go")
        time.sleep(TALK_SECONDS)
        blow(self.server)
        struck = time.monotonic()
        wait_for(lambda: is_healthy(self.server), f"the server to be back after: {name}", BACK_SECONDS)
        self.back[name].append(time.monotonic() - struck)
        time.sleep(TALK_SECONDS / 2)
        self.blows[name] += 1
        count = self.reckon(name)
        report(f"{name}: back after {self.back[name][-1]:.1f} s, {count} messages right on {PEOPLE} screens")
        assert count > self.count, f"{name}: nobody said anything"
        self.count = count

    def reckon(self, name: str) -> int:
        """How many messages there are, after everything was compared."""
        told = self._tell("settle")
        assert told["unsettled"] == [], (name, told["unsettled"])
        messages = list(self.stored["messages"].find({"origin": "person"}).sort([("room", 1), ("seq", 1)]))
        by_key = {message["client_message_id"]: message for message in messages}
        assert len(by_key) == len(messages), f"{name}: messages are there twice"
        for client in told["clients"]:
            _check_promises(name, client, by_key)
            _check_order(name, client, messages)
        _check_screens(name, told["clients"], messages)
        return len(messages)

    def leave(self) -> None:
        assert self._crowd.stdin
        self._crowd.stdin.close()
        self._crowd.wait(30)
        assert self._crowd.stdout
        self._crowd.stdout.close()

    def _tell(self, word: str) -> Any:
        assert self._crowd.stdin
        assert self._crowd.stdout
        self._crowd.stdin.write(word + "\n")
        self._crowd.stdin.flush()
        return json.loads(self._crowd.stdout.readline())


def _check_promises(name: str, client: dict[str, Any], by_key: dict[str, dict[str, Any]]) -> None:
    assert client["faults"] == [], (name, client["faults"])
    assert len(client["acked"]) == client["said"], (name, client["name"])
    for key, message_id in client["acked"].items():
        assert str(by_key[key]["_id"]) == message_id, f"{name}: {key} was acknowledged as {message_id}"


def _check_order(name: str, client: dict[str, Any], messages: list[dict[str, Any]]) -> None:
    mine = [one["client_message_id"] for one in messages if one["client_message_id"].startswith(client["name"] + "-")]
    assert mine == [f"{client['name']}-{number}" for number in range(1, client["said"] + 1)], (name, client["name"])


def _check_screens(name: str, clients: list[dict[str, Any]], messages: list[dict[str, Any]]) -> None:
    by_room = defaultdict(list)
    for m in messages:
        last = max(change["n"] for change in m["changes"])
        by_room[str(m["room"])].append((str(m["_id"]), m["seq"], last, m["client_message_id"], m["body"]))
    for client in clients:
        assert client["view"] == digest(by_room[client["room_id"]]), f"{name}: {client['name']} sees something else"


@pytest.fixture(scope="module")
def siege(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siege]:
    folder = tmp_path_factory.mktemp("siege")
    with _small_disk(folder / "instance") as instance:
        server = Server(instance, STANDIN_MESSAGES_A_MINUTE="0")
        server.log = folder / "server.log"  # not on the small disk, which is gone afterwards
        server.start()
        with open_database(server) as stored:
            besieged = Siege(server, stored, _people(server, stored), folder)
            yield besieged
            besieged.leave()
            _report(besieged)
        server.stop()


def _people(server: Server, stored: Documents) -> list[dict[str, str]]:
    with ThreadPoolExecutor(8) as pool:
        people = list(pool.map(lambda number: Person(server.url, f"P{number}"), range(PEOPLE)))
    rooms = [add_room(stored, *people[start : start + A_ROOM]) for start in range(0, PEOPLE, A_ROOM)]
    return [
        {"token": person.token, "room_id": rooms[number // A_ROOM], "name": person.name}
        for number, person in enumerate(people)
    ]


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path]:
    """A folder on a file system of its own, which can be filled; where only root may make one, an ordinary folder."""
    folder.mkdir()
    mount, umount = (shutil.which(program) or "/bin/false" for program in ("mount", "umount"))
    mounted = subprocess.run([mount, "-t", "tmpfs", "-o", "size=1g", "tmpfs", str(folder)], check=False)
    try:
        yield folder
    finally:
        if mounted.returncode == 0:
            subprocess.run([umount, "--lazy", str(folder)], check=True)


def _report(siege: Siege) -> None:
    times = ", ".join(f"{name} {max(seconds):.1f} s" for name, seconds in siege.back.items())
    blows = ", ".join(f"{name} {count} times" for name, count in siege.blows.items())
    messages = siege.stored["messages"].count_documents({})
    report(f"{PEOPLE} people, {messages} messages; {blows}. Longest until back: {times}")


def deploy(server: Server) -> None:
    """SIGTERM, and the next version is started."""
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(20)
    server.start()


def kill_all(server: Server) -> None:
    kill_everything(server)
    server.start()


def freeze_database(server: Server) -> None:
    """As a disk does that does not answer: mongod stands still, with its connections open."""
    with frozen(*_mongods(server)):
        time.sleep(FROZEN_SECONDS)


def fill_disk(server: Server) -> None:
    """No byte is left for mongod; then there is room again."""
    filler = server.instance / "filler"
    with filler.open("wb") as file:
        try:
            while file.write(b"\0" * 2**20):
                file.flush()
        except OSError:
            pass
    time.sleep(FROZEN_SECONDS)
    filler.unlink()


def _mongods(server: Server) -> list[int]:
    data = b"--dbpath\0" + os.fsencode(server.instance / "mongodb" / "data")
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += [int(entry.parent.name)] if data in entry.read_bytes() else []
        except OSError:  # it has just ended
            continue
    return found


FAULTS: dict[str, Callable[[Server], None]] = {
    "kill -9 of the worker": kill_worker,
    "kill -9 of mongod": kill_database,
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
    before = _memory(siege.server)
    for _ in range(BLOWS):
        siege.strike(name, FAULTS[name])
    report(f"{name}: memory of the worker {before:.0f} MB before, {_memory(siege.server):.0f} MB after")


def _memory(server: Server) -> float:
    """Of all workers, in MB."""
    fields = [Path(f"/proc/{pid}/statm").read_text().split()[1] for pid in workers(server)]
    return sum(map(int, fields)) * os.sysconf("SC_PAGE_SIZE") / 1e6
