"""What tests of rooms ask and compare."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from tests.chat.stored import Documents
from tests.people import Person, Socket


def create(socket: Socket, kind: str = "closed", name: str | None = "Den", *members: Person, **more: Any) -> Any:
    """room:create; its ack."""
    named = {"name": name} if name is not None else {}
    return socket.call("room:create", {"kind": kind, **named, "member_ids": [one.id for one in members], **more})


def made(socket: Socket, kind: str = "closed", name: str | None = "Den", *members: Person, **more: Any) -> str:
    """The id of a new room."""
    answer = create(socket, kind, name, *members, **more)
    assert answer["ok"], answer
    room_id: str = answer["room"]["id"]
    return room_id


def code(answer: Any) -> str:
    """The code of a refusal, which has a sentence as well."""
    assert not answer["ok"], answer
    assert answer["error"]["message"].strip()
    found: str = answer["error"]["code"]
    return found


def rooms_of(person: Person) -> dict[str, Any]:
    return {room["id"]: room for room in person.get("/api/rooms").json()["rooms"]}


def members_of(person: Person, room_id: str) -> dict[str, str]:
    """The role of each member by id."""
    answer = person.get(f"/api/rooms/{room_id}/members").json()
    assert answer["count"] == len(answer["members"])
    return {member["user"]["id"]: member["role"] for member in answer["members"]}


def make(documents: Documents, person: Person, role: str) -> None:
    """Give somebody a role, past the server."""
    documents["users"].update_one({"_id": ObjectId(person.id)}, {"$set": {"role": role}})


def make_guest(documents: Documents, person: Person) -> None:
    make(documents, person, "guest")
    documents["memberships"].delete_many({"user": ObjectId(person.id)})
