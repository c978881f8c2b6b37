"""Searching as somebody, once what was written can be found."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from tests.chat.stored import Connect, Documents
from tests.people import Person
from tests.server import wait_for


def settled(documents: Documents, room_id: str) -> None:
    """Wait until everything that happened in a room can be found."""
    room = ObjectId(room_id)

    def is_indexed() -> bool:
        last = documents["messages"].find_one({"room": room}, sort=[("changes.n", -1)])
        mark = documents["search_marks"].find_one({"_id": room})
        due = max(change["n"] for change in last["changes"]) if last else 0
        return (mark["change"] if mark else 0) >= due

    wait_for(is_indexed, "the index")


def search(person: Person, q: str, **query: Any) -> Any:
    """The answer of a search that works."""
    answer = person.get("/api/search", params={"q": q, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def bodies(person: Person, q: str, **query: Any) -> list[str]:
    """The texts that are found, in order."""
    return [result["message"]["body"] for result in search(person, q, **query)["results"]]


def say(online: Connect, documents: Documents, person: Person, room_id: str, *texts: str) -> list[Any]:
    """Send these, and wait until they can be found."""
    socket = online(person)
    sent = [socket.send(room_id, text) for text in texts]
    settled(documents, room_id)
    return sent
