"""Files in messages: who may see them, which message has them, and when they go.

A file is claimed for a client_message_id before the message is stored, and the message holds what is to be shown of it.
So the same send again claims the same files, and no other message gets them; only forwarding lets a second message
hold a file. A message that is sent later claims them when it is scheduled. Whether a file is in a message is for the
messages to say: what is noted with the file only tells that it was in one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from bson import ObjectId
from mongoengine import Q
from typing_extensions import TypedDict

from app.chat import memberships, payloads
from app.chat.documents import StoredFile, StoredMessage
from app.chat.forms import FilesQuery, UploadFields
from app.chat.kept import Scheduled
from app.chat.models import Message
from app.chat.payloads import MessagePayload
from app.errors import StandinError
from app.files import uploads
from app.files.errors import FileNotFound
from app.files.models import File, now, soon_forgotten
from app.parsing import parse

AT_ONCE = 100  # files that are seen to in one go
DELETION = timedelta(minutes=1)  # how long deleting a message with files may take


class FilesPage(TypedDict):
    """Messages that have files, and whether there are older ones."""

    messages: list[MessagePayload]
    more: bool


def find(user_id: ObjectId, file_id: ObjectId) -> File:
    """A file that this user may see: of a message in one of their rooms, or their own and in none yet.

    Errors: `FileNotFound`, whether there is one or not.
    """
    file: File | None = File.objects(id=file_id, is_whole=True, doomed_at=None).first()
    if file is None:
        raise FileNotFound
    rooms = _rooms_of(file)
    if not rooms and not file.message and file.owner == user_id:
        return file
    if not any(map(partial(_is_in, user_id), rooms)):
        raise FileNotFound
    return file


def stored(file: File) -> StoredFile:
    facts: StoredFile = {"id": file.id, "name": file.name, "type": file.type, "size": file.size}
    if file.width:
        facts["width"], facts["height"] = file.width, file.height
    return facts


def check_place(user_id: ObjectId, file: File, fields: Mapping[str, str]) -> None:
    """A file that was sent for a room one may not write in is not kept. Errors: `BadInput`, `NotAMember`,
    `RoomArchived`."""
    try:
        if room_id := parse(UploadFields, dict(fields)).room_id:
            memberships.check_writable(user_id, room_id)
    except StandinError:
        uploads.discard(file)
        raise


def page(user_id: ObjectId, room_id: ObjectId, query: FilesQuery) -> FilesPage:
    """The messages with files of a room, the newest first. Errors: `NotAMember`."""
    memberships.check(user_id, room_id)
    wanted: dict[str, Any] = {"room": room_id, "files": {"$exists": True}}
    if query.before is not None:
        wanted["seq"] = {"$lt": query.before}
    found = list(Message._get_collection().find(wanted).sort("seq", -1).limit(query.limit + 1))
    return {"messages": payloads.messages(found[: query.limit]), "more": len(found) > query.limit}


def claim(owner: ObjectId, file_ids: Sequence[ObjectId], client_message_id: str) -> list[StoredFile]:
    """Take these files for a message that is about to be sent. Errors: `FileNotFound`, and none is taken."""
    claimed: list[File] = []
    for file_id in file_ids:
        free = Q(sent_as=None) | Q(sent_as=client_message_id)
        mine = File.objects(Q(id=file_id, owner=owner, is_whole=True, doomed_at=None) & free)
        before = mine.modify(sent_as=client_message_id, expires_at=soon_forgotten())
        if before is None:
            _release(claimed, client_message_id)
            raise FileNotFound
        claimed.append(before)
    return [stored(file) for file in claimed]


def settle(message: StoredMessage) -> None:
    """The message is stored: its files stay as long as it does."""
    if (ids := ids_of(message)) and "forwarded_from" not in message:
        File.objects(id__in=ids).update(message=message["_id"], room=message["room"], unset__expires_at=True)


def ids_of(message: StoredMessage) -> list[ObjectId]:
    return [file["id"] for file in message.get("files", ())]


def begin_removal(file_ids: Sequence[ObjectId]) -> None:
    """From now on nobody sees these files; should their message not be deleted after all, they come back."""
    if file_ids:
        File.objects(id__in=file_ids).update(doomed_at=now())


def remove(file_ids: Sequence[ObjectId]) -> None:
    """Their message is deleted, or will not be sent: remove them and what is stored of them. One that is in a message
    all the same, as it was forwarded, stays there."""
    if file_ids:
        for file in File.objects(id__in=file_ids):
            _end_removal(file)


def tidy() -> int:
    """Remove what was sent for no message, and what a process that died did not get to. How many files."""
    for file in File.objects(expires_at__lte=now()).limit(AT_ONCE):
        if message := _messages_with(file).sort("_id", 1).limit(1).to_list():
            settle(message[0])
        elif Scheduled.objects(files__id=file.id):  # it waits, and its message with it
            File.objects(id=file.id).update(expires_at=soon_forgotten())
        else:  # only as it was found: a message may just be claiming it
            File.objects(id=file.id, expires_at=file.expires_at).update(doomed_at=now() - DELETION)
    return sum(map(_end_removal, File.objects(doomed_at__lte=now() - DELETION).limit(AT_ONCE)))


def _end_removal(file: File) -> bool:
    if _rooms_of(file):
        File.objects(id=file.id).update(unset__doomed_at=True)
        return False
    uploads.discard(file)
    return True


def _rooms_of(file: File) -> set[ObjectId]:
    """Where the messages are that hold the file; more than one if it was forwarded."""
    return {message["room"] for message in _messages_with(file)}


def _messages_with(file: File) -> Any:
    return Message._get_collection().find({"files.id": file.id}, {"room": 1, "files.id": 1})


def _is_in(user_id: ObjectId, room_id: ObjectId) -> bool:
    try:
        memberships.check(user_id, room_id)
    except memberships.NotAMember:
        return False
    return True


def _release(files: Iterable[File], client_message_id: str) -> None:
    """Give back what was free before; what an earlier try of the same message had taken stays with it."""
    free = [file.id for file in files if file.sent_as is None]
    File.objects(id__in=free, sent_as=client_message_id, message=None).update(unset__sent_as=True)
