"""What people keep for later, on the wire: each for its user alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bson import ObjectId
from typing_extensions import TypedDict

from app.auth.payloads import iso
from app.chat import directory, payloads
from app.chat.kept import Bookmark, Reminder, Scheduled
from app.chat.models import Message
from app.chat.payloads import FilePayload, MessagePayload, Person


class MarkPayload(TypedDict):
    """Whether a message is bookmarked."""

    message_id: str
    room_id: str
    on: bool


class BookmarkPayload(TypedDict):
    id: str
    created_at: str
    message: MessagePayload


class ReasonPayload(TypedDict):
    code: str
    message: str


class ScheduledPayload(TypedDict):
    """`state`: waiting or failed; and, when it is told for the last time, sent or cancelled."""

    id: str
    room_id: str
    body: str
    files: list[FilePayload]
    client_message_id: str
    reply_to: str | None
    thread_id: str | None
    at: str | None
    when_back: Person | None
    state: str
    reason: ReasonPayload | None
    created_at: str


class ReminderPayload(TypedDict):
    """`state`: waiting or due; and, when it is told for the last time, cancelled or dismissed."""

    id: str
    at: str
    note: str
    state: str
    message: MessagePayload


def bookmarks(found: Sequence[Bookmark]) -> list[BookmarkPayload]:
    drawn = _messages(one.message for one in found)
    return [
        {"id": str(one.id), "created_at": str(iso(one.created_at)), "message": drawn[one.message]}
        for one in found
        if one.message in drawn
    ]


def reminders(found: Sequence[Reminder]) -> list[ReminderPayload]:
    drawn = _messages(one.message for one in found)
    return [
        {
            "id": str(one.id),
            "at": str(iso(one.at)),
            "note": one.note or "",
            "state": one.state,
            "message": drawn[one.message],
        }
        for one in found
        if one.message in drawn
    ]


def scheduled(found: Sequence[Scheduled]) -> list[ScheduledPayload]:
    names = directory.names({one.when_back for one in found if one.when_back})
    return [
        {
            "id": str(one.id),
            "room_id": str(one.room),
            "body": one.body or "",
            "files": [payloads.file(file) for file in one.files],
            "client_message_id": one.client_message_id,
            "reply_to": _id(one.reply_to),
            "thread_id": _id(one.thread_id),
            "at": iso(one.at),
            "when_back": {"id": str(one.when_back), "name": names[one.when_back]} if one.when_back else None,
            "state": one.state,
            "reason": {"code": one.reason["code"], "message": one.reason["message"]} if one.reason else None,
            "created_at": str(iso(one.created_at)),
        }
        for one in found
    ]


def _messages(message_ids: Iterable[ObjectId]) -> dict[ObjectId, MessagePayload]:
    stored = list(Message._get_collection().find({"_id": {"$in": list(message_ids)}}))
    return {one["_id"]: drawn for one, drawn in zip(stored, payloads.messages(stored), strict=True)}


def _id(found: ObjectId | None) -> str | None:
    return str(found) if found else None
