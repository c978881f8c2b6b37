"""What the server has stored, seen and changed past it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bson import ObjectId
from pymongo import MongoClient
from pymongo.database import Database

from app.auth.models import now
from app.database.embedded import EmbeddedMongo
from tests.people import Person, Socket
from tests.server import Server

Documents = Database[dict[str, Any]]
MakeRoom = Callable[..., str]
Meet = Callable[[str], Person]
Connect = Callable[..., Socket]


@contextmanager
def open_database(server: Server) -> Iterator[Documents]:
    """The database of a running server."""
    mongod = EmbeddedMongo(server.instance / "mongodb")
    client: MongoClient[dict[str, Any]] = MongoClient(mongod.ensure_running(), tz_aware=True)
    try:
        yield client["standin"]
    finally:
        client.close()
        mongod.release()


def add_room(documents: Documents, *members: Person, name: str = "Den") -> str:
    """Make a closed room. Who connects after that hears what is said in it."""
    room_id = ObjectId()
    moment = now()
    documents["rooms"].insert_one({"_id": room_id, "name": name, "kind": "closed", "created_at": moment})
    documents["memberships"].insert_many(
        {
            "room": room_id,
            "user": ObjectId(member.id),
            "last_read_seq": 0,
            "joined_at": moment,
            "came_by": "invitation",
        }
        for member in members
    )
    return str(room_id)


@contextmanager
def crowd(documents: Documents, like: Person, count: int) -> Iterator[list[str]]:
    """So many more people, as they are stored, with names that come last; their ids. They are gone after it."""
    pattern = documents["users"].find_one({"_id": ObjectId(like.id)})
    assert pattern
    made = [{**pattern, "_id": ObjectId(), "name": f"ZzCrowd{number:04}", "role": "member"} for number in range(count)]
    for one in made:
        one["email"] = one["email_key"] = f"crowd.{one['_id']}@example.com"
    documents["users"].insert_many(made)
    try:
        yield [str(one["_id"]) for one in made]
    finally:
        documents["users"].delete_many({"_id": {"$in": [one["_id"] for one in made]}})


def room_of_a_member(room_id: str, name: str, *, seq: int, change: int) -> dict[str, Any]:
    """A closed room that `add_room` made, as a member who has read nothing sees it."""
    return {
        "id": room_id,
        "name": name,
        "kind": "closed",
        "description": "",
        "is_lobby": False,
        "is_archived": False,
        "member_ids": [],
        "seq": seq,
        "change": change,
        "last_read_seq": 0,
        "mention_count": 0,
        "role": "member",
        "involvement": "everything",
        "last_message_at": None,
    }
