"""People who talk on while the servers fail, and what has to hold afterwards."""

from __future__ import annotations

import threading
from typing import Any

from tests.people import Person, Socket
from tests.server import wait_for


def let_go(socket: Socket) -> None:
    """Close a connection that may be lost; the client would leave its end of such a one open."""
    socket.close()
    if websocket := socket.client.eio.ws:
        websocket.shutdown()


def heard(socket: Socket, event: str, **expected: Any) -> list[dict[str, Any]]:
    """What came of an event so far; `expected` compares parts of its one object."""
    inner = [next(iter(payload.values())) for name, payload in list(socket.heard) if name == event]
    return [each for each in inner if all(each.get(key) == value for key, value in expected.items())]


def knows_of(socket: Socket, room_id: str) -> int:
    """Up to which seq this client knows that there are messages; what it has not heard of them it can fetch."""
    advanced = heard(socket, "room:advanced", id=room_id)
    return max([message["seq"] for message in heard(socket, "message:created", room_id=room_id) + advanced], default=0)


def wait_until_up_to_date(socket: Socket, person: Person, room_id: str) -> list[dict[str, Any]]:
    """Until the client knows how far the room is. The room's last messages."""
    newest = person.messages(room_id)
    wait_for(lambda: knows_of(socket, room_id) == newest[-1]["seq"], f"a client to know of {newest[-1]}", 20)
    return newest


class Talk:
    """Sends one message after the other until told to stop, and again whatever was not acknowledged."""

    def __init__(self, person: Person, socket: Socket, room_id: str) -> None:
        self.acked: list[dict[str, Any]] = []
        self.person = person
        self.socket = socket
        self.room_id = room_id
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def wait_for_more(self) -> None:
        count = len(self.acked)
        wait_for(lambda: len(self.acked) >= count + 20, "20 more messages to be acknowledged", 20)

    def stop(self) -> None:
        self._is_over.set()
        self._thread.join()
        let_go(self.socket)

    def _run(self) -> None:
        number = 0
        while not self._is_over.is_set():
            try:
                self.acked.append(self._send(number))
                number += 1
            except Exception:  # the connection went away, as a test wants it to  # noqa: BLE001
                let_go(self.socket)
                self.socket = wait_for(self._reconnect, "a new connection", 20)

    def _send(self, number: int) -> dict[str, Any]:
        key = f"{self.person.id}-{number}"
        payload = {"room_id": self.room_id, "body": f"message {number}", "client_message_id": key}
        ack = self.socket.client.call("message:send", payload, namespace="/chat", timeout=5)
        assert ack["ok"], ack
        message: dict[str, Any] = ack["message"]
        return message

    def _reconnect(self) -> Socket | None:
        try:
            return self.person.connect()
        except Exception:  # the port is there, the worker is not yet  # noqa: BLE001
            return None


def check_that_nothing_is_lost(talks: list[Talk], listener: Socket) -> None:
    """Every acknowledged message is stored once, and the listener knows of them all."""
    person, room = talks[0].person, talks[0].room_id
    wait_until_up_to_date(listener, person, room)
    acked = [message for talk in talks for message in talk.acked]
    stored = person.messages(room, after=min(m["seq"] for m in acked) - 1, limit=100)
    while page := person.messages(room, after=stored[-1]["seq"], limit=100):
        stored += page
    assert [m["seq"] for m in stored] == list(range(stored[0]["seq"], stored[0]["seq"] + len(stored)))
    for talk in talks:
        assert [m for m in stored if m["sender"]["id"] == talk.person.id] == talk.acked
