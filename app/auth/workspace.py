"""The one workspace of an installation: its name, who administers it first, and who may sign up."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any, Self

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField, Document, IntField, ObjectIdField, StringField

from app.auth.models import WORKSPACE_NAME_LIMIT, User, now

SIGN_UP = ("open", "invite")


class Workspace(Document):  # type: ignore[misc]
    """There is one. Whoever makes it, the first to sign up, is its first administrator.

    `invite` is the secret in the one link that lets people sign up; another one takes its place, and the old link is
    good no more.
    """

    key = StringField(primary_key=True, default="workspace")
    name = StringField(default="", max_length=WORKSPACE_NAME_LIMIT)
    first_administrator = ObjectIdField(required=True)
    role_changes = IntField(default=0)  # counted so that two changes of roles meet here
    sign_up = StringField(choices=SIGN_UP, default="open")
    invite = StringField()
    invite_until = DateTimeField()  # none: it does not end by itself

    stand_ins_off = BooleanField()  # an administrator has switched them off

    meta = {"collection": "workspace", "auto_create_index": False}  # noqa: RUF012

    @classmethod
    def claim(cls, user_id: ObjectId, name: str = "") -> bool:
        """Make the workspace, with this user as its administrator. Whether there was none before."""
        new: dict[str, Any] = {"$setOnInsert": {"name": name, "first_administrator": user_id}}
        answer = cls._get_collection().update_one({"_id": "workspace"}, new, upsert=True)
        if answer.upserted_id is not None:
            User.objects(id=user_id).update_one(set__role="administrator")
        return answer.upserted_id is not None

    @classmethod
    def are_stand_ins_off(cls) -> bool:
        found = cls._get_collection().find_one({"_id": "workspace"}, {"stand_ins_off": 1})
        return bool(found and found.get("stand_ins_off"))

    @classmethod
    def turn_stand_ins(cls, *, on: bool) -> None:
        cls._get_collection().update_one({"_id": "workspace"}, {"$set": {"stand_ins_off": not on}})

    @classmethod
    def get(cls) -> Self | None:
        """None before anybody has signed up."""
        found: Self | None = cls.objects.first()
        return found

    @classmethod
    def change(cls, **values: Any) -> None:
        cls.objects.update_one(**values)

    @classmethod
    def new_invite(cls, days: int) -> None:
        """Another link in place of the one before. It ends after some days; 0: not by itself."""
        until = now() + timedelta(days=days) if days else None
        cls.change(invite=secrets.token_urlsafe(16), invite_until=until)

    @classmethod
    def revoke_invite(cls) -> None:
        cls.change(unset__invite=True, unset__invite_until=True)

    @property
    def live_invite(self) -> str | None:
        """The secret of the link, while it is good."""
        until: datetime | None = self.invite_until
        return None if until and until <= now() else self.invite

    def lets_in(self, invite: str | None) -> bool:
        """Whether somebody with this secret, or with none, may sign up."""
        if self.sign_up == "open":
            return True
        good = self.live_invite
        return bool(good and invite) and secrets.compare_digest(str(good).encode(), str(invite).encode())
