"""A summary of what was said while somebody was away, whose references lead to messages that they may read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId
from typing_extensions import TypedDict

from app.ai import ProviderFailed, client, summary
from app.ai.assistant import Usage
from app.ai.prompts.asking import SUMMARY_VERSION
from app.ai.summary import SummaryLine
from app.auth.models import User
from app.chat import directory, memberships, rooms
from app.chat.documents import StoredMessage
from app.chat.models import Message, Room
from app.chat.stand_in import asking, context, digest, ledger, pool, preferences
from app.chat.stand_in.errors import AssistantFailed, AssistantLimit
from app.chat.stand_in.ledger import Purpose

MOST = 300  # messages that are read; of these, as many as fit are shown


class SummaryPayload(TypedDict):
    """[1], [2], ... in the text stand for these messages, each with its room."""

    text: str
    message_ids: list[str]
    room_ids: list[str]


def write(reader_id: ObjectId, since: datetime | None, room_id: ObjectId | None) -> SummaryPayload:
    """Sum up what was said since then in all rooms of the reader, or in one; empty where nothing was.

    Errors: `NotAMember`, `AssistantUnavailable`, `AssistantLimit`, `AssistantFailed`.
    """
    places = [room_id] if room_id and memberships.check(reader_id, room_id) else _places(reader_id)
    purpose = Purpose(reader_id, reader_id, "summary", room_id)
    asking.check_available(purpose)
    messages = _said(places, digest.beginning(reader_id, since))
    if not messages:
        return {"text": "", "message_ids": [], "room_ids": []}
    text, indices = _ask(purpose, messages)
    cited = [messages[index] for index in indices]
    return {
        "text": text,
        "message_ids": [str(message["_id"]) for message in cited],
        "room_ids": [str(message["room"]) for message in cited],
    }


def _places(reader_id: ObjectId) -> list[ObjectId]:
    """The rooms of the reader, but not the one in which they are alone with the AI."""
    return list(Room.objects(id__in=list(memberships.of(reader_id)), kind__ne="assistant").scalar("id"))


def _said(places: list[ObjectId], begin: datetime) -> list[StoredMessage]:
    """What was said there since, the oldest first; of much the last."""
    query = {**digest.said_since(begin), "room": {"$in": places}, "deleted_at": None, "stream_at": None}
    found = Message._get_collection().find(query).sort("_id", -1).limit(MOST)
    return [message for message in found if message["body"] or message.get("files")][::-1]


def _ask(purpose: Purpose, messages: Sequence[StoredMessage]) -> tuple[str, list[int]]:
    """The text, and the places of the messages that it refers to. Within the budgets, on the record."""
    reader, lines = User.objects(id=purpose.owner).get(), _lines(purpose.owner, messages)
    model = client.model_name(preferences.find(purpose.owner).model)
    shown = messages[len(messages) - summary.lines_shown(lines) :]
    call, refusal = ledger.open_call(purpose, [message["_id"] for message in shown], model, SUMMARY_VERSION)
    if refusal is not None:
        raise AssistantLimit
    usage = Usage()
    try:
        with pool.one_of_few():
            text, places = summary.write(reader.name, lines, usage, model)
    except ProviderFailed as failure:
        ledger.close_call(call, usage, "failed", reason=str(failure.reason))
        raise AssistantFailed from None
    ledger.close_call(call, usage, "done")
    return text, places


def _lines(reader_id: ObjectId, messages: Sequence[StoredMessage]) -> list[SummaryLine]:
    people = directory.names(message["sender"] for message in messages)
    called = rooms.names(reader_id, {message["room"] for message in messages})
    return [
        SummaryLine(
            called[message["room"]],
            people[message["sender"]],
            context.words(message["body"], message.get("files", ())),
            is_standin=message["origin"] == "standin",
        )
        for message in messages
    ]
