"""What becomes of a message after it was said: edited, deleted, reacted to.

Each is one atomic update that takes the next place among the room's changes; the room is told when it is durable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from bson import ObjectId

from app.auth.models import now
from app.chat import (
    attachments,
    broadcasts,
    memberships,
    message_log,
    payloads,
    people,
    permissions,
    references,
    rich_text,
    writing,
)
from app.chat.documents import StoredMessage
from app.chat.forms import MessageEdit, MessageReact
from app.chat.models import Message
from app.chat.payloads import MessagePayload
from app.chat.references import MessageNotFound
from app.errors import Conflict, Forbidden
from app.language import N_

HELD = (  # beside its text
    *(*writing.FIELDS, "previews", "unfurl_off", "reactions", "edited_at", "reply_to"),
    *("pin", "pinned_at", "forwarded_from", "files", "state", "stream_at", "stream"),
)
MOST_EMOJI = 50  # kinds of reactions to one message

Broadcast = Callable[[MessagePayload], None]


class NotYours(Forbidden):
    code = "not_yours"
    message = N_("Only whoever wrote this message can do that.")


class MessageDeleted(Conflict):
    code = "message_deleted"
    message = N_("This message was deleted, so it cannot be changed.")


class TooManyReactions(Conflict):
    code = "too_many_reactions"
    message = N_("This message has as many kinds of reactions as it can have. Choose one that is there.")


def find(user_id: ObjectId, message_id: ObjectId) -> StoredMessage:
    """A message of a room that the user is in. Errors: `MessageNotFound`, whether there is one or not."""
    message = stored(message_id)
    try:
        memberships.check(user_id, message["room"])
    except memberships.NotAMember:
        raise MessageNotFound from None
    return message


def stored(message_id: ObjectId) -> StoredMessage:
    """A message that is known to be there. Errors: `MessageNotFound`."""
    message: StoredMessage | None = Message._get_collection().find_one({"_id": message_id})
    if message is None:
        raise MessageNotFound
    return message


def drawer(message: StoredMessage) -> Callable[[StoredMessage], MessagePayload]:
    """What draws a message after a change: all that has to be looked up is looked up before it."""
    return payloads.drawer([message], references.reply_counts([message]))


def edit(user_id: ObjectId, form: MessageEdit) -> MessagePayload:
    """Put another text in place of one's own, or of what one's stand-in said, which stays its message.

    Errors: those of `find`, `NotYours`, `MessageDeleted`, `RoomArchived`.
    """
    message = _changeable(user_id, form.message_id)
    # What was forwarded are the words of someone else.
    if not (_is_author(user_id, message) or is_stand_in_of(user_id, message)) or "forwarded_from" in message:
        raise NotYours
    if message["body"] == form.body:
        return _payload(message)
    written = writing.read(form.body, message["room"], user_id, message["origin"])
    gone = {name: "" for name in (*writing.FIELDS, "stream_at", "stream") if name not in written}
    is_whole = {"state": "done"} if "state" in message else {}  # whatever became of the answer
    update = {
        "$set": {"body": form.body, "edited_at": now(), **is_whole, **written},
        **({"$unset": gone} if gone else {}),
        # Of links that are still there the previews stay; those of new ones come later.
        "$pull": {"previews": {"url": {"$nin": rich_text.links(written.get("html", ""))}}},
    }
    payload = amend(message, "edited", update, broadcasts.message_edited)
    _write_no_more(message)
    return payload


def delete(user_id: ObjectId, message_id: ObjectId) -> MessagePayload:
    """Take back one's own message or one's stand-in's, or anyone's as an administrator. Its place stays, empty.

    Whoever asked the stand-in is told. What is deleted already is answered as it is. Errors: as `edit`.
    """
    message = find(user_id, message_id)
    place = memberships.check_writable(user_id, message["room"])
    is_mine = _is_author(user_id, message) or is_stand_in_of(user_id, message)
    if not is_mine and not _may_delete_any(user_id, place):
        raise NotYours
    if "deleted_at" in message:
        return _payload(message)
    what_it_held = dict.fromkeys(HELD, "")
    update = {"$set": {"body": "", "deleted_at": now(), "deleted_by": user_id}, "$unset": what_it_held}
    files = attachments.ids_of(message)
    attachments.begin_removal(files)
    payload = amend(message, "deleted", update, broadcasts.message_deleted)
    attachments.remove(files)
    _write_no_more(message)
    if payload["retracted_by"] and message.get("asked_by") not in {None, user_id}:
        broadcasts.standin_retracted(message["asked_by"], payload)
    return payload


def react(user_id: ObjectId, form: MessageReact) -> MessagePayload:
    """Add one's reaction, or take it away. What is so already is answered as it is. Errors: those of `find`,
    `MessageDeleted`, `RoomArchived`, `TooManyReactions`, `TooManyChanges`."""
    message = _changeable(user_id, form.message_id)
    reactions = message.get("reactions", {})
    if (user_id in reactions.get(form.emoji, ())) is form.on:
        return _payload(message)
    if form.on and not reactions.get(form.emoji) and sum(map(bool, reactions.values())) >= MOST_EMOJI:
        raise TooManyReactions
    users = {f"reactions.{form.emoji}": user_id}
    update = {"$addToSet": users} if form.on else {"$pull": users}
    # The same at the same moment from another device changes nothing either.
    is_other = {f"reactions.{form.emoji}": {"$ne": user_id} if form.on else user_id}
    return amend(message, "reacted", update, broadcasts.message_reacted, is_other)


def _changeable(user_id: ObjectId, message_id: ObjectId) -> StoredMessage:
    message = find(user_id, message_id)
    memberships.check_writable(user_id, message["room"])
    if "deleted_at" in message:
        raise MessageDeleted
    return message


def find_own(user_id: ObjectId, message_id: ObjectId) -> StoredMessage:
    """A message that the user wrote and can change. Errors: as `edit`."""
    message = _changeable(user_id, message_id)
    if not _is_author(user_id, message):
        raise NotYours
    return message


def amend(
    message: StoredMessage,
    kind: str,
    update: Mapping[str, Any],
    broadcast: Broadcast,
    where: Mapping[str, Any] = MappingProxyType({}),
) -> MessagePayload:
    """Change a message and tell its room; where it does not fit `where` by now, it is answered as it is.

    Errors: `MessageDeleted`, `TooManyChanges`.
    """
    # Nothing may wait between the two, or broadcasts leave out of order: so all that is to be looked up is so before.
    draw = drawer(message)
    changed = message_log.amend(message, kind, update, {"deleted_at": None, **where})
    if changed is None:
        as_it_is = stored(message["_id"])
        if not where or "deleted_at" in as_it_is:
            raise MessageDeleted
        return _payload(as_it_is)
    payload = draw(changed)
    broadcast(payload)
    return payload


def _payload(message: StoredMessage) -> MessagePayload:
    return payloads.messages([message])[0]


def _is_author(user_id: ObjectId, message: StoredMessage) -> bool:
    return message["sender"] == user_id and message["origin"] == "person"


def is_stand_in_of(user_id: ObjectId, message: StoredMessage) -> bool:
    """Whether a stand-in said it on this user's behalf. It is theirs to edit and to take back."""
    return message["origin"] == "standin" and message["on_behalf_of"] == user_id


def _write_no_more(message: StoredMessage) -> None:
    if message.get("state") == "streaming" and "stream" in message:
        broadcasts.stop_stream(message["stream"])


def _may_delete_any(user_id: ObjectId, place: memberships.Place) -> bool:
    kind = permissions.kind_of(place.kind, place.key)
    return permissions.may("delete_any", people.role_of(user_id), place.role, kind)
