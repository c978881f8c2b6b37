"""The cast of the tests: people with an account on a real server, and their sockets."""

from __future__ import annotations

import itertools
import queue
import uuid
from typing import Any

import requests
import socketio

from tests.server import PATIENCE

PASSWORD = "correct horse battery staple"
NOBODYS_ID = "5" * 24  # well formed, and the id of nothing; always the same, because ids of tests may hold it
_numbers = itertools.count(1)


class Person:
    """Someone with an account: an HTTP session with its cookies, an access token, the Lobby's id."""

    def __init__(self, url: str, name: str, http: requests.Session | None = None) -> None:
        self.url = url
        self.name = name
        self.email = f"{name.lower().replace(' ', '.')}.{uuid.uuid4().hex[:8]}@example.com"
        self.http = http or requests.Session()
        answer = self.http.post(
            f"{url}/users", json={"name": name, "email": self.email, "password": PASSWORD}, timeout=PATIENCE
        )
        assert answer.status_code == 201, answer.text
        self.id: str = answer.json()["user"]["id"]
        self.token: str = answer.json()["access_token"]

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        return self.http.get(f"{self.url}{path}", timeout=PATIENCE, **kwargs)

    def write(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """A write by cookie, with the CSRF value that belongs to it."""
        headers = {"X-CSRF-TOKEN": self.http.cookies["csrf_access_token"]}
        return self.http.request(method, f"{self.url}{path}", headers=headers, timeout=PATIENCE, **kwargs)

    def lobby(self) -> str:
        room: str = self.get("/api/rooms").json()["rooms"][0]["id"]
        return room

    def messages(self, room_id: str, **query: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(f"/api/rooms/{room_id}/messages", params=query).json()["messages"]
        return found

    def connect(self, **kwargs: Any) -> Socket:
        return Socket(self.url, {"token": self.token}, **kwargs)


class Socket:
    """A Socket.IO client in /chat that keeps what it hears."""

    def __init__(self, url: str, auth: Any = None, http: requests.Session | None = None, **kwargs: Any) -> None:
        self.heard: list[tuple[str, Any]] = []
        self._inbox: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.client = socketio.Client(reconnection=False, http_session=http)
        self.client.on("*", self._hear, namespace="/chat")
        kwargs.setdefault("transports", ["websocket"])
        self.client.connect(url, namespaces=["/chat"], auth=auth, wait_timeout=PATIENCE, **kwargs)

    @property
    def id(self) -> str:
        return str(self.client.get_sid("/chat"))

    def _hear(self, event: str, *payload: Any) -> None:
        self.heard.append((event, payload[0] if payload else None))
        self._inbox.put(self.heard[-1])

    def wait_for(self, event: str, seconds: float = PATIENCE, **expected: Any) -> Any:
        """The next payload of `event`, passing over others; `expected` compares parts of its one object."""
        while True:
            name, payload = self._next(event, seconds)
            inner = next(iter(payload.values())) if isinstance(payload, dict) else payload
            inner = inner if isinstance(inner, dict) else payload
            if name == event and all(inner.get(key) == value for key, value in expected.items()):
                return payload

    def _next(self, event: str, seconds: float) -> tuple[str, Any]:
        try:
            return self._inbox.get(timeout=seconds)
        except queue.Empty:
            raise AssertionError(f"waited {seconds} s for {event}; heard {[name for name, _ in self.heard]}") from None

    def call(self, event: str, payload: Any) -> Any:
        """Send and wait for the ack."""
        return self.client.call(event, payload, namespace="/chat", timeout=PATIENCE)

    def send(self, room_id: str, body: str, client_message_id: str | None = None) -> dict[str, Any]:
        """message:send; the message of its ack."""
        key = client_message_id or f"{next(_numbers)}-{uuid.uuid4().hex}"
        ack = self.call("message:send", {"room_id": room_id, "body": body, "client_message_id": key})
        assert ack["ok"], ack
        message: dict[str, Any] = ack["message"]
        return message

    def close(self) -> None:
        self.client.disconnect()
        if self.client.eio.ws:  # the library leaves one open that the server has dropped
            self.client.eio.ws.shutdown()
