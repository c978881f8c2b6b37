"""kill -9 in the middle of 200 sends: what was acknowledged is there afterwards, once and in order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

import pytest
from bson import ObjectId
from socketio.exceptions import BadNamespaceError

from app.auth.models import now
from app.chat.models import CONNECTION_TTL
from tests.chat.stored import Documents, open_database
from tests.people import Person, Socket
from tests.server import Server, wait_for
from tests.system.faults import kill_app, kill_everything, kill_worker

SOCKETS, SENDS_EACH, UNDER_WAY, ACKS_BEFORE = 8, 25, 5, 80

Kill = Callable[[Server], None]


class Sends:
    """200 sends from 8 connections, each with some under way at any time; the 80th ack kills the server."""

    def __init__(self, room_id: str, kill: Callable[[], None]) -> None:
        self.room_id = room_id
        self.keys = [f"key-{socket}-{number}" for socket in range(SOCKETS) for number in range(SENDS_EACH)]
        self.acked: dict[str, dict[str, Any]] = {}
        self._kill = kill
        self._turn = threading.Lock()

    def start(self, sockets: list[Socket]) -> None:
        for index, socket in enumerate(sockets):
            waiting = iter(self.keys[index * SENDS_EACH : (index + 1) * SENDS_EACH])
            for key in list(islice(waiting, UNDER_WAY)):
                self._send(socket, key, waiting)

    def payload(self, key: str) -> dict[str, str]:
        return {"room_id": self.room_id, "body": f"This is {key}", "client_message_id": key}

    def unacked(self) -> list[str]:
        return [key for key in self.keys if key not in self.acked]

    def _send(self, socket: Socket, key: str, waiting: Iterator[str]) -> None:
        def note(ack: dict[str, Any]) -> None:
            assert ack["ok"]
            with self._turn:
                self.acked[key] = ack["message"]
                if len(self.acked) == ACKS_BEFORE:
                    self._kill()
            if socket.client.connected and (following := next(waiting, None)):
                self._send(socket, following, waiting)

        with suppress(BadNamespaceError):  # the connection ends just now
            socket.client.emit("message:send", self.payload(key), namespace="/chat", callback=note)


def whole_history(someone: Person, room_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while page := someone.messages(room_id, after=len(found), limit=100):
        found += page
    return found


@pytest.mark.parametrize("kill", [kill_app, kill_worker, kill_everything])
def test_what_was_acknowledged_before_kill_9_is_there_once_and_in_order(
    make_server: Callable[..., Server], kill: Kill
) -> None:
    server = make_server().start()
    ada = Person(server.url, "Ada")
    sends = Sends(ada.lobby(), lambda: kill(server))
    sockets = [ada.connect() for _ in range(SOCKETS)]
    sends.start(sockets)
    for socket in sockets:
        wait_for(lambda socket=socket: not socket.client.connected, "the connection to end")
        socket.close()
    assert ACKS_BEFORE <= len(sends.acked) < len(sends.keys)

    if server.process is None:
        server.start()
    wait_for(lambda: is_back(server), "the server to be back", 20)
    survived = {message["client_message_id"]: message for message in whole_history(ada, sends.room_id)}
    assert [message["seq"] for message in survived.values()] == list(range(1, len(survived) + 1))
    assert {key: survived.get(key) for key in sends.acked} == sends.acked

    again = ada.connect()
    for key in sends.unacked():
        ack = again.call("message:send", sends.payload(key))
        assert ack["message"] == survived.get(key, ack["message"])
    again.close()
    messages = whole_history(ada, sends.room_id)
    assert [message["seq"] for message in messages] == list(range(1, len(sends.keys) + 1))
    assert sorted(message["client_message_id"] for message in messages) == sorted(sends.keys)
    for index in range(SOCKETS):
        mine = [m["client_message_id"] for m in messages if m["client_message_id"].startswith(f"key-{index}-")]
        assert mine == sends.keys[index * SENDS_EACH : (index + 1) * SENDS_EACH]


def is_back(server: Server) -> bool:
    try:
        return Person(server.url, "Witness").id != ""
    except (AssertionError, OSError):
        return False


def test_who_does_not_come_back_after_a_crash_is_told_to_be_gone(make_server: Callable[..., Server]) -> None:
    server = make_server().start()
    stays_away, comes_back = Person(server.url, "Ada"), Person(server.url, "Bob")
    sockets = [stays_away.connect(), comes_back.connect()]
    with open_database(server) as documents:
        server.kill()
        for socket in sockets:
            wait_for(lambda socket=socket: not socket.client.connected, "the connection to end")
            socket.close()
        assert documents["connections"].count_documents({}) == 2
        let_heartbeats_run_out(documents)
        server.start()
        witness = comes_back.connect()
        assert witness.wait_for("user:disconnected", 20)["user"]["id"] == stays_away.id
        assert documents["connections"].distinct("user") == [ObjectId(comes_back.id)]
    witness.close()


def let_heartbeats_run_out(documents: Documents) -> None:
    documents["connections"].update_many({}, {"$set": {"beat_at": now() - 2 * CONNECTION_TTL}})
