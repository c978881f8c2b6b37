"""Tells devices of messages as they are said: those of people who want to know, that have no page in sight.

The sender never waits for it: a message is noted, and one greenlet works through what was noted.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Collection, Iterable

import gevent
from bson import ObjectId
from gevent.event import Event
from pymongo.errors import PyMongoError

from app.auth.models import Session
from app.chat.notices import audience, delivery, mailer, missed, sending
from app.chat.notices.audience import Told
from app.chat.notices.models import PushSubscription
from app.chat.notices.sending import Notice
from app.chat.payloads import MessagePayload, speaker_of, words_of
from app.chat.signals import message_posted
from app.language import gettext, speaking

logger = logging.getLogger(__name__)

MOST_NOTED = 2_000
NOBODY_SECONDS = 1.0
EXCERPT = 200
ICON, BADGE = "/static/icons/icon-192.png", "/static/icons/badge-96.png"


class _Noted:
    """Messages that somebody may have to be told of."""

    def __init__(self) -> None:
        self.messages: deque[MessagePayload] = deque()
        self.is_there = Event()
        self.worker: gevent.Greenlet | None = None
        self.nobody_until = 0.0  # on the clock of time.monotonic(): nobody can be reached, as far as is known


_noted = _Noted()


def start() -> None:
    """Begin to tell."""
    if delivery.is_on() or mailer.is_on():
        message_posted.connect(consider)
        _noted.worker = gevent.spawn(_work)


def stop() -> None:
    message_posted.disconnect(consider)
    if _noted.worker is not None:
        _noted.worker.kill()
    sending.stop()
    missed.stop()


def consider(message: MessagePayload) -> None:
    """Note a message. Returns at once."""
    if message["origin"] == "system" or message["state"] == "streaming":
        return
    if len(_noted.messages) >= MOST_NOTED:
        logger.warning("push: too many messages at once, nobody is told of %s", message["id"])
        return
    _noted.messages.append(message)
    _noted.is_there.set()


def expect() -> None:
    """Somebody can be reached from now on."""
    _noted.nobody_until = 0.0


def tell(message: MessagePayload, reachable: Collection[ObjectId]) -> int:
    """Tell the devices of those who want to know of a message, of those who can be reached. How many devices."""
    people = audience.of(message, reachable) if reachable else []
    if not people:
        return 0
    told = {one.user_id: one for one in people}
    devices = _devices(told)
    for device in devices:
        one = told[device.user]
        with speaking(one.language):
            sending.add(device, notice(one))
    return len(devices)


def notice(told: Told) -> Notice:
    """What a device shows. Who speaks is named by the server: a stand-in as a stand-in."""
    message, room = told.message, told.room_name
    speaker = speaker_of(message)
    return {
        "title": gettext("%(speaker)s in %(room)s", speaker=speaker, room=room) if room else speaker,
        "body": _excerpt(message),
        "url": f"/rooms/{message['room_id']}/messages/{message['id']}",
        "tag": message["room_id"],
        "icon": ICON,
        "badge": BADGE,
    }


def _devices(told: dict[ObjectId, Told]) -> list[PushSubscription]:
    """Those of these people that have no page in sight. A login that has ended takes its device with it."""
    found = list(PushSubscription.objects(user__in=list(told)))
    live = {str(one) for one in Session.live(id__in=[ObjectId(device.session) for device in found]).scalar("id")}
    if gone := [device.id for device in found if device.session not in live]:
        PushSubscription.objects(id__in=gone).delete()
    seen = audience.watching(told)
    return [device for device in found if device.session in live and device.session not in seen]


def _excerpt(message: MessagePayload) -> str:
    text = " ".join(words_of(message).split())
    if not text:
        count = len(message["files"])
        return message["files"][0]["name"] if count == 1 else gettext("%(count)s files", count=count)
    return text if len(text) <= EXCERPT else f"{text[: EXCERPT - 1]}…"


def _work() -> None:
    while True:
        _noted.is_there.wait()
        _noted.is_there.clear()
        messages, _noted.messages = _noted.messages, deque()
        try:
            _tell_all(messages, _reachable())
        except PyMongoError as error:
            logger.warning("notices: nobody is told of %d messages: %s", len(messages), type(error).__name__)
        except Exception:
            # At the top of its own greenlet: there is nobody else to tell.
            logger.exception("notices: nobody is told of %d messages", len(messages))


def _tell_all(messages: Iterable[MessagePayload], reachable: Collection[ObjectId]) -> None:
    for message in messages:
        missed.note(message)
        tell(message, reachable)


def _reachable() -> Collection[ObjectId]:
    """Whoever has a device that may be told, asked once for all that was noted meanwhile.

    Where there is nobody, as on a server without HTTPS, it is not asked for every message.
    """
    if not delivery.is_on() or time.monotonic() < _noted.nobody_until:
        return ()
    found: list[ObjectId] = PushSubscription.objects.distinct("user")
    if not found:
        _noted.nobody_until = time.monotonic() + NOBODY_SECONDS
    return found
