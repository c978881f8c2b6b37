"""What the collection of messages holds, as it is read and written without making objects of it."""

from __future__ import annotations

from typing import Any, NotRequired

from bson import ObjectId
from typing_extensions import TypedDict


class Change(TypedDict):
    """Something that happened to a message, and its place among all changes of the room."""

    n: int
    kind: str


class Source(TypedDict):
    """Where a forwarded message comes from, and whose words it holds."""

    message: ObjectId
    room: ObjectId
    sender: ObjectId
    origin: str


class StoredFile(TypedDict):
    """What a message holds of a file: all that is shown of it."""

    id: ObjectId
    name: str
    type: str
    size: int
    width: NotRequired[int]
    height: NotRequired[int]


class StoredMessage(TypedDict):
    """A document of the messages collection. What is not required is there only where there is something."""

    _id: ObjectId
    room: ObjectId
    seq: int
    changes: list[Change]
    sender: ObjectId
    origin: str
    on_behalf_of: ObjectId | None
    body: str
    html: NotRequired[str]
    client_message_id: str
    socket_id: str | None
    created_at: Any
    reply_to: NotRequired[ObjectId]
    thread: NotRequired[ObjectId]
    mentions: NotRequired[list[ObjectId]]
    mentions_all: NotRequired[bool]
    previews: NotRequired[list[Any]]
    unfurl_off: NotRequired[list[str]]
    reactions: NotRequired[dict[str, list[ObjectId]]]
    pin: NotRequired[int]
    pinned_at: NotRequired[Any]
    forwarded_from: NotRequired[Source]
    files: NotRequired[list[StoredFile]]
    edited_at: NotRequired[Any]
    deleted_at: NotRequired[Any]
    deleted_by: NotRequired[ObjectId]
    state: NotRequired[str]
    stream_at: NotRequired[Any]
    stream: NotRequired[ObjectId]
    asked_by: NotRequired[ObjectId]
    leave: NotRequired[bool]
    ask: NotRequired[bool]
