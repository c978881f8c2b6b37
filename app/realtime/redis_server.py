"""A Redis of our own for the worker processes of one machine, when REDIS_URL names none. Linux and macOS.

gunicorn's master starts it before it forks, and hands every worker the end of a pipe that nobody writes to. Run by path
in an isolated interpreter (`python -I -S redis_server.py FOLDER PROGRAM`), this file is the parent of redis-server: it
starts it again after a crash and stops it when the pipe is closed, which the kernel does when the last of those
processes has ended, however it ended. So it imports nothing but the standard library.

It listens on a Unix socket (0700) only, and keeps nothing.
"""

from __future__ import annotations

import ctypes
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

START_SECONDS = 10.0
STOP_SECONDS = 5.0
POLL_SECONDS = 0.2
RESTART_SECONDS = 0.5
LONGEST_SOCKET_PATH = 103  # macOS; Linux takes 4 more
PR_SET_PDEATHSIG = 1
SOCKET = "redis.sock"

_pipes: list[int] = []  # kept open for as long as the process and its workers live


class RedisUnavailable(Exception):
    """No Redis could be started; one line says why."""


def start(instance: Path) -> str:
    """Start a Redis that lives as long as this process or any that is forked from it. Returns its URL.

    Raises RedisUnavailable.
    """
    program = shutil.which("redis-server")
    if program is None:
        raise RedisUnavailable("redis-server is not installed (Debian, Ubuntu: apt install redis-server)")
    try:
        folder = _make_folder(instance.resolve())
        guardian = _spawn_guardian(folder, program, instance / "redis.log")
    except OSError as error:
        raise RedisUnavailable(f"redis-server cannot be started: {error}") from error
    deadline = time.monotonic() + START_SECONDS
    while not _answers(folder / SOCKET):
        if guardian.poll() is not None or time.monotonic() > deadline:
            raise RedisUnavailable(f"redis-server did not start: see {instance / 'redis.log'}")
        time.sleep(0.01)
    return f"unix://{quote(str(folder / SOCKET))}"


def _make_folder(instance: Path) -> Path:
    """A private folder for the socket: under `instance`, or, if its path is too long for that, a temporary one."""
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    longest = len(os.fsencode(instance / "redis-12345678" / SOCKET))
    return Path(tempfile.mkdtemp(prefix="redis-", dir=instance if longest <= LONGEST_SOCKET_PATH else None))


def _spawn_guardian(folder: Path, program: str, log: Path) -> subprocess.Popen[bytes]:
    ours, theirs = os.pipe()
    _pipes.append(theirs)
    try:
        with log.open("wb") as output:
            # A session of its own: Ctrl-C in the terminal must not reach it before the workers are done.
            return subprocess.Popen(
                [sys.executable, "-I", "-S", __file__, folder, program],
                stdin=ours,
                stdout=output,
                stderr=output,
                env={name: os.environ[name] for name in ("LD_LIBRARY_PATH", "TZ") if name in os.environ},
                start_new_session=True,
            )
    finally:
        os.close(ours)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def guard(folder: Path, program: str) -> None:
    """Keep redis-server running until standard input ends, then remove the folder."""
    signal.signal(signal.SIGTERM, lambda *_: None)  # at a shutdown of the machine the workers go first
    server = _start_server(folder, program)
    while not select.select([sys.stdin], [], [], POLL_SECONDS)[0]:
        if server.poll() is not None:
            time.sleep(RESTART_SECONDS)
            server = _start_server(folder, program)
    server.terminate()
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    shutil.rmtree(folder, ignore_errors=True)


def _start_server(folder: Path, program: str) -> subprocess.Popen[bytes]:
    guardian = os.getpid()

    def die_with_guardian() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != guardian:  # it died before the line above
            os._exit(1)

    options = {
        "--port": "0",
        "--unixsocket": str(folder / SOCKET),
        "--unixsocketperm": "700",
        "--dir": str(folder),
        "--save": "",
        "--appendonly": "no",
        "--loglevel": "warning",
    }
    return subprocess.Popen(
        [program, *(part for option in options.items() for part in option)],
        stdin=subprocess.DEVNULL,
        preexec_fn=die_with_guardian,  # noqa: PLW1509 - there are no threads here
    )


if __name__ == "__main__":
    guard(Path(sys.argv[1]), sys.argv[2])
