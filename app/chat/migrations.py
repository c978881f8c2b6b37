"""What earlier versions left in the database, brought up to date at every start, before the indexes are made.

Each step finds what is old by its shape, so running it again, or in two processes at once, changes nothing.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from pymongo.errors import OperationFailure

from app.auth.models import User
from app.auth.workspace import Workspace
from app.chat.models import Message


def run() -> None:
    """Do all steps. Errors: PyMongoError, after which the next start goes on."""
    _give_messages_their_changes()
    _drop_the_index_of_all_messages()
    _find_an_administrator()


def _give_messages_their_changes() -> None:
    """Before rooms had a sequence of changes, all that ever happened to a message was that it was said."""
    created = [{"n": "$seq", "kind": {"$literal": "created"}}]
    update: list[dict[str, Any]] = [{"$set": {"changes": created}}]
    Message._get_collection().update_many({"changes": {"$exists": False}}, update)


def _drop_the_index_of_all_messages() -> None:
    """The index of mentions was a sparse one, which has an entry for whatever has a room."""
    messages = Message._get_collection()
    if "mentioned" in messages.index_information():
        with suppress(OperationFailure):  # another process was quicker
            messages.drop_index("mentioned")


def _find_an_administrator() -> None:
    """Before there were roles, the oldest account was that of whoever set all this up."""
    administrator = User.objects(role="administrator").order_by("created_at").first()
    workspace = Workspace.objects.first()
    if workspace is None and (first := administrator or User.objects.order_by("created_at").first()):
        Workspace.claim(first.id)
    elif workspace and not administrator:  # whoever signed up first was cut short
        User.objects(id=workspace.first_administrator).update_one(set__role="administrator")
