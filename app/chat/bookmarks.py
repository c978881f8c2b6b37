"""Messages that a user wants to find again. Nobody else learns of it."""

from __future__ import annotations

from contextlib import suppress

from bson import ObjectId
from mongoengine.errors import NotUniqueError
from typing_extensions import TypedDict

from app.chat import broadcasts, edits, kept_payloads, memberships
from app.chat.kept import Bookmark
from app.chat.kept_forms import KeptQuery, MessageBookmark
from app.chat.kept_payloads import BookmarkPayload, MarkPayload

MOST_IN_ROOM = 1_000  # that a page is told of at once


class Page(TypedDict):
    bookmarks: list[BookmarkPayload]
    more: bool


def bookmark(user_id: ObjectId, form: MessageBookmark) -> MarkPayload:
    """Keep a message, or keep it no more. Errors: those of `edits.find`; `MessageDeleted` for keeping."""
    message = edits.find(user_id, form.message_id)
    if form.on and "deleted_at" in message:
        raise edits.MessageDeleted
    room_id = message["room"]
    is_news = _keep(user_id, form.message_id, room_id) if form.on else _let_go(user_id, form.message_id)
    mark = MarkPayload(message_id=str(form.message_id), room_id=str(room_id), on=form.on)
    if is_news:
        broadcasts.bookmark_changed(user_id, mark)
    return mark


def listing(user_id: ObjectId, query: KeptQuery) -> Page:
    """A page of a user's bookmarks, the last first. Those in rooms that the user has left are not shown."""
    found = Bookmark.objects(user=user_id, room__in=list(memberships.of(user_id)))
    if query.before:
        found = found.filter(id__lt=query.before)
    page = list(found.order_by("-id").limit(query.limit + 1))
    return {"bookmarks": kept_payloads.bookmarks(page[: query.limit]), "more": len(page) > query.limit}


def in_room(user_id: ObjectId, room_id: ObjectId) -> list[str]:
    """The ids of the messages of a room that the user has bookmarked, the last first. Errors: `NotAMember`."""
    memberships.check(user_id, room_id)
    found = Bookmark.objects(user=user_id, room=room_id).order_by("-id").limit(MOST_IN_ROOM)
    return [str(message_id) for message_id in found.scalar("message")]


def _keep(user_id: ObjectId, message_id: ObjectId, room_id: ObjectId) -> bool:
    with suppress(NotUniqueError):
        Bookmark(user=user_id, message=message_id, room=room_id).save(force_insert=True)
        return True
    return False


def _let_go(user_id: ObjectId, message_id: ObjectId) -> bool:
    return bool(Bookmark.objects(user=user_id, message=message_id).delete())
