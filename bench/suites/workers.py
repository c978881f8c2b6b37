"""Two workers that Redis joins, against one without."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.clients import Load, Shape, drive, figures, saturate, steady
from bench.lab import Lab
from bench.servers import STANDIN_TRANSPORT, STANDIN_TWO_WORKERS, Server, running

SUITE = "two workers"
THOUSAND = Shape("1,000 in a room", 1, 1000, 25)
ROOMS = Shape("20 rooms of 50", 20, 50, 100)
MESSAGES = {THOUSAND: 60, ROOMS: 1200}  # per second: 60,000 deliveries


def run(lab: Lab) -> None:
    if shutil.which("redis-server") is None:
        print("    redis-server is not installed: left out")
        return
    for _ in range(lab.effort.repetitions):
        with _redis(lab) as url:
            for server in (STANDIN_TRANSPORT, STANDIN_TWO_WORKERS):
                with lab.book.attempt(f"two workers, {server.name}"):
                    _measure(lab, server, {"REDIS_URL": url} if server.workers > 1 else {})


def _measure(lab: Lab, server: Server, variables: dict[str, str]) -> None:
    with running(lab, server, **variables) as started:
        for shape, messages in MESSAGES.items():
            phases = [steady(lab, messages), saturate(lab)]
            _, at_rate, saturated = drive(lab, started, Load(shape.people(), phases, shape.senders))
            lab.book.note(SUITE, f"{shape.name}, 60,000 deliveries/s", server.name, figures(at_rate))
            lab.book.note(SUITE, f"{shape.name}, saturated", server.name, figures(saturated))


@contextmanager
def _redis(lab: Lab) -> Iterator[str]:
    """redis-server on the clients' core, like mongod, on a Unix socket."""
    path = lab.folder / "redis.sock"
    options = ["--port", "0", "--unixsocket", str(path), "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(["redis-server", *options], cwd=lab.folder, stdout=subprocess.DEVNULL)
    try:
        while not path.exists() and process.poll() is None:
            time.sleep(0.02)
        yield f"unix://{path}"
    finally:
        process.terminate()
        process.wait()
        path.unlink(missing_ok=True)
