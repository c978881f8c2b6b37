"""The servers under test: how each is started, where it runs, and how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import machine
from bench.lab import BUILD, ROOT, Lab

START_SECONDS = 60
STOP_SECONDS = 15
HALF_HANDSHAKE = b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
PEERS = ROOT / "bench" / "peers"
STANDIN_WORKER = "app.realtime.worker.Worker"
PLAIN_WORKER = "geventwebsocket.gunicorn.workers.GeventWebSocketWorker"


@dataclass(frozen=True)
class Server:
    """How to start a server. `{port}` in a part of the command becomes its port."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)
    workers: int = 1
    is_full: bool = False
    """Whether it stores messages, in namespace /chat with acks."""
    takes_tokens: bool = False


def _gunicorn(app: str, worker: str, workers: int = 1) -> tuple[str, ...]:
    settings = ("-c", str(PEERS / "gunicorn_plain.py"), "-k", worker, "-w", str(workers), "-b", "127.0.0.1:{port}")
    return (sys.executable, "-m", "gunicorn", *settings, app)


def _uvicorn(app: str) -> tuple[str, ...]:
    options = ("--loop", "uvloop", "--port", "{port}", "--log-level", "warning", "--no-access-log")
    return (sys.executable, "-m", "uvicorn", *options, app)


FLASK_SOCKETIO = Server("Flask-SocketIO", _gunicorn("bench.peers.plain_flask_socketio:app", PLAIN_WORKER))
UVICORN = Server("python-socketio, uvicorn", _uvicorn("bench.peers.plain_uvicorn:app"))
NODE = Server("Node socket.io", ("node", str(PEERS / "node.mjs")))
C_EACH = Server("C, one send() each", (str(BUILD / "limit"), "{port}", "each"))
C_COALESCED = Server("C, coalesced", (str(BUILD / "limit"), "{port}", "coalesced"))
STANDIN_TRANSPORT = Server("Standin, transport", _gunicorn("bench.peers.standin_transport:app", STANDIN_WORKER))
STANDIN_ONE_WRITE = Server("Standin, one write each", STANDIN_TRANSPORT.command, {"BENCH_ONE_WRITE": "1"})
STANDIN_TWO_WORKERS = Server(
    "Standin, two workers, Redis",
    _gunicorn("bench.peers.standin_transport:app", STANDIN_WORKER, workers=2),
    workers=2,
)

_MONGOOSE = ("node", str(PEERS / "node_mongoose.mjs"))
NODE_JOURNALED = Server("Node + mongoose, journaled", _MONGOOSE, {"WRITE_CONCERN": "journaled"}, is_full=True)
NODE_DEFAULT = Server("Node + mongoose, default", _MONGOOSE, {"WRITE_CONCERN": "default"}, is_full=True)
STANDIN = Server(
    "Standin",
    (sys.executable, "-m", "gunicorn", "bench.peers.standin_app:app"),
    # Without the limits, also of what one user may send: the peers have none, and few senders make all the load.
    {"STANDIN_RATE_LIMITS": "off", "STANDIN_LOG_LEVEL": "ERROR"},
    is_full=True,
    takes_tokens=True,
)
STANDIN_FULL_ONE_WRITE = Server(
    "Standin, one write each",
    STANDIN.command,
    {**STANDIN.environment, "BENCH_ONE_WRITE": "1"},
    is_full=True,
    takes_tokens=True,
)


@dataclass
class Running:
    """A server that answers."""

    server: Server
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pids(self) -> list[int]:
        """The processes that do the work: the workers, where there is a master."""
        return machine.children(self.process.pid) or [self.process.pid]

    def resident_kb(self) -> float:
        return machine.resident_kb(self.pids)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def running(lab: Lab, server: Server, **more: str) -> Iterator[Running]:
    """Run `server` on the core for servers, from its first answer to the end of the block."""
    port = free_port()
    command = [part.replace("{port}", str(port)) for part in server.command]
    cores = lab.server_cores if server.workers == 1 else lab.worker_cores
    log = lab.folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["taskset", "-c", cores, *command],
            cwd=ROOT,
            env={**environment(lab), "PORT": str(port), **server.environment, **more},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait_for_answer(process, port, log)
        yield Running(server, port, process)
    except Exception:
        print(f"{server.name} wrote last:\n{log.read_text('utf-8', 'replace')[-2000:]}")
        raise
    finally:
        _stop(process)


def environment(lab: Lab) -> dict[str, str]:
    """The variables of a process that uses the database of this run: none of the caller's settings get through."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("STANDIN_", "OPENAI_", "MONGODB_", "REDIS_", "BENCH_"))
    }
    own = {"HOST": "127.0.0.1", "MONGODB_URI": lab.mongodb_uri, "STANDIN_INSTANCE": str(lab.folder / "instance")}
    return {**inherited, **own, "PYTHONPATH": str(ROOT)}


def _wait_for_answer(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        if _answers(port):
            return
        time.sleep(0.05)
    raise RuntimeError(f"a server did not start; its log:\n{log.read_text('utf-8', 'replace')}")


def _answers(port: int) -> bool:
    """Whether it says anything at all: what it says to half a handshake differs from server to server."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(HALF_HANDSHAKE)
            return bool(connection.recv(1))
    except OSError:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
