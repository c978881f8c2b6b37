"""Who of a room is called by name in a text."""

from __future__ import annotations

from bson import ObjectId

from app.chat import directory, memberships, mentions


def called_in(body: str, room_id: ObjectId) -> list[ObjectId]:
    """The members of the room whom `body` mentions, in the order of their ids."""
    if not mentions.may_mention(body):
        return []
    return sorted(mentions.mentioned(body, directory.names(memberships.members_of(room_id))))
