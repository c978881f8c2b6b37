"""Places of conversation, who is in them, what was said, and who is connected."""

from __future__ import annotations

from datetime import timedelta

from mongoengine import (
    BooleanField,
    DateTimeField,
    DictField,
    Document,
    IntField,
    ListField,
    ObjectIdField,
    StringField,
)

from app.auth.models import now

ROOM_KINDS = ("open", "closed", "direct", "assistant")
ORIGINS = ("person", "standin", "bot", "system")
CHANGES = ("created", "edited", "deleted", "reacted", "pinned")
STATES = ("streaming", "done", "failed", "stopped")
ROLES_IN_ROOM = ("member", "owner")
CAME_BY = ("creation", "invitation", "joining")
INVOLVEMENTS = ("everything", "mentions", "nothing")
LOBBY = "lobby"
BODY_LIMIT = 8000
MOST_PINS = 100  # in one room

HEARTBEAT_SECONDS = 10
CONNECTION_TTL = timedelta(seconds=30)


class Room(Document):  # type: ignore[misc]
    """A place of conversation.

    `key` names the rooms that the app itself must find: the Lobby, each direct room by who is in it, and the room of
    kind `assistant` in which a user is alone with the AI. A direct room has no name of its own; an archived one can be
    read and not written to.
    """

    name = StringField(required=True, max_length=80)
    kind = StringField(required=True, choices=ROOM_KINDS)
    key = StringField()
    description = StringField(default="", max_length=500)
    archived_at = DateTimeField()
    created_at = DateTimeField(required=True, default=now)

    meta = {  # noqa: RUF012
        "collection": "rooms",
        "auto_create_index": False,
        "indexes": [{"fields": ["key"], "unique": True, "sparse": True}],
    }


class Membership(Document):  # type: ignore[misc]
    """A user in a room, and up to which seq they have read. Finding a room through it is the permission.

    An owner manages the room. The involvement says of what in it the user wants to be told. Whoever came by joining was
    asked by nobody: a guest is in no room in that way.
    """

    room = ObjectIdField(required=True)
    user = ObjectIdField(required=True)
    role = StringField(required=True, choices=ROLES_IN_ROOM, default="member")
    came_by = StringField(required=True, choices=CAME_BY, default="invitation")
    involvement = StringField(required=True, choices=INVOLVEMENTS, default="everything")
    last_read_seq = IntField(required=True, default=0)
    joined_at = DateTimeField(required=True, default=now)

    meta = {  # noqa: RUF012
        "collection": "memberships",
        "auto_create_index": False,
        "indexes": [{"fields": ["user", "room"], "unique": True}, "room"],
    }


class Message(Document):  # type: ignore[misc]
    """One utterance. `seq` is its place in the room: the unique index on (room, seq) is what hands places out.

    `changes` are all that ever happened to it, each `{"n", "kind"}` with its place `n` in the one sequence of changes
    of its room: the unique index on (room, changes.n) hands those out. (sender, origin, client_message_id) is unique
    as well: whatever a client sends again is one message. A deleted message stays, without its text: its places are
    taken. A pinned message has one of the room's places for pins, by (room, pin), so that these never are too many.
    """

    room = ObjectIdField(required=True)
    seq = IntField(required=True)
    sender = ObjectIdField(required=True)
    origin = StringField(required=True, choices=ORIGINS, default="person")
    on_behalf_of = ObjectIdField()
    body = StringField(max_length=BODY_LIMIT)
    html = StringField()  # the body as it is to be shown, where that is not the plain text
    client_message_id = StringField(required=True)
    socket_id = StringField()
    created_at = DateTimeField(required=True, default=now)
    changes = ListField(DictField())
    mentions = ListField(ObjectIdField())
    mentions_all = BooleanField()
    files = ListField(DictField())  # what is shown of them; who owns them and what is in them is in `files`
    previews = ListField(DictField())  # of links in it: url, title, description, site_name
    unfurl_off = ListField(StringField())  # links whose previews the author took away
    reactions = DictField()  # emoji: [user ids], in the order in which they came
    pin = IntField(min_value=0, max_value=MOST_PINS - 1)
    pinned_at = DateTimeField()
    forwarded_from = DictField(default=None)  # message, room, sender, origin
    edited_at = DateTimeField()
    deleted_at = DateTimeField()
    deleted_by = ObjectIdField()
    state = StringField(choices=STATES)  # of an answer that is or was written piece by piece
    stream_at = DateTimeField()  # when somebody wrote on it last; gone when it has ended
    stream = ObjectIdField()  # which writing of it that is, as it can be asked for again; gone with `stream_at`
    asked_by = ObjectIdField()
    leave = BooleanField()  # its author wants no answer of a stand-in
    ask = BooleanField()  # a question to the AI itself: no stand-in answers it as well
    reply_to = ObjectIdField()
    thread = ObjectIdField()  # the message that began it

    meta = {  # noqa: RUF012
        "collection": "messages",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["room", "seq"], "unique": True, "name": "place"},
            {"fields": ["sender", "origin", "client_message_id"], "unique": True, "name": "once"},
            {"fields": ["room", "changes.n"], "unique": True, "name": "change"},
            {"fields": ["room", "-seq"], "partialFilterExpression": {"files": {"$exists": True}}, "name": "with_files"},
            {"fields": ["files.id"], "sparse": True, "name": "file"},
            {"fields": ["stream_at"], "sparse": True, "name": "streaming"},
            # Not `sparse`, which would let in every message: all have a seq.
            {
                "fields": ["mentions", "room", "seq"],
                "partialFilterExpression": {"mentions": {"$exists": True}},
                "name": "called",
            },
            {"fields": ["thread", "seq"], "partialFilterExpression": {"thread": {"$exists": True}}, "name": "thread"},
            {
                "fields": ["room", "pin"],
                "unique": True,
                "partialFilterExpression": {"pin": {"$exists": True}},
                "name": "pinned",
            },
            {
                "fields": ["mentions_all", "room", "seq"],
                "partialFilterExpression": {"mentions_all": True},
                "name": "everyone_mentioned",
            },
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
    active_at = DateTimeField(required=True, default=now)
    is_visible = BooleanField(default=False)  # whether its page says that it is in sight

    meta = {  # noqa: RUF012
        "collection": "connections",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["socket_id"], "unique": True},
            "user",
            "server",
            "active_at",
            {"fields": ["beat_at"], "expireAfterSeconds": 180},  # in case that no process is left to do it
        ],
    }


class Presence(Document):  # type: ignore[misc]
    """What everyone was last told of a user's presence: flipped atomically, so that each change is told once."""

    user = ObjectIdField(primary_key=True)
    is_online = BooleanField(required=True, default=False)
    is_away = BooleanField(default=False)  # online, and without a sign of life for a while
    left_at = DateTimeField()  # when the last of the user's connections to end did so

    meta = {"collection": "presences", "auto_create_index": False, "indexes": ["is_online"]}  # noqa: RUF012


class SearchEntry(Document):  # type: ignore[misc]
    """What a message is found by, under the message's id, as it was after the room's change `change`.

    `text` has its marks and words in order, with a space on both sides of each; `place` is where it is in time. A new
    entry is fresh, and its text is looked through; when a room has many, they get their `words`, each once, for the
    index. Everything can be made anew from the messages at any time.
    """

    room = ObjectIdField(required=True)
    place = IntField(required=True)
    change = IntField(required=True)
    version = IntField(required=True)  # of the rules by which it was made
    length = IntField(required=True)  # in words
    text = StringField()
    is_fresh = BooleanField()
    words = ListField(StringField())

    meta = {  # noqa: RUF012
        "collection": "search_entries",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["room", "words", "place"], "name": "word"},
            {"fields": ["room", "place"], "name": "time"},
            {
                "fields": ["room", "place"],
                "name": "fresh",
                "partialFilterExpression": {"is_fresh": True},
            },
        ],
    }


class SearchMark(Document):  # type: ignore[misc]
    """Up to which of its changes a room can be searched, by which version of the rules."""

    room = ObjectIdField(primary_key=True)
    version = IntField(required=True)
    change = IntField(required=True)

    meta = {"collection": "search_marks", "auto_create_index": False}  # noqa: RUF012


ALL = (Room, Membership, Message, Connection, Presence, SearchEntry, SearchMark)
