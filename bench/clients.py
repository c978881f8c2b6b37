"""The load client, as the suites see it: who connects, what is sent, what came of it."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.book import Values
from bench.lab import BUILD, Lab
from bench.servers import Running

LOAD = BUILD / "load"
LONGEST_SECONDS = 300


@dataclass(frozen=True)
class Person:
    """One connection: what it says of itself when it connects, and the room it is in."""

    auth: dict[str, str]
    room: str


@dataclass(frozen=True)
class Shape:
    """Rooms, how many connections are in each, and how many of all connections send."""

    name: str
    rooms: int
    members: int
    senders: int

    def people(self) -> list[Person]:
        """Connections for the servers that let anyone in."""
        return [Person({"room": f"r{room}"}, f"r{room}") for room in range(self.rooms) for _ in range(self.members)]


@dataclass(frozen=True)
class Load:
    """What to do: `phases` in the words of the load client, and its other options."""

    people: Sequence[Person]
    phases: Sequence[str] = ()
    senders: int = 0
    options: Sequence[str] = field(default_factory=tuple)


def saturate(lab: Lab) -> str:
    """Closed loop: each sender sends its next message when the last has come back."""
    return f"saturate:1:{lab.effort.seconds:g}"


def steady(lab: Lab, messages: float, seconds: float | None = None) -> str:
    """Open loop: messages per second from all senders together."""
    return f"steady:{messages:g}:{seconds or lab.effort.seconds:g}"


def drive(lab: Lab, server: Running, load: Load) -> list[dict[str, Any]]:
    """Run the phases; the client's report of connecting and of each."""
    with _people_file(load) as path:
        done = subprocess.run(
            _command(lab, server, load, path), stdout=subprocess.PIPE, text=True, timeout=LONGEST_SECONDS, check=False
        )
    if done.returncode:
        raise RuntimeError(f"the load client failed, after: {done.stdout}")
    return [json.loads(line) for line in done.stdout.splitlines()]


@contextmanager
def connected(lab: Lab, server: Running, people: Sequence[Person]) -> Iterator[None]:
    """Keep these people connected, and silent."""
    load = Load(people, ["hold"])
    with _people_file(load) as path:
        client = subprocess.Popen(
            _command(lab, server, load, path), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert client.stdin is not None
        assert client.stdout is not None
        try:
            client.stdout.readline()  # of connecting
            if not client.stdout.readline():  # of having gone quiet
                raise RuntimeError("the load client could not connect everybody")
            yield
        finally:
            client.stdin.close()
            client.wait()


def figures(report: dict[str, Any]) -> Values:
    """The figures of one phase: rates per second, latencies in ms, CPU in seconds per million deliveries."""
    seconds, delivered, reads = report["seconds"], report["delivered"], report["reads"]
    latency, acks = report["delivery_ms"], report["ack_ms"]
    values = {
        "rate": delivered / seconds,
        "messages": report["sent"] / seconds,
        "p50": latency["p50"],
        "p99": latency["p99"],
        "p999": latency["p999"],
        "max": latency["max"],
        "per_read": delivered / reads if reads else 0,
        "server_busy": report["server_cpu"] / seconds,
        "client_busy": report["client_cpu"] / seconds,
    }
    if delivered:
        values["cpu_per_million"] = report["server_cpu"] / delivered * 1e6
    if acks["count"]:
        values |= {"acked": report["acked"] / seconds, "ack_p50": acks["p50"], "ack_p99": acks["p99"]}
    faults = ("refused", "gaps", "disorder", "undelivered", "unacked", "lost_connections")
    return values | {name: report[name] for name in faults}


def _command(lab: Lab, server: Running, load: Load, people: Path) -> list[str]:
    full = ["--namespace", "/chat", "--acks", "--connecting", "16"] if server.server.is_full else []
    watched = [option for pid in server.pids for option in ("--watch", str(pid))]
    common = ["--port", str(server.port), "--people", str(people), "--senders", str(load.senders)]
    return [str(LOAD), *common, "--warmup", f"{lab.effort.warm_up:g}", *full, *watched, *load.options, *load.phases]


@contextmanager
def _people_file(load: Load) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as file:
        for person in load.people:
            file.write(f"{json.dumps(person.auth, separators=(',', ':'))}\t{person.room}\n")
        file.flush()
        yield Path(file.name)
