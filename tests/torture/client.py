"""A person at a device, in a greenlet: keeps a room up to date and sends in order, by docs/protocol.md alone.

It speaks the protocol over a bare WebSocket, so that a thousand of them fit into one process.
"""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections import deque
from typing import Any

import gevent
import requests
from gevent.event import AsyncResult, Event

from tests.people import PASSWORD
from tests.torture.wire import Gone, Wire

ACK_SECONDS = 10.0  # as the page has it
OPEN_SECONDS = 10.0
SILENCE_SECONDS = 60.0  # pings come every 25 seconds
CHANGES = {"message:created", "message:edited", "message:deleted", "message:reacted", "message:pinned"}
OF_MESSAGES = b'42/chat,["message:'  # what else comes is not even read
SHOWN = ("id", "seq", "change", "client_message_id", "body")


class Client:
    """What one person sees of one room, what they want sent, and what they were promised.

    `seen`, `acked` and `acks`, when each was sent at last and acknowledged, hold what is new since the page was turned:
    so days of talking fit into memory.
    """

    def __init__(self, url: str, token: str, room_id: str, name: str, email: str) -> None:
        self._url = url
        self._token = token
        self._email = email
        self.room_id = room_id
        self.name = name
        self.page = 0
        self.seen: dict[str, dict[str, Any]] = {}
        self.change = 0
        self._heard = 0
        self.said = 0
        self.waiting: deque[str] = deque()
        self.acked: dict[str, str] = {}
        self.acks: list[tuple[float, float]] = []
        self.faults: list[str] = []
        self.connects = 0
        self.is_up_to_date = False
        self._wire: Wire | None = None
        self._wake = Event()
        self._acks: dict[int, AsyncResult] = {}
        self._number = 0
        self._running: list[gevent.Greenlet] = []

    def start(self) -> None:
        self._running = [gevent.spawn(self._stay_connected), gevent.spawn(self._send_in_order)]

    def stop(self) -> None:
        gevent.killall(self._running)
        self._drop()

    def say(self) -> None:
        self.said += 1
        self.waiting.append(f"{self.name}-{self.said}")
        self._wake.set()

    def turn_the_page(self) -> None:
        """Forget what was compared: everything up to the last message."""
        self.page = max((message["seq"] for message in self.seen.values()), default=self.page)
        self.seen.clear()
        self.acked.clear()
        self.acks.clear()

    @property
    def is_settled(self) -> bool:
        return self.is_up_to_date and not self.waiting

    def catch_up(self) -> None:
        """Ask for what happened since, until there is no more."""
        while True:
            answer = self._call("room:catch_up", {"room_id": self.room_id, "after": self.change})
            if not answer["ok"]:
                gevent.sleep(0.2)
                continue
            for change in answer["changes"]:
                self._keep(change["message"])
            self.change = max(self.change, answer["change"])
            if not answer["more"]:
                self.is_up_to_date = True
                self._wake.set()
                return

    def view(self) -> str:
        """What is on the screen, in its order, as a digest."""
        shown = sorted(self.seen.values(), key=lambda message: message["seq"])
        return digest([tuple(message.values()) for message in shown])

    def _stay_connected(self) -> None:
        while True:
            try:
                self._open()
                gevent.spawn(self._until_gone, self.catch_up)
                self._listen()
            except (Gone, OSError):
                self._drop()
                gevent.sleep(random.uniform(0.1, 0.6))

    def _send_in_order(self) -> None:
        while True:
            if not self.waiting or not self.is_up_to_date:
                self._wake.clear()
                self._wake.wait()
                continue
            key, began = self.waiting[0], time.monotonic()
            payload = {"room_id": self.room_id, "body": f"This is {key}", "client_message_id": key}
            answer = self._until_gone(lambda payload=payload: self._call("message:send", payload))
            if answer and answer["ok"]:
                self.acked[key] = answer["message"]["id"]
                self.acks.append((began, time.monotonic()))
                self._keep(answer["message"])
                self.waiting.popleft()
            else:
                gevent.sleep(random.uniform(0.1, 0.5))

    def _until_gone(self, work: Any) -> Any:
        try:
            return work()
        except (Gone, OSError):
            self._drop()
            return None

    def _open(self) -> None:
        wire = self._wire = Wire(self._url, OPEN_SECONDS)
        wire.send("40/chat," + json.dumps({"token": self._token}))
        while not (packet := wire.read()).startswith(b"40/chat,"):
            if b"token_expired" in packet:
                self._log_in()
            if packet.startswith(b"44"):
                raise Gone
        wire.sock.settimeout(SILENCE_SECONDS)
        self.connects += 1
        self._heard = 0

    def _log_in(self) -> None:
        """Anew, and not by the refresh token: that is good once, and the server may be killed before it answers."""
        given = {"email": self._email, "password": PASSWORD}
        try:
            answer = requests.post(f"{self._url}/users/login", json=given, timeout=OPEN_SECONDS)
        except requests.RequestException:
            raise Gone from None
        if answer.ok:
            self._token = answer.json()["access_token"]

    def _listen(self) -> None:
        while self._wire is not None:
            self._receive(self._wire.read())

    def _receive(self, packet: bytes) -> None:
        if packet.startswith(OF_MESSAGES):
            event, payload = json.loads(packet[8:])
            if event in CHANGES and payload["message"]["room_id"] == self.room_id:
                self._hear(payload)
        elif packet.startswith(b"43/chat,"):
            number, _, rest = packet[8:].partition(b"[")
            if waiting := self._acks.pop(int(number), None):
                waiting.set(json.loads(b"[" + rest)[0])
        elif packet == b"2":
            self._send("3")
        elif packet == b"1" or packet.startswith(b"41"):
            raise Gone

    def _hear(self, payload: dict[str, Any]) -> None:
        message = payload["message"]
        if message["seq"] <= self._heard:
            self.faults.append(f"{message['seq']} came after {self._heard}")
        self._heard = message["seq"]
        self._keep(message)
        if payload["change"] == self.change + 1:
            self.change += 1
        elif payload["change"] > self.change and self.is_up_to_date:
            self.is_up_to_date = False
            gevent.spawn(self._until_gone, self.catch_up)

    def _keep(self, message: dict[str, Any]) -> None:
        known = self.seen.get(message["id"])
        if known and known["seq"] != message["seq"]:
            self.faults.append(f"{message['id']} moved from {known['seq']} to {message['seq']}")
        if message["seq"] <= self.page:
            self.faults.append(f"{message['seq']} came anew, after all up to {self.page} were there")
        elif known is None or known["change"] < message["change"]:
            self.seen[message["id"]] = {part: message[part] for part in SHOWN}

    def _call(self, event: str, payload: dict[str, Any]) -> Any:
        self._number += 1
        number, waiting = self._number, AsyncResult()
        self._acks[number] = waiting
        self._send(f"42/chat,{number}" + json.dumps([event, payload]))
        try:
            answer = waiting.get(timeout=ACK_SECONDS)
        except gevent.Timeout:  # as on the page: connected, so it is asked again
            self._acks.pop(number, None)
            return {"ok": False}
        if answer is None:
            raise Gone
        return answer

    def _send(self, packet: str) -> None:
        if self._wire is None:
            raise Gone
        self._wire.send(packet)

    def _drop(self) -> None:
        self.is_up_to_date = False
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()
        while self._acks:
            self._acks.popitem()[1].set(None)


def digest(shown: list[tuple[Any, ...]]) -> str:
    """A list of messages as one short text: equal lists, equal texts."""
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()
