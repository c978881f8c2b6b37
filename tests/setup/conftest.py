"""Running what a person runs: `make` in the foreground, as from a terminal of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.server import ROOT, START_SECONDS, TIED, free_port, wait_for

MAKE = shutil.which("make") or "make"
CONFIGURATION = (
    "STANDIN_",
    "OPENAI_",
    "MONGODB_",
    "REDIS_",
    "AUTH_PORT",
    "CHAT_PORT",
    "HOST",
    "PORT",
    "MAKE",
    "WORKERS",
)


def clean_environment(**environment: str) -> dict[str, str]:
    """The environment of the tests without what would configure Standin or a make inside make."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(CONFIGURATION)}
    return {**kept, **environment}


class Foreground:
    """A make target that stays in the foreground, with Standin's folder and output of its own."""

    def __init__(self, target: str, instance: Path, **environment: str) -> None:
        self.instance = instance
        self.log = instance.with_suffix(".log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*TIED, MAKE, target],
                cwd=ROOT,
                env=clean_environment(STANDIN_INSTANCE=str(instance), **environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def read_log(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def wait_for_line(self, line: str) -> None:
        def is_printed() -> bool:
            assert self.process.poll() is None, f"it ended with {self.process.returncode}:\n{self.read_log()}"
            return line in self.read_log().splitlines()

        wait_for(is_printed, repr(line), START_SECONDS)

    def press_ctrl_c(self) -> int:
        """Send SIGINT as a terminal does, to everything in the foreground. The exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(30)

    def terminate(self) -> int:
        """Send SIGTERM to make alone, as a supervisor does. The exit status."""
        self.process.terminate()
        return self.process.wait(30)

    def left_running(self) -> list[str]:
        """Command lines of the processes that name this instance in their arguments or environment."""
        ours = [
            process
            for process in Path("/proc").iterdir()
            if process.name.isdecimal() and str(self.instance) in _read(process, "cmdline", "environ")
        ]
        return [f"{process.name} {_read(process, 'cmdline')}" for process in ours]

    def end(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)


def _read(process: Path, *names: str) -> str:
    try:
        return "".join((process / name).read_text("utf-8", "replace") for name in names)
    except OSError:  # it has ended meanwhile
        return ""


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Foreground]]:
    """Start a make target: `make("run", PORT="3100")`. What the test leaves behind is killed."""
    started: list[Foreground] = []

    def start(target: str, name: str = "instance", **environment: str) -> Foreground:
        started.append(Foreground(target, tmp_path / name, **environment))
        return started[-1]

    yield start
    for running in started:
        running.end()


@pytest.fixture
def port() -> int:
    return free_port()


def answers(port: int, path: str = "/health") -> requests.Response:
    return requests.get(f"http://127.0.0.1:{port}{path}", timeout=10, allow_redirects=False)
