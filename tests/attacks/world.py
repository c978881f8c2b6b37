"""What there is to attack: a closed room of Ada's and Bob's with one of everything in it, and Eve, who is outside."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId

from tests.chat.busy import set_up
from tests.chat.stored import Documents
from tests.people import Person, Socket
from tests.server import Server

RESTLESS = {"connections", "presences", "sessions", "search_entries", "search_marks"}
"""Collections that change by themselves while people are connected."""


@dataclass
class World:
    """Ada owns all that is named here; Bob is in the room with her. `eve` and her connection are the attacker's."""

    ada: Person
    bob: Person
    eve: Person
    owner: Socket
    attacker: Socket
    ids: dict[str, str] = field(default_factory=dict)
    own_room_id: str = ""
    """A closed room of Eve's alone."""

    def close(self) -> None:
        self.owner.close()
        self.attacker.close()


def build(server: Server, stored: Documents) -> World:
    ada, bob, eve = (Person(server.url, name) for name in ("Ada", "Bob", "Eve"))
    world = World(ada, bob, eve, ada.connect(), eve.connect())
    world.ids = {"user_id": ada.id, "session_id": _session(ada)}
    world.ids["room_id"] = _done(world, "room:create", kind="closed", name="Orchard", member_ids=[bob.id])["room"]["id"]
    world.ids["message_id"] = world.owner.send(world.ids["room_id"], "Ripe is the **plum**.")["id"]
    world.ids["file_id"] = _file(world)
    _keep(world)
    world.ids["draft_id"] = _draft(world, stored)
    world.ids["bot_id"] = str(_bot(world, stored))
    set_up(ada, notes="Ripe is the plum.")
    made = world.attacker.call("room:create", {"kind": "closed", "name": "Lair", "member_ids": []})
    world.own_room_id = made["room"]["id"]
    return world


def key() -> str:
    return uuid.uuid4().hex


def later() -> str:
    return (datetime.now(UTC) + timedelta(hours=5)).isoformat()


def snapshot(stored: Documents) -> dict[str, Any]:
    """All that the database holds but what never rests."""
    names = sorted(set(stored.list_collection_names()) - RESTLESS)
    return {name: list(stored[name].find().sort("_id", 1)) for name in names}


def _done(world: World, event: str, **payload: Any) -> dict[str, Any]:
    answer: dict[str, Any] = world.owner.call(event, payload)
    assert answer["ok"], answer
    return answer


def _session(person: Person) -> str:
    found: str = person.get("/users/me/sessions").json()["sessions"][0]["id"]
    return found


def _file(world: World) -> str:
    """A file of the room's, sent with a message."""
    text = ("plum.txt", b"Ripe is the plum.", "text/plain")
    answer = world.ada.write("POST", "/api/files", files={"file": text}, data={"room_id": world.ids["room_id"]})
    assert answer.status_code == 201, answer.text
    file_id: str = answer.json()["file"]["id"]
    _done(world, "message:send", room_id=world.ids["room_id"], client_message_id=key(), file_ids=[file_id])
    return file_id


def _keep(world: World) -> None:
    message, room = world.ids["message_id"], world.ids["room_id"]
    _done(world, "message:pin", message_id=message, on=True)
    _done(world, "message:bookmark", message_id=message, on=True)
    waiting = _done(world, "message:schedule", room_id=room, body="Later", client_message_id=key(), at=later())
    world.ids["scheduled_id"] = waiting["scheduled"]["id"]
    world.ids["reminder_id"] = _done(world, "reminder:set", message_id=message, at=later())["reminder"]["id"]


def _bot(world: World, stored: Documents) -> ObjectId:
    """A bot that is in the room."""
    somebody = stored["users"].find_one({"_id": ObjectId(world.bob.id)})
    assert somebody
    bot_id = ObjectId()
    address = {"email": f"bot:{bot_id}", "email_key": f"bot:{bot_id}"}
    stored["users"].insert_one(
        {**somebody, **address, "_id": bot_id, "name": "Robot", "role": "bot", "key_hash": "a" * 64}
    )
    _done(world, "room:invite", room_id=world.ids["room_id"], user_ids=[str(bot_id)])
    return bot_id


def _draft(world: World, stored: Documents) -> str:
    """An answer that Ada's stand-in would have given, waiting for her word."""
    draft = {
        "owner": ObjectId(world.ada.id),
        "room": ObjectId(world.ids["room_id"]),
        "asker": ObjectId(world.bob.id),
        "trigger": ObjectId(world.ids["message_id"]),
        "text": "It is plum.",
        "state": "waiting",
        "created_at": datetime.now(UTC),
    }
    return str(stored["stand_in_drafts"].insert_one(draft).inserted_id)
