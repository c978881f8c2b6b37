"""Puts previews under messages, after these were sent: nobody waits for a page of a stranger.

Whoever wrote a message can take a preview away from it, and it stays away.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import gevent
from bson import ObjectId
from gevent.lock import BoundedSemaphore
from gevent.pool import Group

from app.chat import allowances, broadcasts, edits, memberships, message_log, payloads, references, rich_text, writing
from app.chat.documents import StoredMessage
from app.chat.models import Message
from app.chat.payloads import MessagePayload
from app.chat.unfurl import cache
from app.chat.unfurl.fetch import fetch
from app.chat.unfurl.forms import MessageUnfurl
from app.chat.unfurl.guard import Refused, Rules
from app.chat.unfurl.parse import Preview, preview
from app.errors import StandinError, TooManyRequests

logger = logging.getLogger(__name__)

MOST_LINKS = 3  # of one message
MOST_FETCHES, MOST_MESSAGES = 8, 200  # at once; the links of one more stay as they are
ATTEMPTS = 3

Found = Mapping[str, Preview | None]


@dataclass(slots=True)
class _Setup:
    rules: Rules | None = None  # None: nothing is fetched
    own_hosts: frozenset[str] = frozenset()


_setup = _Setup()
_work = Group()
_fetches = BoundedSemaphore(MOST_FETCHES)


def configure(rules: Rules | None, own_origins: tuple[str, ...] = ()) -> None:
    """Whom to ask, if anyone, and which links lead here."""
    _setup.rules, _setup.own_hosts = rules, frozenset(urlsplit(origin).netloc for origin in own_origins)


def consider(message: MessagePayload) -> None:
    """See to the links in a message that a person or a bot wrote. Returns at once."""
    if (
        _setup.rules is None
        or message["origin"] not in writing.LINKED
        or not message["html"]
        or not _links(message["html"])
    ):
        return
    if len(_work) >= MOST_MESSAGES:
        logger.warning("link previews: too many messages at once, message %s is left alone", message["id"])
        return
    _work.spawn(_unfurl, ObjectId(message["id"]))


def stop() -> None:
    """Give up what is under way, before the database is let go."""
    _work.kill()


def switch(user_id: ObjectId, form: MessageUnfurl) -> MessagePayload:
    """Take the preview of a link away from one's own message, or let it come back.

    What is so already is answered as it is. Errors: those of `edits.find_own`.
    """
    message = edits.find_own(user_id, form.message_id)
    if (form.url not in message.get("unfurl_off", ())) is form.on or form.url not in _all_links(message):
        return payloads.messages([message])[0]
    if form.on:
        return edits.amend(message, "edited", {"$pull": {"unfurl_off": form.url}}, broadcasts.message_edited)
    update = {"$addToSet": {"unfurl_off": form.url}, "$pull": {"previews": {"url": form.url}}}
    return edits.amend(message, "edited", update, broadcasts.message_edited)


def _all_links(message: StoredMessage) -> list[str]:
    return rich_text.links(message.get("html", ""))


def _links(markup: str) -> list[str]:
    """Those that may have a preview: the first few of the web, but not of this chat itself."""
    return [link for link in rich_text.links(markup) if _host(link) not in _setup.own_hosts][:MOST_LINKS]


def _host(link: str) -> str:
    try:
        return urlsplit(link).netloc
    except ValueError:
        return ""  # nobody's


def _unfurl(message_id: ObjectId) -> None:
    try:
        message = _live(message_id)
        if message is not None:
            _show(message_id, _found(_wanted(message), message["sender"]))
    except StandinError as error:
        logger.info("link previews: none for message %s: %s", message_id, error.code)
    except Exception:
        # At the top of its own greenlet: there is nobody else to tell.
        logger.exception("link previews: none for message %s", message_id)


def _found(urls: list[str], sender: ObjectId) -> Found:
    known = cache.read(urls)
    missing = [url for url in urls if url not in known and _may_ask(sender)]
    jobs = [gevent.spawn(_look_up, url) for url in missing]
    gevent.joinall(jobs)
    return {**known, **{url: job.value for url, job in zip(missing, jobs, strict=True)}}


def _may_ask(sender: ObjectId) -> bool:
    """Whoever writes many links must not make of this server one that asks others without end."""
    try:
        allowances.spend_apart("links", sender)
    except TooManyRequests:
        return False
    return True


def _look_up(url: str) -> Preview | None:
    with _fetches:
        try:
            found = preview(url, fetch(url, _setup.rules or Rules()))
        except Refused as reason:
            logger.info("link previews: a page was not read: %s", reason)
            found = None
    cache.write(url, found)
    return found


def _show(message_id: ObjectId, found: Found) -> None:
    """Store what was found with the message as it is by now, and tell the room."""
    for _ in range(ATTEMPTS):
        if (message := _live(message_id)) is None:
            return
        shown = {one["url"]: one for one in message.get("previews", ())}
        wanted = [one for url in _wanted(message) if (one := found.get(url) or shown.get(url))]
        if wanted == message.get("previews", []):
            return
        memberships.check_writable(message["sender"], message["room"])
        draw = payloads.drawer([message], references.reply_counts([message]))
        # Only while it has these links, and while nobody has taken another preview away.
        where = {"deleted_at": None, "html": message.get("html"), "unfurl_off": message.get("unfurl_off")}
        changed = message_log.amend(message, "edited", {"$set": {"previews": wanted}}, where)
        if changed is not None:
            broadcasts.message_edited(draw(changed))
            return


def _live(message_id: ObjectId) -> StoredMessage | None:
    found: StoredMessage | None = Message._get_collection().find_one({"_id": message_id, "deleted_at": None})
    return found


def _wanted(message: StoredMessage) -> list[str]:
    return [url for url in _links(message.get("html", "")) if url not in message.get("unfurl_off", ())]
