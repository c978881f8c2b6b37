"""What waits to be sent to devices: bounded, the newest of each room, one at a time for each device.

A device whose service is slow waits for itself; one whose service failed is tried once more. When more wait than can be
sent, later messages of a room take the place of earlier ones; beyond that, what is new is left out and the log says so.
"""

from __future__ import annotations

import logging
from collections import deque
from http import HTTPStatus
from typing import Any

import gevent
from bson import ObjectId
from gevent.pool import Group
from pymongo.errors import PyMongoError

from app.chat.notices import delivery
from app.chat.notices.models import PushSubscription
from app.chat.unfurl.guard import Refused

logger = logging.getLogger(__name__)

MOST_AT_ONCE, MOST_WAITING = 32, 5_000
GONE = {404, 410}  # the browser has unsubscribed
TOO_MANY = HTTPStatus.TOO_MANY_REQUESTS
NOT_OURS = {401, 403}  # it subscribed with another key of ours; its page does so anew

AGAIN_SECONDS = 10.0
Notice = dict[str, Any]
Waiting = dict[str, tuple[Notice, bool]]  # by what it is about; whether it may be tried again

_waiting: dict[ObjectId, tuple[PushSubscription, Waiting]] = {}
_turns: deque[ObjectId] = deque()
_workers = Group()
_later = Group()


def add(subscription: PushSubscription, notice: Notice, *, may_try_again: bool = True) -> None:
    """Send a notice to a device, soon. Of one room the newest is sent, not what waits already."""
    known = _waiting.get(subscription.id)
    if known is not None:
        if may_try_again or notice["tag"] not in known[1]:  # what comes for a second time is the older one
            known[1][notice["tag"]] = (notice, may_try_again)
        return
    if len(_waiting) >= MOST_WAITING:
        logger.warning("push: too many devices at once, %s is not told", subscription.user)
        return
    _waiting[subscription.id] = (subscription, {notice["tag"]: (notice, may_try_again)})
    _turns.append(subscription.id)
    if len(_workers) < MOST_AT_ONCE:
        _workers.spawn(_work)


def stop() -> None:
    """Drop what waits, before the database is let go."""
    _later.kill()
    _workers.kill()
    _waiting.clear()
    _turns.clear()


def _work() -> None:
    while _turns:
        subscription, notices = _waiting[subscription_id := _turns.popleft()]
        try:
            while notices:
                tag, (notice, _) = next(iter(notices.items()))
                if not _is_done(subscription, notice):
                    _try_again(subscription, notices)
                    break
                if notices[tag][0] is notice:  # else a newer one came meanwhile
                    del notices[tag]
        finally:
            _waiting.pop(subscription_id, None)


def _try_again(subscription: PushSubscription, notices: Waiting) -> None:
    """Once more, later, what has not been tried twice."""
    for notice, may_try_again in notices.values():
        if may_try_again and len(_later) < MOST_WAITING:
            _later.add(gevent.spawn_later(AGAIN_SECONDS, add, subscription, notice, may_try_again=False))


def _is_done(subscription: PushSubscription, notice: Notice) -> bool:
    """Send it. Whether there is nothing more to do: it was taken, or never will be."""
    try:
        status = send_now(subscription, notice)
    except (Refused, PyMongoError) as reason:
        logger.info("push: a device was not told: %s", reason)
        return False
    except Exception:
        # At the top of its own greenlet: there is nobody else to tell.
        logger.exception("push: a device was not told")
        return True
    return status != TOO_MANY and status < HTTPStatus.INTERNAL_SERVER_ERROR


def send_now(subscription: PushSubscription, notice: Notice) -> int:
    """Send it and wait for the answer of the service. A device that is gone is forgotten. Errors: `Refused`."""
    keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
    status = delivery.deliver(subscription.endpoint, keys, notice, topic=notice["tag"])
    if status in GONE or status in NOT_OURS:
        PushSubscription.objects(id=subscription.id, endpoint=subscription.endpoint).delete()
    if status >= 300:
        logger.info("push: the service of a device answered %d", status)
    return status
