"""What can be done in a chat: say something, read it again, see who is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from bson import ObjectId
from typing_extensions import TypedDict

from app.auth.models import User, now
from app.chat import (
    attachments,
    broadcasts,
    directory,
    memberships,
    message_log,
    payloads,
    places,
    references,
    signals,
    writing,
)
from app.chat.documents import Change, Source, StoredMessage
from app.chat.forms import MessageSend
from app.chat.memberships import NotAMember, RoomArchived
from app.chat.models import BODY_LIMIT, Message, Presence
from app.chat.payloads import ChangePayload, MessagePayload, UserPayload
from app.chat.references import MessageNotFound
from app.chat.writing import Written
from app.files.errors import FileNotFound
from app.realtime.json import keep
from app.realtime.later import Later

READ_SECONDS = 5.0
CHANGES_PAGE = 100
CHANGES_CHARACTERS = 100_000  # of text in one page: a client's backlog is bounded


Posted = tuple[MessagePayload, bool]
"""A message and whether it is new: the same client_message_id a second time is answered with the first message."""


class CatchUp(TypedDict):
    """A page of changes, up to which one it brings a client, and whether there are more."""

    changes: list[ChangePayload]
    change: int
    more: bool


def as_told(user: User) -> UserPayload:
    """A user with the presence that everyone was told, so that no list says other than the events before it."""
    told = Presence.objects(user=user.id, is_online=True).first()
    return payloads.user(user, is_online=told is not None, is_away=bool(told and told.is_away))


def post_message(
    sender_id: ObjectId,
    form: MessageSend,
    socket_id: str | None = None,
    *,
    is_ask: bool = False,
    origin: str = "person",
) -> Posted:
    """Say something in a room: stored with its journal first, told to the room then.

    Errors: `NotAMember`, `RoomArchived`, `NotConfirmed`; `MessageNotFound` for one that is to be answered;
    `FileNotFound`.
    """
    return posting(sender_id, form, socket_id, is_ask=is_ask, origin=origin).wait()


def posting(
    sender_id: ObjectId,
    form: MessageSend,
    socket_id: str | None = None,
    *,
    is_ask: bool = False,
    origin: str = "person",
) -> Later[Posted]:
    """The same without waiting for the database to store it. Until then this raises the same errors."""
    draft = _draft(form.room_id, sender_id, form.body, form.client_message_id)
    draft["socket_id"], draft["origin"] = socket_id, origin
    if form.leave:
        draft["leave"] = True
    if is_ask:
        draft["ask"] = True
    try:
        memberships.check_writable(sender_id, form.room_id)
        _attach(draft, form)
    except (NotAMember, RoomArchived, MessageNotFound, FileNotFound):
        # It may have been said before all that was so, and its ack was lost.
        if first := said_before(sender_id, form.client_message_id, origin):
            return Later.of((first, False))
        raise
    return _posting(draft)


def _attach(draft: StoredMessage, form: MessageSend) -> None:
    """What a message points at, and its files."""
    if form.reply_to or form.thread_id:
        draft.update(references.resolve(form.room_id, form.reply_to, form.thread_id))  # type: ignore[typeddict-item]
    if form.file_ids:
        draft["files"] = attachments.claim(draft["sender"], form.file_ids, draft["client_message_id"])


def post_as_standin(
    owner_id: ObjectId, room_id: ObjectId, body: str, key: str, details: Mapping[str, Any] = MappingProxyType({})
) -> Posted:
    """The same on behalf of a busy owner. `key` makes it once: a second answer for the same reason is the first.

    `details` is what else is stored with it: who asked, in which thread, and the state of an answer that is still being
    written.
    """
    memberships.check_writable(owner_id, room_id)
    # No program of ours checked what a model writes: half a character pair cannot be stored.
    text = body[:BODY_LIMIT].encode("utf-8", "replace").decode()
    draft = _draft(room_id, owner_id, text, key)
    draft = {**draft, "origin": "standin", "on_behalf_of": owner_id, **details}  # type: ignore[typeddict-item]
    return _posting(draft).wait()


def post_forwarded(sender_id: ObjectId, room_id: ObjectId, said: StoredMessage, key: str, source: Source) -> Posted:
    """Say again in another room what was said by someone, who is named with it, files and all. It calls nobody there.

    Errors: as `post_message`.
    """
    memberships.check_writable(sender_id, room_id)
    draft = _draft(room_id, sender_id, said["body"], key)
    draft["forwarded_from"] = source
    if files := said.get("files"):
        draft["files"] = files
    return _posting(draft).wait()


def catch_up(user_id: ObjectId, room_id: ObjectId, after: int) -> CatchUp:
    """What happened in a room behind that place, a page at a time. Errors: `NotAMember`."""
    memberships.check(user_id, room_id)
    last = places.end(room_id).change  # before the changes: what comes in between is in the next page
    found = _fitting(places.changes(room_id, after, CHANGES_PAGE))
    reached = found[-1][0]["n"] if found else min(after + CHANGES_PAGE, last)
    return {"changes": payloads.changes(found), "change": reached, "more": reached < last}


def _fitting(found: list[tuple[Change, StoredMessage]]) -> list[tuple[Change, StoredMessage]]:
    """As many as are sure to go through to a client that reads slowly; at least one."""
    room_left = CHANGES_CHARACTERS
    for index, (_, message) in enumerate(found):
        room_left -= len(message.get("html", message["body"]))
        if room_left < 0:
            return found[: max(index, 1)]
    return found


def _draft(room_id: ObjectId, sender_id: ObjectId, body: str, client_message_id: str) -> StoredMessage:
    return {
        "_id": ObjectId(),
        "room": room_id,
        "seq": 0,
        "changes": [],
        "sender": sender_id,
        "origin": "person",
        "on_behalf_of": None,
        "body": body,
        "client_message_id": client_message_id,
        "socket_id": None,
        "created_at": now(),
    }


_PLAIN = _draft(ObjectId(), ObjectId(), "", "").keys() | {"html", "mentions"}  # of a message that is all in its text


def _posting(draft: StoredMessage) -> Later[Posted]:
    if written := _written(draft):
        draft.update(written)  # type: ignore[typeddict-item]
    # Names and quotes before the place: nothing may wait between that and the telling, or news leaves out of order.
    draw = _drawer(draft)
    # The sender may have been taken out of the room, or the room archived, while the text was worked on.
    memberships.check_writable(draft["sender"], draft["room"])
    return message_log.appending(draft).followed_by(partial(_tell, draw))


def _drawer(draft: StoredMessage) -> Callable[[StoredMessage], MessagePayload]:
    if draft["origin"] == "person" and draft.keys() <= _PLAIN:
        return partial(payloads.plain_message, directory.name(draft["sender"]))
    return payloads.drawer([draft], {})


@signals.message_found.connect
def _tell_found(stored: StoredMessage) -> None:
    """Without waiting for its sender, who was told to send it again: others have their places behind it."""
    signals.message_recovered.send(_announce(payloads.drawer([stored], {}), stored))


def _announce(draw: Callable[[StoredMessage], MessagePayload], stored: StoredMessage) -> MessagePayload:
    payload = keep(draw(stored))  # it goes to the room and to the sender
    broadcasts.message_created(payload)
    if "deleted_at" not in stored:
        signals.message_posted.send(payload)
    return payload


def _tell(draw: Callable[[StoredMessage], MessagePayload], outcome: tuple[StoredMessage, bool]) -> Posted:
    stored, is_new = outcome
    payload = _announce(draw, stored) if is_new else payloads.messages([stored])[0]
    if "files" in stored:
        attachments.settle(stored)
    return payload, is_new


def _written(draft: StoredMessage) -> Written:
    if (source := draft.get("forwarded_from")) is None:
        return writing.read(draft["body"], draft["room"], draft["sender"], draft["origin"])
    # The words of another: they call nobody here, and have links only if they had them there.
    return writing.read_words(draft["body"], source["origin"])


def said_before(sender_id: ObjectId, client_message_id: str, origin: str = "person") -> MessagePayload | None:
    """The message that a person, or a bot, sent under this client_message_id."""
    once = {"sender": sender_id, "origin": origin, "client_message_id": client_message_id}
    first = Message._get_collection().find_one(once)
    return payloads.messages([first])[0] if first else None
