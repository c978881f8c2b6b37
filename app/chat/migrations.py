"""What earlier versions left in the database, brought up to date before the indexes are made.

Each step is done once and written down. It finds what is old by its shape, so doing it again, or in two processes at
once, changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from mongoengine import DateTimeField, Document, StringField
from mongoengine.errors import NotUniqueError
from pymongo.errors import OperationFailure

from app.auth.models import User, now
from app.auth.workspace import Workspace
from app.chat.models import Membership, Message, Room


class Migration(Document):  # type: ignore[misc]
    """A step that is done: it looks through whole collections, and need not do so at every start."""

    name = StringField(primary_key=True)
    done_at = DateTimeField(required=True, default=now)

    meta = {"collection": "migrations", "auto_create_index": False}  # noqa: RUF012


def run(*, anew: bool = False) -> None:
    """Do the steps that are not done yet; `anew`, all of them. Errors: PyMongoError, after which the next start goes
    on."""
    done = set() if anew else set(Migration.objects.scalar("name"))
    for name, step in STEPS.items():
        if name not in done:
            step()
            with suppress(NotUniqueError):  # written down already, by another process that starts
                Migration(name=name).save(force_insert=True)
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


def _say_how_members_came() -> None:
    """Before it was written down: whoever owns a room is taken for its maker, and who is in an open one for somebody
    who joined it by themselves, unless they are a guest and cannot have."""
    memberships = Membership._get_collection()
    unknown: dict[str, Any] = {"came_by": {"$exists": False}}
    by_themselves = {
        "room": {"$in": list(Room.objects(kind="open").scalar("id"))},
        "user": {"$nin": list(User.objects(role="guest").scalar("id"))},
    }
    for which, how in (({"role": "owner"}, "creation"), (by_themselves, "joining"), ({}, "invitation")):
        memberships.update_many({**unknown, **which}, {"$set": {"came_by": how}})


def _say_since_when_people_are_busy() -> None:
    """Before it was written down: since their status began. What comes of that time waits for them as of any other."""
    update: list[dict[str, Any]] = [{"$set": {"busy_since": "$status_since", "busy_seen": False}}]
    User._get_collection().update_many({"status": "busy", "busy_since": None}, update)


def _find_an_administrator() -> None:
    """Before there were roles, the oldest account was that of whoever set all this up. Seen to at every start, because
    whoever signs up first may be cut short."""
    administrator = User.objects(role="administrator").order_by("created_at").first()
    workspace = Workspace.objects.first()
    if workspace is None and (first := administrator or User.objects(role__ne="bot").order_by("created_at").first()):
        Workspace.claim(first.id)
    elif workspace and not administrator:
        User.objects(id=workspace.first_administrator).update_one(set__role="administrator")


# By the names under which they are written down.
STEPS: Mapping[str, Callable[[], None]] = {
    "messages have changes": _give_messages_their_changes,
    "mentions have an index of their own": _drop_the_index_of_all_messages,
    "memberships say how they came about": _say_how_members_came,
    "busy times say since when": _say_since_when_people_are_busy,
}
