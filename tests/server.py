"""A real Standin for tests: gunicorn with its gevent worker as a child, in a folder and on a port of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import requests

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
PATIENCE = 30.0
"""How long a test waits for what is to happen: as long as it takes on a machine with much else to do."""
TIED = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
"""Before a command: its process ends with that of the tests, even where Ctrl-C gives these no time to stop it."""
PORTS = range(11_000, 32_000)
QUICK = {"STANDIN_RATE_LIMITS": "off", "STANDIN_UNFURL": "off", "STANDIN_BCRYPT_COST": "4"}
"""What most tests are not about, and would wait for. Production takes the first and the last of them as wrong."""
Found = TypeVar("Found")


def free_port() -> int:
    """A port that nobody has, drawn so that hardly anybody else can get it before it is used.

    The kernel's own choice would be out of the range of outgoing connections, where one may take it meanwhile.
    """
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def wait_for(look: Callable[[], Found], what: str, seconds: float = PATIENCE) -> Found:
    """The first true value that `look` gives; fails with `what` was waited for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s for {what}")


def start_together(servers: Sequence[Server]) -> None:
    for server in servers:
        server.launch()
    for server in servers:
        server.wait_until_it_answers()


class Server:
    """Start, stop and kill one Standin. `environment` adds to or replaces the variables it is given."""

    def __init__(self, instance: Path, port: int | None = None, **environment: str) -> None:
        self.instance = instance
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = instance / "server.log"
        self.environment = {**QUICK, **environment}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Server:
        self.launch()
        self.wait_until_it_answers()
        return self

    def launch(self) -> None:
        self.instance.mkdir(parents=True, exist_ok=True)
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("STANDIN_", "OPENAI_", "MONGODB_", "REDIS_", "WORKERS"))
        }
        own = {"HOST": "127.0.0.1", "PORT": str(self.port), "STANDIN_INSTANCE": str(self.instance)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*TIED, sys.executable, "-m", "gunicorn"],
                cwd=ROOT,
                env={**inherited, **own, **self.environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_it_answers(self) -> None:
        try:
            wait_for(self._answers, "the server to answer", START_SECONDS)
        except BaseException as error:
            error.add_note(f"its log:\n{self.read_log()}")
            self.kill()
            raise

    def stop(self) -> int:
        """Stop as Ctrl-C does. The exit status."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(20)
        self.process = None
        return status

    def kill(self) -> None:
        """As the power going out: master and worker at once, without a last word."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        self.process = None

    def read_log(self) -> str:
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the server ended with {self.process.returncode}:\n{self.read_log()}"
        try:
            return requests.get(f"{self.url}/health", timeout=10).status_code == 200
        except (requests.ConnectionError, requests.Timeout):
            return False
