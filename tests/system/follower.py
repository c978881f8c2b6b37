"""A client that keeps a room exactly up to date, by the rules of docs/protocol.md and nothing else."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any

import requests
import socketio
from socketio.exceptions import SocketIOError

from tests.people import Person
from tests.server import wait_for

CHANGES = ("message:created", "message:edited", "message:deleted", "message:reacted", "message:pinned")
COMPARED = (
    *("id", "seq", "change", "client_message_id", "body", "deleted_at", "edited_at", "reactions", "pinned_at"),
    *("thread_id", "mentions", "state"),
)
FINAL = {"room_not_found", "message_not_found"}  # refusals after which the same is not sent again
TELLING = ("room:advanced", "room:added")  # how far a room is
RECOVERY_SECONDS = 30
Message = dict[str, Any]


class Follower:
    """One person on one device: what they see of one room, what they want sent, and what they were promised."""

    def __init__(self, person: Person, room_id: str) -> None:
        self.person = person
        self.room_id = room_id
        self.seen: dict[str, Message] = {}
        self.change = 0
        self.known = 0  # how far the room is, as far as this device has heard
        self.gaps = 0  # how often something was missing and asked for
        self.refused: set[str] = set()
        self.outbox: dict[str, dict[str, Any]] = {}  # client_message_id: what to send again until it is acked
        self.acked: dict[str, Message] = {}
        self.faults: list[str] = []
        self._client: socketio.Client | None = None
        self._turn = threading.RLock()
        self._filling = threading.Lock()

    @property
    def is_connected(self) -> bool:
        return self._client is not None and "/chat" in self._client.namespaces and self._client.connected

    def connect(self) -> None:
        """Come in, catch up, and send again what was not acknowledged. Tries until the server is back."""
        wait_for(self._try_to_connect, f"{self.person.name} to be let in", RECOVERY_SECONDS)
        self.catch_up()
        for key in list(self.outbox):
            self._send(key)

    def disconnect(self) -> None:
        if self._client is not None:
            client, self._client = self._client, None
            with suppress(SocketIOError):
                client.disconnect()
            if client.eio.ws:  # the library leaves one open that the server has dropped
                client.eio.ws.shutdown()

    def say(self, key: str, body: str, *, wait: bool = True, **places: str) -> None:
        """Send a message; without `wait` whatever becomes of it is found out later. `places`: what it answers."""
        self.outbox[key] = {"room_id": self.room_id, "body": body, "client_message_id": key, **places}
        if not self.is_connected:
            return
        if wait:
            self._send(key)
        else:
            with suppress(SocketIOError):
                self._emit("message:send", self.outbox[key])

    def change_message(self, event: str, message_id: str, **details: Any) -> bool:
        """Edit, delete, react or pin; whether it was acknowledged."""
        return self.ask(event, message_id=message_id, **details)

    def ask(self, event: str, **payload: Any) -> bool:
        """Send any event; whether it was acknowledged."""
        answer = self._call(event, payload)
        return answer is not None and answer["ok"]

    def catch_up(self) -> bool:
        """Ask for what happened since, until there is no more; False if the connection ends meanwhile."""
        deadline = time.monotonic() + RECOVERY_SECONDS
        while time.monotonic() < deadline:
            answer = self._call("room:catch_up", {"room_id": self.room_id, "after": self.change})
            if answer is None or not answer["ok"]:
                if not self.is_connected or (answer is not None and answer["error"]["code"] == "room_not_found"):
                    return False
                time.sleep(0.1)
                continue
            with self._turn:
                for change in answer["changes"]:
                    self._keep_newer(change["message"])
                self.change = max(self.change, answer["change"])
            if not answer["more"]:
                return True
        raise AssertionError(f"{self.person.name} could not catch up in {RECOVERY_SECONDS} s")

    def is_settled(self) -> bool:
        """Whether all that was said is acknowledged or refused; tries again where it is due."""
        if not self.is_connected or self.outbox:
            self.connect()
        return not self.outbox

    def is_up_to(self, change: int) -> bool:
        """Whether all that happened is here. Nobody asks for it now: what was missed must have shown by itself."""
        if not self.is_connected:
            self.connect()
        return self.change == change

    def view(self) -> list[tuple[Any, ...]]:
        """What is on the screen, in its order."""
        messages = sorted(self.seen.values(), key=lambda message: message["seq"])
        return [tuple(str(message[key]) for key in COMPARED) for message in messages]

    def _try_to_connect(self) -> bool:
        self.disconnect()
        client = socketio.Client(reconnection=False)
        client.on("*", self._hear, namespace="/chat")
        try:
            client.connect(
                self.person.url,
                namespaces=["/chat"],
                auth={"token": self.person.token},
                transports=["websocket"],
                wait_timeout=10,
            )
        except (SocketIOError, requests.RequestException, OSError):
            client.disconnect()
            time.sleep(0.1)
            return False
        self._client = client
        return True

    def _hear(self, event: str, payload: Any) -> None:
        if event in CHANGES and payload["message"]["room_id"] == self.room_id:
            with self._turn:
                self._keep_newer(payload["message"])
                self.change += payload["change"] == self.change + 1
            self._learn(payload["change"])
        elif event in TELLING and payload["room"]["id"] == self.room_id:
            self._learn(payload["room"]["change"])

    def _learn(self, change: int) -> None:
        """The room is as far as this. Whoever is behind has missed something, and asks for it."""
        with self._turn:
            self.known = max(self.known, change)
        while self.known > self.change and self._filling.acquire(blocking=False):
            self.gaps += 1
            try:
                if not self.catch_up():
                    return
            finally:
                self._filling.release()

    def _keep_newer(self, message: Message) -> None:
        known = self.seen.get(message["id"])
        if known is not None and known["seq"] != message["seq"]:
            self.faults.append(f"{message['id']} moved from {known['seq']} to {message['seq']}")
        if known is None or known["change"] < message["change"]:
            self.seen[message["id"]] = message

    def _send(self, key: str) -> None:
        answer = self._call("message:send", self.outbox[key])
        if answer is not None and answer["ok"]:
            self.acked[key] = answer["message"]
            del self.outbox[key]
        elif answer is not None and answer["error"]["code"] in FINAL:
            self.refused.add(key)
            del self.outbox[key]

    def _call(self, event: str, payload: Any) -> Any:
        try:
            assert self._client is not None
            return self._client.call(event, payload, namespace="/chat", timeout=15)
        except (SocketIOError, AssertionError):
            return None

    def _emit(self, event: str, payload: Any) -> None:
        assert self._client is not None
        self._client.emit(event, payload, namespace="/chat")
