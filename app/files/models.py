"""What is known of a file beside its bytes, and the pictures of people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mongoengine import (
    BinaryField,
    BooleanField,
    DateTimeField,
    Document,
    IntField,
    ListField,
    ObjectIdField,
    StringField,
)

KEPT_UNSENT = timedelta(hours=24)


def now() -> datetime:
    return datetime.now(UTC)


def soon_forgotten() -> datetime:
    """When a file that is in no message by then goes."""
    return now() + KEPT_UNSENT


class File(Document):  # type: ignore[misc]
    """A file that somebody has sent, or begun to send.

    `blobs` are the ids in GridFS that it may use, noted before the first byte is written: so what breaks off halfway
    is found and removed. `content` and `thumbnail` are two of them. `sent_as` is the client_message_id of the message
    that has taken it; `message` and `room` are that message and its place once it is stored, and until then the file
    `expires_at` some time. `doomed_at`: its message is being deleted, and the file with it.
    """

    owner = ObjectIdField(required=True)
    name = StringField(required=True)
    type = StringField(required=True)
    size = IntField(required=True, default=0)
    sha256 = StringField()
    width = IntField()
    height = IntField()
    blobs = ListField(ObjectIdField())
    content = ObjectIdField()
    thumbnail = ObjectIdField()
    thumbnail_size = IntField()
    is_whole = BooleanField(required=True, default=False)
    created_at = DateTimeField(required=True, default=now)
    expires_at = DateTimeField()
    sent_as = StringField()
    message = ObjectIdField()
    room = ObjectIdField()
    doomed_at = DateTimeField()

    meta = {  # noqa: RUF012
        "collection": "files",
        "auto_create_index": False,
        "indexes": ["owner", {"fields": ["expires_at"], "sparse": True}, {"fields": ["doomed_at"], "sparse": True}],
    }


class Avatar(Document):  # type: ignore[misc]
    """The picture of a user, small and square. `version` is another one for every picture."""

    user = ObjectIdField(primary_key=True)
    version = StringField(required=True)
    picture = BinaryField(required=True)

    meta = {"collection": "avatars", "auto_create_index": False}  # noqa: RUF012


class Piece(Document):  # type: ignore[misc]
    """A chunk of a file in GridFS, as its specification has it: the driver makes this index only when it writes."""

    files_id = ObjectIdField(required=True)
    n = IntField(required=True)
    data = BinaryField(required=True)

    meta = {  # noqa: RUF012
        "collection": "contents.chunks",
        "auto_create_index": False,
        "indexes": [{"fields": ["files_id", "n"], "unique": True}],
    }


ALL = (File, Avatar, Piece)
