"""People who are busy, and what is said on their behalf."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.people import Person, Socket

Busy = Callable[..., Socket]


def set_status(socket: Socket, status: str, **details: str) -> None:
    assert socket.call("status:set", {"status": status, **details})["ok"]


def set_up(someone: Person, mode: str = "answer", **chosen: Any) -> None:
    """Let somebody's stand-in speak."""
    answer = someone.write("PUT", "/api/stand-in", json={"mode": mode, **chosen})
    assert answer.status_code == 200, answer.text


def reply(socket: Socket, room_id: str) -> dict[str, Any]:
    """What is said next on somebody's behalf, complete."""
    message: dict[str, Any] = socket.wait_for("message:created", room_id=room_id, origin="standin")["message"]
    if message["state"] == "streaming":
        message = socket.wait_for("message:completed", id=message["id"])["message"]
    return message


def replies(someone: Person, room_id: str) -> list[dict[str, Any]]:
    return [message for message in someone.messages(room_id, limit=100) if message["origin"] == "standin"]
