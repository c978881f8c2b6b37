"""The one workspace of an installation, and who administers it first."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from mongoengine import BooleanField, Document, IntField, ObjectIdField, StringField

from app.auth.models import User


class Workspace(Document):  # type: ignore[misc]
    """There is one. Whoever makes it, the first to sign up, is its first administrator."""

    key = StringField(primary_key=True, default="workspace")
    name = StringField(default="", max_length=80)
    first_administrator = ObjectIdField(required=True)
    role_changes = IntField(default=0)  # counted so that two changes of roles meet here

    stand_ins_off = BooleanField()  # an administrator has switched them off

    meta = {"collection": "workspace", "auto_create_index": False}  # noqa: RUF012

    @classmethod
    def claim(cls, user_id: ObjectId) -> bool:
        """Make the workspace, with this user as its administrator. Whether there was none before."""
        new: dict[str, Any] = {"$setOnInsert": {"name": "", "first_administrator": user_id}}
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
