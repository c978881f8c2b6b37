"""What its owner's stand-in would be shown of a room: the request itself, before anyone asks."""

from __future__ import annotations

from bson import ObjectId
from typing_extensions import TypedDict

from app.ai import assistant, client
from app.auth.models import User
from app.chat import directory, memberships
from app.chat.stand_in import context, preferences

STRANGER = "Somebody"


class PreviewPayload(TypedDict):
    """The two blocks of a request, the model that would be asked, and the messages that are quoted in it."""

    system: str
    user: str
    model: str
    message_ids: list[str]


def of(owner_id: ObjectId, room_id: ObjectId, question: str) -> PreviewPayload:
    """Errors: `NotAMember`."""
    memberships.check(owner_id, room_id)
    owner, chosen = User.objects(id=owner_id).get(), preferences.find(owner_id)
    transcript = context.recent(room_id)
    request = context.request(owner, chosen, transcript, _asker_name(owner_id, room_id), question)
    system, user = assistant.prompt(request)
    return {
        "system": system,
        "user": user,
        "model": client.model_name(chosen.model),
        "message_ids": [str(message_id) for message_id in context.shown(transcript, request.asker_name, question)],
    }


def _asker_name(owner_id: ObjectId, room_id: ObjectId) -> str:
    """In a room of two it is clear who would ask."""
    others = [one for one in memberships.members_of(room_id) if one != owner_id]
    return directory.names(others)[others[0]] if len(others) == 1 else STRANGER
