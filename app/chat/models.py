"""Places of conversation, who is in them, what was said, and who is connected."""

from __future__ import annotations

from datetime import timedelta

from mongoengine import BooleanField, DateTimeField, Document, IntField, ObjectIdField, StringField

from app.auth.models import now

ROOM_KINDS = ("open", "closed", "direct")
ORIGINS = ("person", "standin", "bot", "system")
LOBBY = "lobby"
BODY_LIMIT = 8000

HEARTBEAT_SECONDS = 10
CONNECTION_TTL = timedelta(seconds=30)


class Room(Document):  # type: ignore[misc]
    """A place of conversation. `key` names the few rooms that the app itself must find, such as the Lobby."""

    name = StringField(required=True, max_length=80)
    kind = StringField(required=True, choices=ROOM_KINDS)
    key = StringField()
    created_at = DateTimeField(required=True, default=now)

    meta = {  # noqa: RUF012
        "collection": "rooms",
        "auto_create_index": False,
        "indexes": [{"fields": ["key"], "unique": True, "sparse": True}],
    }


class Membership(Document):  # type: ignore[misc]
    """A user in a room, and up to which seq they have read. Finding a room through it is the permission."""

    room = ObjectIdField(required=True)
    user = ObjectIdField(required=True)
    last_read_seq = IntField(required=True, default=0)
    joined_at = DateTimeField(required=True, default=now)

    meta = {  # noqa: RUF012
        "collection": "memberships",
        "auto_create_index": False,
        "indexes": [{"fields": ["user", "room"], "unique": True}, "room"],
    }


class Message(Document):  # type: ignore[misc]
    """One utterance. `seq` is its place in the room: the unique index on (room, seq) is what hands places out.

    (sender, origin, client_message_id) is unique as well: whatever a client sends again is one message.
    """

    room = ObjectIdField(required=True)
    seq = IntField(required=True)
    sender = ObjectIdField(required=True)
    origin = StringField(required=True, choices=ORIGINS, default="person")
    on_behalf_of = ObjectIdField()
    body = StringField(required=True, max_length=BODY_LIMIT)
    client_message_id = StringField(required=True)
    socket_id = StringField()
    created_at = DateTimeField(required=True, default=now)

    meta = {  # noqa: RUF012
        "collection": "messages",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["room", "seq"], "unique": True, "name": "place"},
            {"fields": ["sender", "origin", "client_message_id"], "unique": True, "name": "once"},
        ],
    }


class Connection(Document):  # type: ignore[misc]
    """A live socket, as the original kept it: `{socket_id, username}`. `beat_at` is renewed while its process lives."""

    socket_id = StringField(required=True)
    username = StringField(required=True)
    user = ObjectIdField(required=True)
    session = StringField(required=True)
    server = StringField(required=True)
    connected_at = DateTimeField(required=True, default=now)
    beat_at = DateTimeField(required=True, default=now)

    meta = {  # noqa: RUF012
        "collection": "connections",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["socket_id"], "unique": True},
            "user",
            "server",
            {"fields": ["beat_at"], "expireAfterSeconds": 180},  # in case that no process is left to do it
        ],
    }


class Presence(Document):  # type: ignore[misc]
    """What everyone was last told of a user's presence: flipped atomically, so that each change is told once."""

    user = ObjectIdField(primary_key=True)
    is_online = BooleanField(required=True, default=False)
    left_at = DateTimeField()  # when the last of the user's connections to end did so

    meta = {"collection": "presences", "auto_create_index": False, "indexes": ["is_online"]}  # noqa: RUF012


ALL = (Room, Membership, Message, Connection, Presence)
