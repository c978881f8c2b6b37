"""The lines of a full export: what each must hold, and how it is written and read.

Source of the notation: https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/ (relaxed mode).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Annotated, Any, Literal, Self

import bson
from bson import ObjectId, json_util
from bson.errors import BSONError
from mongoengine import Document
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.auth.forms import TIME_OF_DAY
from app.auth.models import BIO_LIMIT, User, now
from app.auth.payloads import iso
from app.chat import rich_text
from app.chat.kept import NOTE_LIMIT, Bookmark, Reminder, Scheduled
from app.chat.models import BODY_LIMIT, MOST_PINS, Membership, Message, Room
from app.chat.stand_in.models import NOTES_LIMIT, TONE_LIMIT, StandIn

FORMAT = 1
LONGEST_LINE = 1024 * 1024  # bytes; a message of the longest body takes a tenth of that at most
JSON_OPTIONS = json_util.JSONOptions(json_mode=json_util.JSONMode.RELAXED, tz_aware=True, tzinfo=UTC)

Count = Annotated[int, Field(ge=0)]
# A hash of another make would be an error at every login, long after the import.
BcryptHash = Annotated[str, Field(pattern=r"^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$")]


def _is_clean(markup: str) -> str:
    """A file may come from anywhere, and the page shows this as it is."""
    if rich_text.clean(markup) != markup:
        raise ValueError("holds what this Standin would not write")
    return markup


SafeHtml = Annotated[str, Field(max_length=rich_text.LONGEST), AfterValidator(_is_clean)]


class Refused(Exception):
    """The file cannot be imported. The message is one line and says which line of the file, and why."""


class Record(BaseModel):
    """A stored document, exactly as the models of auth and chat keep it: no field more, no other type."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", arbitrary_types_allowed=True)

    id: ObjectId = Field(alias="_id")


class UserRecord(Record):
    name: Annotated[str, Field(min_length=1, max_length=60)]
    email: Annotated[str, Field(min_length=1)]
    email_key: Annotated[str, Field(min_length=1)]
    password_hash: BcryptHash
    key_hash: Annotated[str | None, Field(pattern=r"^[0-9a-f]{64}$")] = None
    removed_at: AwareDatetime | None = None
    role: Literal["administrator", "member", "guest", "bot"] = "member"
    created_at: AwareDatetime
    avatar: str | None = None
    bio: Annotated[str | None, Field(max_length=BIO_LIMIT)] = None
    time_zone: Annotated[str | None, Field(max_length=60)] = None
    language: Annotated[str | None, Field(max_length=10)] = None
    notify_about: Literal["everything", "mentions", "nothing"] = "mentions"
    quiet_from: Annotated[str | None, Field(pattern=rf"^(?:{TIME_OF_DAY.pattern})?$")] = None
    quiet_until: Annotated[str | None, Field(pattern=rf"^(?:{TIME_OF_DAY.pattern})?$")] = None
    mail_mentions: bool = True
    status: Literal["available", "away", "busy"]
    status_until: AwareDatetime | None = None
    status_note: Annotated[str | None, Field(max_length=280)] = None
    status_since: AwareDatetime
    status_mode: Literal["off", "draft", "answer"] | None = None
    busy_since: AwareDatetime | None = None
    busy_seen: bool | None = None


class RoomRecord(Record):
    name: Annotated[str, Field(min_length=1, max_length=80)]
    kind: Literal["open", "closed", "direct", "assistant"]
    key: str | None = None
    description: Annotated[str | None, Field(max_length=500)] = None
    archived_at: AwareDatetime | None = None
    created_at: AwareDatetime


class MembershipRecord(Record):
    room: ObjectId
    user: ObjectId
    role: Literal["member", "owner"] = "member"
    came_by: Literal["creation", "invitation", "joining"] | None = None
    involvement: Literal["everything", "mentions", "nothing"] = "everything"
    last_read_seq: Count
    joined_at: AwareDatetime


class ChangeRecord(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    n: Annotated[int, Field(ge=1)]
    kind: Literal["created", "edited", "deleted", "reacted", "pinned"]


class SourceRecord(BaseModel):
    """Where a forwarded message comes from."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", arbitrary_types_allowed=True)

    message: ObjectId
    room: ObjectId
    sender: ObjectId
    origin: Literal["person", "standin", "bot", "system"]


class FileRecord(BaseModel):
    """What a message holds of a file. What is in the file is not in the export."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", arbitrary_types_allowed=True)

    id: ObjectId
    name: Annotated[str, Field(min_length=1)]
    type: Annotated[str, Field(min_length=1)]
    size: Count
    width: Annotated[int | None, Field(ge=1)] = None
    height: Annotated[int | None, Field(ge=1)] = None


class PreviewRecord(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    url: Annotated[str, Field(pattern=r"(?i)^https?://")]  # a page makes a link of it
    title: str
    description: str
    site_name: str


class MessageRecord(Record):
    """Earlier versions wrote no changes; an import gives such a message the one of having been said."""

    room: ObjectId
    seq: Annotated[int, Field(ge=1)]
    sender: ObjectId
    origin: Literal["person", "standin", "bot", "system"]
    on_behalf_of: ObjectId | None = None
    body: Annotated[str, Field(max_length=BODY_LIMIT)]
    client_message_id: Annotated[str, Field(min_length=1)]
    socket_id: str | None = None
    created_at: AwareDatetime
    changes: Annotated[list[ChangeRecord] | None, Field(min_length=1)] = None
    html: SafeHtml | None = None
    mentions: list[ObjectId] = []
    mentions_all: bool = False
    previews: list[PreviewRecord] = []
    unfurl_off: list[str] = []
    reactions: dict[str, list[ObjectId]] = {}
    pin: Annotated[int | None, Field(ge=0, lt=MOST_PINS)] = None
    pinned_at: AwareDatetime | None = None
    forwarded_from: SourceRecord | None = None
    files: list[FileRecord] = []
    edited_at: AwareDatetime | None = None
    deleted_at: AwareDatetime | None = None
    deleted_by: ObjectId | None = None
    state: Literal["streaming", "done", "failed", "stopped"] | None = None
    stream_at: AwareDatetime | None = None
    stream: ObjectId | None = None
    asked_by: ObjectId | None = None
    leave: bool = False
    ask: bool = False
    reply_to: ObjectId | None = None
    thread: ObjectId | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        is_cut_short = self.state is not None and self.state != "done"
        if not self.body and not self.files and self.deleted_at is None and not is_cut_short:
            raise ValueError("body: only what was deleted or cut short, or has files, is empty")
        return self


class StandInRecord(Record):
    """What the owner of a stand-in chose, under the id of the owner."""

    mode: Literal["off", "draft", "answer"]
    notes: Annotated[str, Field(max_length=NOTES_LIMIT)] = ""
    tone: Annotated[str, Field(max_length=TONE_LIMIT)] = ""
    allow: Literal["everyone", "only", "except"] = "everyone"
    user_ids: list[ObjectId] = []
    rooms: Literal["on_mention", "never"] = "on_mention"
    model: str | None = None
    changed_at: AwareDatetime | None = None


class BookmarkRecord(Record):
    user: ObjectId
    message: ObjectId
    room: ObjectId
    created_at: AwareDatetime


class ReasonRecord(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    code: str
    message: str


class ScheduledRecord(Record):
    user: ObjectId
    room: ObjectId
    body: Annotated[str, Field(max_length=BODY_LIMIT)] = ""
    files: list[FileRecord] = []
    client_message_id: Annotated[str, Field(min_length=1)]
    reply_to: ObjectId | None = None
    thread_id: ObjectId | None = None
    at: AwareDatetime | None = None
    when_back: ObjectId | None = None
    state: Literal["waiting", "failed"]
    reason: ReasonRecord | None = None
    claimed_until: AwareDatetime | None = None
    claims: Count
    created_at: AwareDatetime

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.body and not self.files:
            raise ValueError("body: only what has files is empty")
        return self


class ReminderRecord(Record):
    user: ObjectId
    message: ObjectId
    room: ObjectId
    at: AwareDatetime
    note: Annotated[str, Field(max_length=NOTE_LIMIT)] = ""
    state: Literal["waiting", "due"]
    created_at: AwareDatetime


class Header(BaseModel):
    """The first line. `standin` is the version of the format."""

    model_config = ConfigDict(strict=True)

    standin: int
    exported_at: str


class End(BaseModel):
    """The last line: how many documents of each collection stand before it. A file without it was cut short."""

    model_config = ConfigDict(strict=True, extra="forbid")

    end: dict[str, Count]


class Line(BaseModel):
    """Any line between: one document."""

    model_config = ConfigDict(strict=True, extra="forbid")

    collection: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A collection that is exported: its model, and what a document of it must look like."""

    model: type[Document]
    record: type[Record]


KINDS: Mapping[str, Kind] = {
    "users": Kind(User, UserRecord),
    "rooms": Kind(Room, RoomRecord),
    "memberships": Kind(Membership, MembershipRecord),
    "messages": Kind(Message, MessageRecord),
    "stand_ins": Kind(StandIn, StandInRecord),
    "bookmarks": Kind(Bookmark, BookmarkRecord),
    "scheduled": Kind(Scheduled, ScheduledRecord),
    "reminders": Kind(Reminder, ReminderRecord),
}


def header_line() -> str:
    return json.dumps({"standin": FORMAT, "exported_at": iso(now())}) + "\n"


def document_line(collection: str, document: Mapping[str, Any]) -> str:
    line = {"collection": collection, "document": document}
    return json_util.dumps(line, json_options=JSON_OPTIONS, ensure_ascii=False) + "\n"


def end_line(counts: Mapping[str, int]) -> str:
    return json.dumps({"end": counts}) + "\n"


def read_header(text: bytes) -> Header:
    """Errors: `Refused` for whatever is not the first line of a full export that this version reads."""
    try:
        header = Header.model_validate(_decode(text))
    except (Refused, ValidationError):
        raise Refused("this is no full export of Standin") from None
    if header.standin != FORMAT:
        raise Refused(f"this export has format {header.standin}, and this Standin reads format {FORMAT}")
    return header


def read_line(text: bytes) -> Line | End:
    """A line after the first, its document checked. Errors: `Refused`."""
    data = _decode(text)
    try:
        if isinstance(data, dict) and "end" in data:
            return End.model_validate(data)
        line = Line.model_validate(data)
        kind = KINDS.get(line.collection)
        if kind is None:
            raise Refused(f"there is no collection {line.collection[:40]!r}")
        kind.record.model_validate(line.document)
        bson.encode(line.document)  # a number that is too large, half a character pair
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise Refused(f"{where + ': ' if where else ''}{problem['msg'].removeprefix('Value error, ')}") from None
    except (BSONError, OverflowError, UnicodeEncodeError):
        raise Refused("it holds what MongoDB cannot store") from None
    return line


def _decode(text: bytes) -> Any:
    try:
        return json_util.loads(text.decode("utf-8"), json_options=JSON_OPTIONS)
    # What extended JSON of the wrong shape ends in: its reader checks little itself.
    except (ValueError, TypeError, KeyError, ArithmeticError, RecursionError, BSONError):
        raise Refused("not a line of extended JSON") from None
