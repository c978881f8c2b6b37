"""A server with nothing but the transport, and clients that can misbehave."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import socketio
import websocket
from websocket import ABNF

from tests.server import PATIENCE, START_SECONDS, TIED, free_port, wait_for

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

opened: list[Callable[[], object]] = []
"""What closes the clients of the test that runs."""


class Transport:
    """One gunicorn with the small app of echo_app.py. Limits and options of SocketIO can be set by name."""

    def __init__(
        self, log: Path, limits: dict[str, Any] | None = None, connections: int = 2000, **options: Any
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(HERE.parent.parent),
            "TRANSPORT_LIMITS": json.dumps(limits or {}),
            "TRANSPORT_OPTIONS": json.dumps(options),
            "TRANSPORT_CONNECTIONS": str(connections),
        }
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [
                    *TIED,
                    sys.executable,
                    "-m",
                    "gunicorn",
                    "-c",
                    str(HERE / "gunicorn_conf.py"),
                    "-b",
                    f"127.0.0.1:{self.port}",
                ],
                cwd=HERE,
                env=self._environment,
                stdout=output,
                stderr=output,
            )
        wait_for(self._answers, "the server to answer", START_SECONDS)

    def state(self) -> dict[str, Any]:
        """What the server says about itself; see echo_app.py."""
        answer: dict[str, Any] = requests.get(f"{self.url}/state", timeout=PATIENCE).json()
        return answer

    def disconnects(self, sid: str) -> list[str]:
        """The reasons with which the disconnect handler was called for a client."""
        return [reason for one, reason in self.state()["disconnected"] if one == sid]

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let the server find all that is sent meanwhile in one turn of its loop."""
        self.state()  # with its answer the server is done with all that came before
        pid = self.process.pid
        workers = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        try:
            yield
            time.sleep(0.1)  # a busy kernel delivers what was sent a moment later
        finally:
            for worker in workers:
                os.kill(worker, signal.SIGCONT)

    def terminate(self) -> None:
        """Ask it to stop, as an init system does."""
        self.process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """Stop it at once, if it still runs."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(10)

    def tcp(self) -> socket.socket:
        """Connect and say nothing."""
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        opened.append(sock.close)
        return sock

    def http(self, head: str, body: bytes = b"") -> bytes:
        """Send a request as it is written and return all that comes back until the server closes."""
        with self.tcp() as sock:
            sock.sendall(head.replace("\n", "\r\n").encode() + body)
            return read_all(sock)

    def websocket(self, query: str = "EIO=4&transport=websocket", **options: Any) -> websocket.WebSocket:
        """Open a WebSocket on the socket's route."""
        url = f"ws://127.0.0.1:{self.port}/socket.io/?{query}"
        options.setdefault("suppress_origin", True)
        ws = websocket.create_connection(url, timeout=PATIENCE, **options)
        opened.append(ws.shutdown)
        return ws

    def engine(self, **options: Any) -> websocket.WebSocket:
        """Open a WebSocket and take the OPEN packet."""
        ws = self.websocket(**options)
        assert ws.recv().startswith("0{")
        return ws

    def member(self, namespace: str = "/", **options: Any) -> tuple[websocket.WebSocket, str]:
        """Connect to a namespace over a WebSocket and return it with the session id; the greetings are read."""
        ws = self.engine(**options)
        prefix = "" if namespace == "/" else f"{namespace},"
        ws.send(f"40{prefix}")
        answer = receive(ws)
        assert answer.startswith(f"40{prefix}{{"), answer
        assert receive(ws) == f'42{prefix}["auth",{{}}]'
        assert receive(ws) == f'42{prefix}["auth:again",{{}}]'
        return ws, json.loads(answer[2 + len(prefix) :])["sid"]

    def client(self, *transports: str, auth: Any = None) -> socketio.SimpleClient:
        """Connect with python-socketio."""
        client = socketio.SimpleClient()
        client.connect(self.url, transports=list(transports or ("websocket",)), auth=auth)
        opened.append(client.disconnect)
        return client

    def poll_session(self) -> str:
        """Open a session on polling."""
        answer = self.poll()
        assert answer.status_code == 200
        return str(json.loads(answer.text[1:])["sid"])

    def poll(self, sid: str = "", timeout: float = PATIENCE, **options: Any) -> requests.Response:
        """GET of the polling transport."""
        return requests.get(self._polling_url(sid), timeout=timeout, **options)

    def post(self, sid: str, body: str | bytes) -> requests.Response:
        """POST of the polling transport."""
        return requests.post(self._polling_url(sid), data=body, timeout=PATIENCE)

    def _polling_url(self, sid: str) -> str:
        return f"{self.url}/socket.io/?EIO=4&transport=polling" + (f"&sid={sid}" if sid else "")

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return requests.get(f"{self.url}/state", timeout=30).ok
        except requests.ConnectionError:
            return False


def receive(ws: websocket.WebSocket) -> Any:
    """The next message that is no ping."""
    while (message := ws.recv()) == "2":
        ws.send("3")
    return message


def close_code(ws: websocket.WebSocket) -> int:
    """Read to the close frame and return its code; 1006, if the connection ends without one."""
    try:
        while True:
            opcode, data = ws.recv_data(control_frame=True)
            if opcode == ABNF.OPCODE_CLOSE:
                return int.from_bytes(data[:2], "big")
    except (websocket.WebSocketConnectionClosedException, ConnectionError):
        return 1006


def read_all(sock: socket.socket) -> bytes:
    """Everything until the other side closes."""
    received = b""
    try:
        while chunk := sock.recv(65536):
            received += chunk
    except ConnectionResetError:
        pass
    return received


def frame(opcode: int, payload: bytes, *, fin: bool = True, mask: bytes = b"\1\2\3\4", rsv: int = 0) -> bytes:
    """A frame as a client sends it, with whatever is wrong about it."""
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    length = len(payload)
    flag = 0x80 if mask else 0
    if length < 126:
        head = bytes((first, flag | length))
    elif length < 0x10000:
        head = bytes((first, flag | 126)) + length.to_bytes(2, "big")
    else:
        head = bytes((first, flag | 127)) + length.to_bytes(8, "big")
    masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)) if mask else payload
    return head + mask + masked
