"""What of a room an answer may be made of. Of no other room is anything read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bson import ObjectId

from app.ai.assistant import AnswerRequest, TranscriptLine
from app.ai.prompts import how_many_fit
from app.auth.models import User
from app.chat import directory
from app.chat.documents import StoredMessage
from app.chat.models import Message
from app.chat.stand_in.models import StandIn

MESSAGES = 20


def recent(room_id: ObjectId, up_to: int | None = None, thread: ObjectId | None = None) -> list[StoredMessage]:
    """The last messages up to this place, oldest first: of the room, or of one of its threads and what began that."""
    says_something = [{"body": {"$ne": ""}}, {"files": {"$exists": True}}]
    query: dict[str, Any] = {"room": room_id, "deleted_at": None, "stream_at": None, "$or": says_something}
    if up_to is not None:
        query["seq"] = {"$lte": up_to}
    said = Message._get_collection()
    if thread is None:
        return list(said.find(query).sort("seq", -1).limit(MESSAGES))[::-1]
    root = said.find_one({"_id": thread, "room": room_id, "deleted_at": None})
    replies = list(said.find({**query, "thread": thread}).sort("seq", -1).limit(MESSAGES))[::-1]
    return [root, *replies] if root else replies


def shown(transcript: Sequence[StoredMessage], asker_name: str, question: str) -> list[ObjectId]:
    """Those of these messages that the provider is shown: not the oldest, where there is too much."""
    count = how_many_fit(lines(transcript), asker_name, question)
    return [message["_id"] for message in transcript[len(transcript) - count :]]


def words(body: str, files: Iterable[Mapping[str, Any]]) -> str:
    """What a message says. Files are named with their types: nobody looks into them."""
    named = (f"[file: {file['name']}, {file['type']}]" for file in files)
    return "\n".join([*([body] if body else []), *named])


def lines(messages: Sequence[StoredMessage]) -> tuple[TranscriptLine, ...]:
    """Messages as the provider is shown them, under the names of today."""
    names = directory.names(message["sender"] for message in messages)
    return tuple(
        TranscriptLine(
            names[message["sender"]],
            words(message["body"], message.get("files", ())),
            is_standin=message["origin"] == "standin",
        )
        for message in messages
    )


def request(
    owner: User, chosen: StandIn, transcript: Sequence[StoredMessage], asker_name: str, question: str
) -> AnswerRequest:
    """All that the provider is shown of a question to somebody busy."""
    return AnswerRequest(
        owner_name=owner.name,
        status_until=owner.status_until,
        note=owner.status_note or "",
        notes=chosen.notes,
        tone=chosen.tone,
        asker_name=asker_name,
        transcript=lines(transcript),
        question=question,
    )
