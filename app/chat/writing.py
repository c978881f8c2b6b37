"""What a text is besides its letters: how it is shown, and whom it calls. Worked out once, when it is written.

Most texts are plain and cost nothing. Those that may take long are worked on in a thread of their own, so that the loop
goes on meanwhile. A text that cannot be rendered, for whatever reason, is shown as it was typed: no message is lost.
"""

from __future__ import annotations

import logging
from functools import cache

import gevent
from bson import ObjectId
from cachetools import LRUCache
from gevent.threadpool import ThreadPool
from typing_extensions import TypedDict

from app.auth.models import User
from app.auth.signals import user_changed
from app.chat import directory, memberships, mentions, permissions, rich_text
from app.chat.mentions import Names
from app.chat.models import Membership, Room
from app.chat.rich_text import Rendered, Renderer, Text

logger = logging.getLogger(__name__)

SHORT = 500  # characters; the worst text of that length takes some milliseconds
THREADED_SECONDS = 3.0  # for a text and those that wait in front of it
FIELDS = ("html", "mentions", "mentions_all")
LINKED = {"person", "bot"}  # whose links lead somewhere: what a model writes has none

_names: LRUCache[bytes, tuple[tuple[ObjectId, ...], Names[ObjectId]]] = LRUCache(1_000)


class Written(TypedDict, total=False):
    """What is stored beside a text, where there is any of it."""

    html: str
    mentions: list[ObjectId]
    mentions_all: bool


def read(body: str, room_id: ObjectId, author_id: ObjectId, origin: str = "person") -> Written:
    """What `body` is when this author writes it in this room."""
    if rich_text.is_plain(body):
        return {}
    rendered = _rendered(_text(body, room_id, author_id, origin))
    written: Written = {}
    if rendered.html is not None:
        written["html"] = rendered.html
    if rendered.mentions:
        written["mentions"] = sorted(rendered.mentions)
    if rendered.mentions_all:
        written["mentions_all"] = True
    return written


def read_words(body: str, origin: str) -> Written:
    """The same for words that are not said, only shown: nobody is called in them."""
    html = None if rich_text.is_plain(body) else _rendered(Text(body, has_links=origin in LINKED)).html
    return {} if html is None else {"html": html}


def _text(body: str, room_id: ObjectId, author_id: ObjectId, origin: str) -> Text:
    has_links = origin in LINKED
    if not mentions.may_mention(body):
        return Text(body, has_links=has_links)
    names = _names_in(room_id)
    may_try = origin == "person" and mentions.may_call_everyone(body)
    return Text(body, names, may_try and _may_call_everyone(author_id, room_id), has_links=has_links)


def _names_in(room_id: ObjectId) -> Names[ObjectId]:
    """Who can be called in a room. Made anew when who is in it is looked up anew, or somebody changes their name."""
    roll, known = memberships.roll(room_id), _names.get(room_id.binary)
    if known is not None and known[0] is roll:
        return known[1]
    names = mentions.names_of(directory.names(roll))
    _names[room_id.binary] = roll, names
    return names


@user_changed.connect
def _forget_names(_user: User) -> None:
    _names.clear()


def _may_call_everyone(user_id: ObjectId, room_id: ObjectId) -> bool:
    """Asked for the few texts in which it could matter."""
    user, room = User.objects(id=user_id).first(), Room.objects(id=room_id).first()
    membership = Membership.objects(room=room_id, user=user_id).first()
    if not user or not room or not membership:
        return False
    kind = permissions.kind_of(room.kind, room.key)
    return permissions.may("mention_all", user.role, membership.role, kind)


def _rendered(text: Text) -> Rendered:
    try:
        # Colours for code load a lexer first, which takes its time too.
        if len(text.body) <= SHORT and "```" not in text.body and "~~~" not in text.body:
            return _renderer().render(text)
        return _thread().spawn(_renderer_of_thread().render, text).get(timeout=THREADED_SECONDS)  # type: ignore[no-any-return]
    except (Exception, gevent.Timeout):
        logger.exception("a text of %d characters is shown as it was typed", len(text.body))
        return Rendered(mentions=_called(text))


def _called(text: Text) -> frozenset[ObjectId]:
    people = {key: name for name, keys in text.names.keys.items() for key in keys}
    return frozenset(mentions.mentioned(text.body, people))


@cache
def _thread() -> ThreadPool:
    return ThreadPool(1)


@cache
def _renderer() -> Renderer:
    return Renderer()


@cache
def _renderer_of_thread() -> Renderer:
    return Renderer()
