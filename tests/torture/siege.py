"""A crowd that talks to a server, in a process of its own, and the reckoning of what was said, promised and shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.chat.stored import Documents, add_room
from tests.people import Person
from tests.report import report
from tests.server import ROOT, Server, wait_for
from tests.system.faults import is_healthy, resident, workers
from tests.torture.client import digest

A_ROOM = 12  # people in one room
BACK_SECONDS = 60.0
OF_THE_CROWD = {"client_message_id": {"$regex": "^P"}}
Blow = Callable[[Server], float | None]
"""Does something to a server. Returns from when on there was again what it needs, if that was not at once."""


@dataclass(frozen=True)
class Struck:
    """What one blow came to, in seconds and MB."""

    back: float
    """From when there was again what the server needs until a message sent after that was acknowledged."""
    silence: float
    """For how long nobody was acknowledged anything."""
    settled: float
    """From the same moment as `back` until everyone was up to date and everything was acknowledged."""
    worker: float
    """The memory of the workers when all was over."""
    mongod: float


class Siege:
    """A server, a crowd in another process, and what was counted."""

    def __init__(
        self, server: Server, stored: Documents, people: list[dict[str, str]], folder: Path, pause: float = 2.0
    ) -> None:
        self.server = server
        self.stored = stored
        self.people = people
        given = folder / "crowd.json"
        given.write_text(json.dumps({"url": server.url, "people": people, "pause": pause}), "utf-8")
        self._crowd = subprocess.Popen(
            [sys.executable, "-m", "gevent.monkey", "--module", "tests.torture.crowd", str(given)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.promises: dict[str, str] = {}
        self.acks: list[tuple[float, float]] = []
        self.talk_seconds = 1.2
        self._pages: dict[Any, int] = defaultdict(int)

    def strike(self, name: str, blow: Blow) -> Struck:
        """One blow while everybody talks, and the reckoning."""
        self.go()
        time.sleep(self.talk_seconds)
        since = blow(self.server) or time.monotonic()
        wait_for(lambda: is_healthy(self.server), f"the server to be back after: {name}", BACK_SECONDS)
        time.sleep(self.talk_seconds / 2)
        assert self.reckon(name) > 0, f"{name}: nobody said anything"
        settled = time.monotonic()
        moments = sorted(acked for _, acked in self.acks)
        return Struck(
            back=min((acked for sent, acked in self.acks if sent > since), default=settled) - since,
            silence=max((later - earlier for earlier, later in pairwise(moments)), default=0.0),
            settled=settled - since,
            worker=memory(workers(self.server)),
            mongod=memory(mongods(self.server)),
        )

    def go(self) -> None:
        """Everybody talks from now on."""
        self._tell("go")

    def reckon(self, name: str) -> int:
        """How many messages there are more than the last time, after these were compared."""
        self.acks.clear()
        told = self._tell("settle")
        self.settling = told["seconds"]
        assert told["unsettled"] == [], (name, told["unsettled"])
        messages = self._new_messages()
        by_key = {message["client_message_id"]: message for message in messages}
        assert len(by_key) == len(messages), f"{name}: messages are there twice"
        for client in told["clients"]:
            _check_promises(name, client, by_key)
            _check_order(name, client, messages)
            self.promises |= client["acked"]
            self.acks += client["acks"]
        _check_screens(name, told["clients"], messages)
        assert len(self.promises) == sum(client["said"] for client in told["clients"]), name
        assert self.stored["messages"].count_documents(OF_THE_CROWD) == len(self.promises), name
        return len(messages)

    def _new_messages(self) -> list[dict[str, Any]]:
        """Those after the ones that were compared, which everybody's screens have forgotten."""
        found = []
        for room in self.stored["messages"].distinct("room"):
            found += self.stored["messages"].find({"room": room, "seq": {"$gt": self._pages[room]}}).sort("seq")
            self._pages[room] = found[-1]["seq"] if found and found[-1]["room"] == room else self._pages[room]
        return [message for message in found if message["client_message_id"].startswith("P")]

    def check_all(self) -> None:
        """In the end, those that were compared long ago: each promise is still kept."""
        kept = self.stored["messages"].find(OF_THE_CROWD, {"client_message_id": 1})
        assert {message["client_message_id"]: str(message["_id"]) for message in kept} == self.promises

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
    for key, message_id in client["acked"].items():
        assert str(by_key[key]["_id"]) == message_id, f"{name}: {key} was acknowledged as {message_id}"


def _check_order(name: str, client: dict[str, Any], messages: list[dict[str, Any]]) -> None:
    mine = [one["client_message_id"] for one in messages if one["client_message_id"].startswith(client["name"] + "-")]
    first = client["said"] - len(client["acked"]) + 1
    assert mine == [f"{client['name']}-{number}" for number in range(first, client["said"] + 1)], (name, client["name"])


def _check_screens(name: str, clients: list[dict[str, Any]], messages: list[dict[str, Any]]) -> None:
    by_room = defaultdict(list)
    for m in messages:
        last = max(change["n"] for change in m["changes"])
        by_room[str(m["room"])].append((str(m["_id"]), m["seq"], last, m["client_message_id"], m["body"]))
    for client in clients:
        assert client["view"] == digest(by_room[client["room_id"]]), f"{name}: {client['name']} sees something else"


def people(server: Server, stored: Documents, count: int) -> list[dict[str, str]]:
    with ThreadPoolExecutor(8) as pool:
        everyone = list(pool.map(lambda number: Person(server.url, f"P{number}"), range(count)))
    rooms = [add_room(stored, *everyone[start : start + A_ROOM]) for start in range(0, count, A_ROOM)]
    return [
        {"token": person.token, "email": person.email, "room_id": rooms[number // A_ROOM], "name": person.name}
        for number, person in enumerate(everyone)
    ]


def mongods(server: Server) -> list[int]:
    data = b"--dbpath\0" + os.fsencode(server.instance / "mongodb" / "data")
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += [int(entry.parent.name)] if data in entry.read_bytes() else []
        except OSError:  # it has just ended
            continue
    return found


def say(line: str) -> None:
    """Report it with the time of day."""
    report(f"{time.strftime('%H:%M:%S')} {line}")


def memory(pids: list[int]) -> float:
    """What they have in all, in MB."""
    return sum(map(resident, pids))


def memories(server: Server) -> str:
    """Of all workers and of mongod."""
    return f"{memory(workers(server)):.0f} and {memory(mongods(server)):.0f} MB"
