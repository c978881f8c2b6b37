"""`make run WORKERS=2` without REDIS_URL: a Redis of its own, from the first line to nothing left running."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.people import Person
from tests.redis_server import PROGRAM
from tests.server import ROOT, free_port, wait_for
from tests.setup.conftest import Foreground, clean_environment

JOINED = "2 workers joined by a Redis of their own: clients connect by WebSocket only"

needs_redis = pytest.mark.skipif(PROGRAM is None, reason="redis-server is not installed")


@pytest.fixture
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], tuple[Foreground, str]]]:
    """`make run WORKERS=2` that is ready, and its address. In a short path, or the Redis is kept elsewhere."""
    started: list[Foreground] = []
    instance = tmp_path_factory.mktemp("workers") / "instance"

    def start() -> tuple[Foreground, str]:
        port = free_port()
        running = Foreground("run", instance, PORT=str(port), WORKERS="2", STANDIN_RATE_LIMITS="off")
        started.append(running)
        running.wait_for_line(f"Standin is ready on http://127.0.0.1:{port}")
        return running, f"http://127.0.0.1:{port}"

    yield start
    for running in started:
        running.end()


def redis_servers(running: Foreground) -> list[int]:
    return [int(line.split()[0]) for line in running.left_running() if "redis-server unixsocket" in line]


def everyone_hears(url: str, body: str) -> bool:
    """Whether a message reaches all of ten connections, which two workers share."""
    ada = Person(url, "Ada")
    sockets = [ada.connect() for _ in range(10)]
    sent = sockets[0].send(ada.lobby(), body)
    try:
        for socket in sockets:
            socket.wait_for("message:created", 2, id=sent["id"])
    except AssertionError:
        return False
    finally:
        for socket in sockets:
            socket.close()
    return True


@needs_redis
def test_ctrl_c_stops_the_redis_that_came_with_the_workers(run: Callable[[], tuple[Foreground, str]]) -> None:
    running, url = run()
    assert JOINED in running.read_log().splitlines()
    wait_for(lambda: everyone_hears(url, "through Redis"), "the second worker to be joined too", 20)
    [redis] = redis_servers(running)
    os.kill(redis, signal.SIGKILL)  # it comes back by itself
    wait_for(lambda: redis_servers(running) not in ([], [redis]), "another redis-server")
    wait_for(lambda: everyone_hears(url, "through the next one"), "the workers to be joined again", 20)
    running.press_ctrl_c()
    wait_for(lambda: not running.left_running(), "every process to end", 20)
    assert list(running.instance.glob("redis-*")) == []
    assert not re.search("Traceback|ERROR", running.read_log()), running.read_log()


@needs_redis
def test_kill_9_leaves_no_redis_behind(run: Callable[[], tuple[Foreground, str]]) -> None:
    running, _ = run()
    assert len(redis_servers(running)) == 1
    os.killpg(running.process.pid, signal.SIGKILL)
    running.process.wait()
    wait_for(lambda: not running.left_running(), "every process to end", 20)
    assert list(running.instance.glob("redis-*")) == []


def test_without_redis_server_the_start_ends_with_one_line(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "gunicorn"],
        check=False,
        cwd=ROOT,
        env=clean_environment(
            PATH=str(tmp_path), PORT=str(free_port()), STANDIN_INSTANCE=str(tmp_path / "instance"), WORKERS="2"
        ),
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert result.returncode == 1
    assert result.stderr == (
        "standin: WORKERS: 2 need a Redis, and redis-server is not installed "
        "(Debian, Ubuntu: apt install redis-server). Or set REDIS_URL\n"
    )
