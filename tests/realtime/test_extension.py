"""The Flask extension in the process of the test, and what may be imported by whom."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import socketio as library
from flask import Flask, request
from flask_socketio import emit, join_room

from app.realtime import SocketIO
from app.realtime.manager import Manager
from app.realtime.server import Server

ROOT = Path(__file__).resolve().parents[2]
BARE_APP = f"""
import sys, types
package = types.ModuleType("app")
package.__path__ = [{str(ROOT / "app")!r}]
sys.modules["app"] = package
"""


@pytest.fixture
def socketio() -> SocketIO:
    extension = SocketIO()

    @extension.on("connect")
    def connect() -> None:
        join_room("all")
        emit("hello", {"sid": request.sid})

    @extension.on("echo", with_context=False)
    def echo(sid: str, value: Any) -> Any:
        extension.emit("echoed", value, to="all")
        return [sid, value]

    return extension


def bound(extension: SocketIO) -> Flask:
    app = Flask(__name__)
    app.secret_key = "not a secret"
    extension.init_app(app)
    return app


def test_the_test_client_of_flask_socketio_works(socketio: SocketIO) -> None:
    client = socketio.test_client(bound(socketio))
    [greeting] = client.get_received()
    sid = greeting["args"][0]["sid"]
    assert client.emit("echo", "x", callback=True) == [sid, "x"]
    assert client.get_received() == [{"name": "echoed", "args": ["x"], "namespace": "/"}]
    client.disconnect()
    assert not client.is_connected()


def test_the_server_and_the_manager_are_ours(socketio: SocketIO) -> None:
    bound(socketio)
    assert type(socketio.server) is Server
    assert type(socketio.server.manager) is Manager


def test_a_handler_registered_after_the_first_app_reaches_the_second_too(socketio: SocketIO) -> None:
    first = bound(socketio)
    socketio.on("late")(lambda: "here")
    socketio.on("late:bare", with_context=False)(lambda _: "here")
    for app in (first, bound(socketio)):
        client = socketio.test_client(app)
        assert client.emit("late", callback=True) == "here"
        assert client.emit("late:bare", callback=True) == "here"


@pytest.mark.parametrize("error", [TypeError, LookupError, ConnectionRefusedError])
def test_a_connect_handler_that_fails_refuses_once_whatever_the_error_handler_says(
    socketio: SocketIO, error: type[Exception]
) -> None:
    calls = []

    @socketio.on("connect", namespace="/failing")
    def connect(auth: Any) -> None:
        calls.append(auth)
        raise error

    @socketio.on_error_default
    def on_error(error: Exception) -> dict[str, str]:
        return {"error": str(error)}

    client = socketio.test_client(bound(socketio), namespace="/failing", auth={"a": 1})
    assert not client.is_connected("/failing")
    assert calls == [{"a": 1}]


def test_an_app_without_the_worker_serves_polling_and_refuses_websockets(socketio: SocketIO) -> None:
    client = bound(socketio).test_client()
    assert client.get("/socket.io/?EIO=4&transport=polling").status_code == 200
    headers = {"Upgrade": "websocket", "Connection": "Upgrade"}
    assert client.get("/socket.io/?EIO=4&transport=websocket", headers=headers).status_code == 501


def test_other_servers_are_refused(socketio: SocketIO) -> None:
    with pytest.raises(RuntimeError, match="gunicorn"):
        socketio.run(bound(socketio))


class Bus(library.PubSubManager, Manager):  # type: ignore[misc]
    """A manager whose channel is a list."""

    def __init__(self) -> None:
        super().__init__()
        self.published: list[dict[str, Any]] = []

    def initialize(self) -> None:
        """Listen to nobody."""

    def _publish(self, data: dict[str, Any]) -> None:
        self.published.append(data)


def test_a_queue_that_would_go_round_the_fan_out_is_refused(socketio: SocketIO) -> None:
    with pytest.raises(TypeError, match="client_manager"):
        socketio.init_app(Flask(__name__), message_queue="redis://localhost")


def test_a_broadcast_over_many_processes_is_published_once_and_delivered_here() -> None:
    bus = Bus()
    server = Server(client_manager=bus, async_mode="gevent")
    delivered: list[tuple[str, str]] = []
    server._send_eio_packet = lambda eio_sid, pkt: delivered.append((eio_sid, pkt.data))  # type: ignore[method-assign]
    for number in range(20):
        sid = bus.connect(f"eio{number}", "/")
        bus.enter_room(sid, "/", "room")
    server.emit("said", "hello", to="room")
    assert [message["method"] for message in bus.published] == ["emit"]
    assert delivered == [(f"eio{number}", '2["said","hello"]') for number in range(20)]


def test_gunicorns_master_loads_the_worker_without_anything_that_has_to_be_patched() -> None:
    heavy = ["flask", "socketio", "engineio", "pymongo", "requests", "app.realtime.engine"]
    code = f"{BARE_APP}\nimport app.realtime.worker\nprint([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_transport_needs_nothing_else_of_the_app() -> None:
    code = f"{BARE_APP}\nfrom app.realtime import SocketIO\nprint(*sorted(n for n in sys.modules if n[:4] == 'app.'))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert loaded
    assert all(name.startswith("app.realtime") for name in loaded)
