"""What people keep for later: bookmarks, messages to be sent at a time to come, reminders. Each is its user's own."""

from __future__ import annotations

from mongoengine import DateTimeField, DictField, Document, IntField, ListField, ObjectIdField, StringField

from app.auth.models import now
from app.chat.models import BODY_LIMIT

SCHEDULE_STATES = ("waiting", "failed")
REMINDER_STATES = ("waiting", "due")
NOTE_LIMIT = 280


class Bookmark(Document):  # type: ignore[misc]
    """A message that a user wants to find again. `room` is the message's: what is in a room one left is not shown."""

    user = ObjectIdField(required=True)
    message = ObjectIdField(required=True)
    room = ObjectIdField(required=True)
    created_at = DateTimeField(required=True, default=now)

    meta = {  # noqa: RUF012
        "collection": "bookmarks",
        "auto_create_index": False,
        "indexes": [{"fields": ["user", "message"], "unique": True}, ["user", "room", "-id"]],
    }


class Scheduled(Document):  # type: ignore[misc]
    """A message that is sent at a time, or when somebody is not busy any more. Once sent it is here no more.

    A process that sends it claims it first, until `claimed_until`: should that process die, another sends it then, and
    (sender, client_message_id) makes that one message. `reason` is the code and the sentence of the error with which it
    failed.
    """

    user = ObjectIdField(required=True)
    room = ObjectIdField(required=True)
    body = StringField(max_length=BODY_LIMIT)
    files = ListField(DictField())  # as a message holds them
    client_message_id = StringField(required=True)
    reply_to = ObjectIdField()
    thread_id = ObjectIdField()
    at = DateTimeField()
    when_back = ObjectIdField()  # the user whose return it waits for
    state = StringField(required=True, choices=SCHEDULE_STATES, default="waiting")
    reason = DictField(default=None)
    claimed_until = DateTimeField()
    claims = IntField(required=True, default=0)  # how often it was claimed: tells one claim from the next
    created_at = DateTimeField(required=True, default=now)

    meta = {  # noqa: RUF012
        "collection": "scheduled",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["user", "client_message_id"], "unique": True},
            ["state", "at"],
            ["state", "when_back"],
            {"fields": ["files.id"], "sparse": True},
        ],
    }


class Reminder(Document):  # type: ignore[misc]
    """Of a message, at a time. It stays, as due, until its user dismisses it: they may have been away."""

    user = ObjectIdField(required=True)
    message = ObjectIdField(required=True)
    room = ObjectIdField(required=True)
    at = DateTimeField(required=True)
    note = StringField(default="", max_length=NOTE_LIMIT)
    state = StringField(required=True, choices=REMINDER_STATES, default="waiting")
    created_at = DateTimeField(required=True, default=now)

    meta = {  # noqa: RUF012
        "collection": "reminders",
        "auto_create_index": False,
        "indexes": [{"fields": ["user", "message"], "unique": True}, ["state", "at"]],
    }


ALL = (Bookmark, Scheduled, Reminder)
