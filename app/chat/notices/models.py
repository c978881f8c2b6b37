"""Which devices may be told, with what key we sign, and what may have been missed."""

from __future__ import annotations

from mongoengine import BinaryField, DateTimeField, Document, IntField, ObjectIdField, StringField

from app.auth.models import now


class PushSubscription(Document):  # type: ignore[misc]
    """A browser that may be told: where its push service takes messages for it, and the keys it reads them with.

    It belongs to one login and ends with it. An endpoint belongs to whoever logged in last in that browser.
    """

    user = ObjectIdField(required=True)
    session = StringField(required=True)
    endpoint = StringField(required=True)
    p256dh = StringField(required=True)
    auth = StringField(required=True)
    created_at = DateTimeField(required=True, default=now)

    meta = {  # noqa: RUF012
        "collection": "push_subscriptions",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["endpoint"], "unique": True},
            {"fields": ["session"], "unique": True},
            "user",
        ],
    }


class PushKey(Document):  # type: ignore[misc]
    """The key with which we sign to push services who we are. There is one, made when it is first needed."""

    key = StringField(primary_key=True, default="vapid")
    private_key = BinaryField(required=True)

    meta = {"collection": "push_keys", "auto_create_index": False}  # noqa: RUF012


class Missed(Document):  # type: ignore[misc]
    """A message that somebody may have missed, until they have read it or were told by e-mail."""

    user = ObjectIdField(required=True)
    message = ObjectIdField(required=True)
    room = ObjectIdField(required=True)
    seq = IntField(required=True)
    noted_at = DateTimeField(required=True)
    due_at = DateTimeField(required=True)

    meta = {  # noqa: RUF012
        "collection": "missed",
        "auto_create_index": False,
        "indexes": [{"fields": ["user", "message"], "unique": True}, "due_at"],
    }


class MailTurn(Document):  # type: ignore[misc]
    """Until when one process has it to itself to write to somebody."""

    user = ObjectIdField(primary_key=True)
    until = DateTimeField(required=True)

    meta = {"collection": "mail_turns", "auto_create_index": False}  # noqa: RUF012


ALL = (PushSubscription, PushKey, Missed, MailTurn)
