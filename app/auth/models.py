"""Who may log in, and the logins that live."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField, Document, ObjectIdField, StringField

from app.database.together import Together

ROLES = ("administrator", "member", "guest", "bot")
STATUSES = ("available", "away", "busy")
STAND_IN_MODES = ("off", "draft", "answer")
NOTIFY_ABOUT = ("everything", "mentions", "nothing")
BIO_LIMIT = 500
WORKSPACE_NAME_LIMIT = 80
SESSION_LIFETIME = timedelta(days=30)


def now() -> datetime:
    """The current time, aware, cut to the milliseconds that MongoDB keeps."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class User(Document):  # type: ignore[misc]
    """A person, or a bot. `email_key` is the normalised address and unique by index; `email` is as the person wrote it.

    A bot is a program that writes with a key and cannot log in: what stands for its address is none, and nobody knows
    its password. One that was removed stays for the sake of what it wrote.
    """

    name = StringField(required=True, max_length=60)
    email = StringField(required=True)
    email_key = StringField(required=True, unique=True)
    password_hash = StringField(required=True)
    key_hash = StringField()  # SHA-256 of a bot's key
    removed_at = DateTimeField()  # since when a bot is no more
    role = StringField(required=True, choices=ROLES, default="member")
    created_at = DateTimeField(required=True, default=now)
    avatar = StringField()  # which picture, another text for each; none: their initials
    bio = StringField(default="", max_length=BIO_LIMIT)
    time_zone = StringField(default="", max_length=60)  # a name of the IANA database; empty: not told

    language = StringField(default="", max_length=10)  # one of app/language.py; empty: what the browser asks for

    notify_about = StringField(
        choices=NOTIFY_ABOUT, default="mentions"
    )  # of what devices tell; mentions: direct rooms too
    quiet_from = StringField(
        default=""
    )  # a time of day such as 22:00, in the time zone; no notices until the other one
    quiet_until = StringField(default="")
    mail_mentions = BooleanField(default=True)  # whether missed mentions are told by e-mail

    status = StringField(required=True, choices=STATUSES, default="available")
    status_until = DateTimeField()
    status_note = StringField(default="", max_length=280)
    status_since = DateTimeField(required=True, default=now)
    status_mode = StringField(choices=STAND_IN_MODES)  # what their stand-in does for this time, where that was said
    busy_since = DateTimeField()  # since when they were last busy
    busy_seen = BooleanField()  # False: what came of that waits for them

    meta = {"collection": "users", "indexes": ["status", "status_until", "role"], "auto_create_index": False}  # noqa: RUF012

    @property
    def is_status_over(self) -> bool:
        """Whether the status has run out, whether or not it was tidied up yet."""
        return self.status_until is not None and self.status_until <= now()

    @property
    def is_busy(self) -> bool:
        """Whether a stand-in may speak for them. A bot has none, whatever it says of itself."""
        return bool(self.status == "busy") and not self.is_status_over and not self.is_bot

    @property
    def is_bot(self) -> bool:
        return bool(self.role == "bot")


class Session(Document):  # type: ignore[misc]
    """One login on one device: a family of refresh tokens, of which only `refresh_jti` is good.

    `revoked_at` ends it for every process at once; MongoDB removes it when `expires_at` has passed.
    """

    user = ObjectIdField(required=True)
    refresh_jti = StringField(required=True)
    user_agent = StringField(default="", max_length=300)
    address = StringField(default="", max_length=60)
    created_at = DateTimeField(required=True, default=now)
    last_used_at = DateTimeField(required=True, default=now)
    expires_at = DateTimeField(required=True, default=lambda: now() + SESSION_LIFETIME)
    revoked_at = DateTimeField()

    meta = {  # noqa: RUF012
        "collection": "sessions",
        "auto_create_index": False,
        "indexes": ["user", "revoked_at", {"fields": ["expires_at"], "expireAfterSeconds": 0}],
    }

    @classmethod
    def live(cls, **conditions: Any) -> Any:
        """The sessions that are neither revoked nor past their time."""
        return cls.objects(revoked_at=None, expires_at__gt=now(), **conditions)

    @classmethod
    def is_live(cls, session_id: str) -> bool:
        return ObjectId.is_valid(session_id) and _live.ask(ObjectId(session_id)) is not None


def _find_live(ids: list[ObjectId]) -> dict[ObjectId, bool]:
    # As `live`, without mongoengine's share, which is the half.
    live = {"_id": {"$in": ids}, "revoked_at": None, "expires_at": {"$gt": now()}}
    return {one["_id"]: True for one in Session._get_collection().find(live, {"_id": 1})}


_live: Together[ObjectId, bool] = Together(_find_live)  # every request asks, and everyone who connects
