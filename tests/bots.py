"""Programs that write into rooms of a running server."""

from __future__ import annotations

from typing import Any

import requests

from tests.people import Person
from tests.server import PATIENCE

BOTS = "/api/bots"


class Bot:
    """A bot of a running server, with its key."""

    def __init__(self, root: Person, name: str = "Robot") -> None:
        answer = root.write("POST", BOTS, json={"name": name})
        assert answer.status_code == 201, answer.text
        self.made: dict[str, Any] = answer.json()["bot"]
        self.id: str = self.made["id"]
        self.name = name
        self.key: str = answer.json()["key"]
        self.url = f"{root.url}{BOTS}/{self.id}"

    def post(self, payload: Any, key: str | None = None, **kwargs: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {key or self.key}"}
        return requests.post(f"{self.url}/messages", json=payload, headers=headers, timeout=PATIENCE, **kwargs)

    def say(self, room_id: str, body: str, **more: Any) -> dict[str, Any]:
        answer = self.post({"room_id": room_id, "body": body, **more})
        assert answer.status_code == 201, answer.text
        message: dict[str, Any] = answer.json()["message"]
        return message
