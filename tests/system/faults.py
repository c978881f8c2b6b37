"""What a test does to a running server that nobody should."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.server import Server


def kill_app(server: Server) -> None:
    """Master and worker; the database is left to its guardian."""
    server.kill()


def kill_worker(server: Server) -> None:
    """Only what serves; gunicorn starts another."""
    for worker in workers(server):
        os.kill(worker, signal.SIGKILL)


def workers(server: Server) -> list[int]:
    """The processes that serve."""
    assert server.process is not None
    return [
        int(pid) for pid in Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    ]


def resident(pid: int) -> float:
    """The memory that a process has, in MB; 0 for one that has just ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def frozen(*pids: int) -> Iterator[None]:
    """Processes that stand still meanwhile: their connections are open, and nobody answers."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def kill_one_worker(server: Server) -> None:
    """Where several serve, the others go on."""
    assert server.process is not None
    workers = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    if workers:
        os.kill(int(workers[0]), signal.SIGKILL)


def kill_database(server: Server) -> None:
    """Only what stores; its guardian starts another."""
    data = b"--dbpath\0" + os.fsencode(server.instance / "mongodb" / "data")
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            is_database = data in entry.read_bytes()
        except OSError:  # it has just ended
            continue
        if is_database:
            os.kill(int(entry.parent.name), signal.SIGKILL)


def kill_everything(server: Server) -> None:
    """The database first, so that it cannot finish what the app has begun."""
    kill_database(server)
    server.kill()


def is_healthy(server: Server) -> bool:
    """Whether the server answers, and so does its database."""
    try:
        return requests.get(f"{server.url}/health", timeout=5).ok
    except requests.RequestException:
        return False
