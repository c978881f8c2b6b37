"""npm's socket.io-client against a real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.people import Person
from tests.server import ROOT, Server

CLIENT = Path(__file__).with_name("socket_io_client.mjs")
# Where Node came with a package of the virtual environment, it is beside its Python.
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


Play = Callable[[str, Person, str], subprocess.Popen[str]]


@pytest.fixture
def play() -> Iterator[Play]:
    """Start a scene of the client: `play("websocket", ada, room_id)`."""
    clients: list[subprocess.Popen[str]] = []

    def start(scene: str, someone: Person, room_id: str) -> subprocess.Popen[str]:
        command = ["node", str(CLIENT), scene, someone.url, room_id]
        environment = {"PATH": PATH, "TOKEN": someone.token}
        clients.append(subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE))
        return clients[-1]

    yield start
    for client in clients:
        client.kill()
        client.communicate()


def told(client: subprocess.Popen[str]) -> list[Any]:
    """All that a scene told, when it has ended well."""
    output, _ = client.communicate(timeout=30)
    assert client.returncode == 0
    return [json.loads(line) for line in output.splitlines()]


def next_told(client: subprocess.Popen[str]) -> Any:
    assert client.stdout
    return json.loads(client.stdout.readline())


def test_who_has_no_good_token_gets_a_connect_error_and_nothing_else(person: Callable[..., Person], play: Play) -> None:
    ada = person("Ada")
    lobby = ada.lobby()
    assert ada.write("POST", "/users/logout").ok
    errors = told(play("refused", ada, lobby))
    assert [error["data"]["code"] for error in errors] == ["not_authenticated", "not_authenticated", "session_revoked"]
    for error in errors:
        assert error["message"] == error["data"]["message"]
        assert error["active"] is False


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_it_connects_and_talks(person: Callable[..., Person], play: Play, transport: str) -> None:
    ada = person("Ada")
    (talk,) = told(play(transport, ada, ada.lobby()))
    assert_talked(talk, ada)
    assert talk["transport"] == transport


def test_it_moves_from_polling_to_a_websocket_and_goes_on(person: Callable[..., Person], play: Play) -> None:
    ada = person("Ada")
    before, after = told(play("upgrade", ada, ada.lobby()))
    assert_talked(before, ada)
    assert after["ack"]["ok"] is True
    assert_told(after)
    assert after["transport"] == "websocket"


def assert_talked(talk: dict[str, Any], someone: Person) -> None:
    assert talk["events"][:2] == ["connect", "session:ready"]
    assert talk["ready"]["user"]["id"] == someone.id
    assert talk["ack"]["ok"] is True
    assert_told(talk)


def assert_told(talk: dict[str, Any]) -> None:
    message = talk["ack"]["message"]
    assert talk["created"] == {"message": message, "change": message["change"]}


@pytest.mark.parametrize("is_killed", [False, True], ids=["stopped", "killed"])
def test_it_comes_back_by_itself_after_a_restart(
    make_server: Callable[..., Server], play: Play, is_killed: bool
) -> None:
    server = make_server().start()
    ada = Person(server.url, "Ada")
    client = play("restart", ada, ada.lobby())
    first = next_told(client)["message"]
    if is_killed:
        server.kill()
    else:
        server.stop()
    server.start()
    (back,) = told(client)
    assert back["is_new"] is True
    assert back["ready"]["rooms"][0]["seq"] == first["seq"]
    assert back["ack"]["message"]["seq"] == first["seq"] + 1
