"""A database that hangs or dies: an answer within a bound, a connection that lives, and nothing twice afterwards."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import websocket

from tests.people import Person, Socket
from tests.server import Server, wait_for


class Mongod:
    """The database server of a running Standin, as a process to be treated badly."""

    def __init__(self, server: Server) -> None:
        self._data = os.fsencode(server.instance / "mongodb" / "data")

    def pid(self) -> int:
        return next(int(entry.parent.name) for entry in Path("/proc").glob("[0-9]*/cmdline") if self._is_it(entry))

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid(), number)

    def _is_it(self, entry: Path) -> bool:
        try:
            return b"--dbpath\0" + self._data + b"\0" in entry.read_bytes()
        except OSError:  # it has just ended
            return False


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("away")).start()
    yield server
    server.stop()


@pytest.fixture
def mongod(own_server: Server) -> Iterator[Mongod]:
    found = Mongod(own_server)
    yield found
    found.send(signal.SIGCONT)


@pytest.fixture
def pair(own_server: Server) -> Iterator[tuple[Person, Socket, Socket]]:
    """Ada with a connection, and one of Bob's who hears her."""
    ada, bob = Person(own_server.url, "Ada"), Person(own_server.url, "Bob")
    sockets = ada.connect(), bob.connect()
    yield ada, *sockets
    for socket in sockets:
        socket.close()


def test_while_the_database_hangs_events_are_answered_and_afterwards_nothing_is_there_twice(
    pair: tuple[Person, Socket, Socket], mongod: Mongod
) -> None:
    ada, socket, witness = pair
    lobby = ada.lobby()
    payload = {"room_id": lobby, "body": "Hello", "client_message_id": "key-hung"}
    mongod.send(signal.SIGSTOP)
    with ThreadPoolExecutor() as together:
        answers = [
            together.submit(socket.call, "message:send", payload),
            together.submit(witness.call, "status:set", {"status": "away"}),
        ]
    for answer in answers:
        assert (answer.result()["ok"], answer.result()["error"]["code"]) == (False, "unavailable")
    mongod.send(signal.SIGCONT)
    message = until_it_works(socket, payload)
    assert socket.send(lobby, "Hello", "key-hung") == message
    last = socket.send(lobby, "Last")
    assert [stored["seq"] for stored in ada.messages(lobby)] == [1, 2]
    witness.wait_for("message:created", id=last["id"])
    assert [payload["message"]["body"] for event, payload in witness.heard if event == "message:created"] == [
        "Hello",
        "Last",
    ]


def test_what_was_stored_without_being_confirmed_is_told_in_its_place_before_what_others_say(
    pair: tuple[Person, Socket, Socket], mongod: Mongod
) -> None:
    """mongod got the write before it stood still, and does it when it goes on; its author asks again only later."""
    ada, socket, witness = pair
    lobby = ada.lobby()
    socket.send(lobby, "Before")
    mongod.send(signal.SIGSTOP)
    payload = {"room_id": lobby, "body": "Unconfirmed", "client_message_id": "key-unconfirmed"}
    assert socket.call("message:send", payload)["error"]["code"] == "unavailable"
    mongod.send(signal.SIGCONT)
    last = until_it_works(witness, {"room_id": lobby, "body": "Behind it", "client_message_id": "key-behind"})
    message = socket.send(lobby, "Unconfirmed", "key-unconfirmed")
    assert message["seq"] == last["seq"] - 1
    end = socket.send(lobby, "The end")
    for hearing in (socket, witness):
        hearing.wait_for("message:created", id=end["id"])
        told = [one["message"]["id"] for event, one in hearing.heard if event == "message:created"]
        assert told[-3:] == [message["id"], last["id"], end["id"]]


def test_what_was_stored_without_being_confirmed_is_told_though_nobody_says_anything_more(
    pair: tuple[Person, Socket, Socket], mongod: Mongod
) -> None:
    """And what else follows a message follows: whoever is busy has their away line left, once."""
    ada, socket, witness = pair
    room = witness.call("room:create", {"kind": "direct", "member_ids": [ada.id]})["room"]["id"]
    before = witness.send(room, "Good morning")
    assert socket.call("status:set", {"status": "busy"})["ok"]
    mongod.send(signal.SIGSTOP)
    question = {"room_id": room, "body": "Where is the plan?", "client_message_id": "key-once"}
    assert witness.call("message:send", question)["error"]["code"] == "unavailable"
    mongod.send(signal.SIGCONT)
    told = socket.wait_for("message:created", client_message_id="key-once")["message"]
    line = witness.wait_for("message:created", origin="standin", room_id=room)["message"]
    assert line["on_behalf_of"]["id"] == ada.id
    assert until_it_works(witness, question) == told
    assert [one["id"] for one in ada.messages(room)] == [before["id"], told["id"], line["id"]]
    heard = [one["message"]["id"] for event, one in socket.heard if event == "message:created"]
    assert heard.count(told["id"]) == 1


def test_a_database_that_was_killed_comes_back_and_the_chat_goes_on(
    pair: tuple[Person, Socket, Socket], mongod: Mongod
) -> None:
    ada, socket, witness = pair
    lobby = ada.lobby()
    before = socket.send(lobby, "Before")
    mongod.send(signal.SIGKILL)
    message = until_it_works(socket, {"room_id": lobby, "body": "After", "client_message_id": "key-killed"})
    assert message["seq"] == before["seq"] + 1
    assert witness.wait_for("message:created", id=message["id"]) == {"message": message, "change": message["change"]}
    assert ada.messages(lobby, after=before["seq"] - 1) == [before, message]


def test_who_asks_somebody_busy_hears_that_they_are_away_though_the_database_was_away_as_well(
    pair: tuple[Person, Socket, Socket], own_server: Server, mongod: Mongod
) -> None:
    ada, socket, witness = pair
    room = witness.call("room:create", {"kind": "direct", "member_ids": [ada.id]})["room"]["id"]
    assert socket.call("status:set", {"status": "busy"})["ok"]
    witness.send(room, "Where is the plan?")
    mongod.send(signal.SIGSTOP)
    wait_for(lambda: "a question waits for the database" in own_server.read_log(), "the question to be asked for")
    mongod.send(signal.SIGCONT)
    line = witness.wait_for("message:created", origin="standin")["message"]
    assert (line["room_id"], line["on_behalf_of"]["id"]) == (room, ada.id)


def test_who_gave_up_while_they_waited_to_be_let_in_takes_nobodys_turn(
    pair: tuple[Person, Socket, Socket], own_server: Server, mongod: Mongod
) -> None:
    ada, _, witness = pair
    bea, cleo = Person(own_server.url, "Bea"), Person(own_server.url, "Cleo")
    mongod.send(signal.SIGSTOP)
    before = [knock(own_server, ada) for _ in range(16)]  # as many as are let in at once
    knock(own_server, bea).close()
    after = knock(own_server, cleo)
    mongod.send(signal.SIGCONT)
    witness.wait_for("user:connected", id=cleo.id)
    assert not [payload for event, payload in witness.heard if event == "user:connected" and bea.id in str(payload)]
    for waiting in (*before, after):
        waiting.close()


def knock(server: Server, person: Person) -> websocket.WebSocket:
    """Ask to be let in, without waiting for it."""
    address = server.url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
    connection = websocket.create_connection(address, timeout=30)
    connection.recv()
    connection.send("40/chat," + json.dumps({"token": person.token}))
    return connection


def until_it_works(socket: Socket, payload: dict[str, Any]) -> dict[str, Any]:
    """Send again and again, as the page does, until it is acknowledged."""

    def attempt() -> dict[str, Any] | None:
        answer = socket.call("message:send", payload)
        assert answer["ok"] or answer["error"]["code"] == "unavailable"
        message: dict[str, Any] | None = answer.get("message")
        return message

    look: Callable[[], dict[str, Any] | None] = attempt
    found = wait_for(look, "the database to come back", 40)
    assert found is not None
    return found
