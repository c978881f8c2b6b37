"""What waits to be sent to devices: bounded, the newest of each room, one at a time for each device.

A device whose service is slow waits for itself. When more wait than can be sent, later messages of a room take the
place of earlier ones; beyond that, what is new is left out and the log says so.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import Any

from bson import ObjectId
from gevent.pool import Group
from pymongo.errors import PyMongoError

from app.chat.notices import delivery
from app.chat.notices.models import PushSubscription
from app.chat.unfurl.guard import Refused

logger = logging.getLogger(__name__)

MOST_AT_ONCE, MOST_WAITING = 32, 5_000
GONE = {404, 410}  # the browser has unsubscribed
NOT_OURS = {401, 403}  # it subscribed with another key of ours; its page does so anew

Notice = dict[str, Any]

_waiting: dict[ObjectId, tuple[PushSubscription, dict[str, Notice]]] = {}
_turns: deque[ObjectId] = deque()
_workers = Group()


def add(subscription: PushSubscription, notice: Notice) -> None:
    """Send a notice to a device, soon. One of the same room that still waits is not sent any more."""
    known = _waiting.get(subscription.id)
    if known is not None:
        known[1][notice["tag"]] = notice
        return
    if len(_waiting) >= MOST_WAITING:
        logger.warning("push: too many devices at once, %s is not told", subscription.user)
        return
    _waiting[subscription.id] = (subscription, {notice["tag"]: notice})
    _turns.append(subscription.id)
    if len(_workers) < MOST_AT_ONCE:
        _workers.spawn(_work)


def stop() -> None:
    """Drop what waits, before the database is let go."""
    _workers.kill()
    _waiting.clear()
    _turns.clear()


def _work() -> None:
    while _turns:
        subscription, notices = _waiting[subscription_id := _turns.popleft()]
        try:
            while notices:
                if not _send(subscription, notices.pop(next(iter(notices)))):
                    break
        finally:
            _waiting.pop(subscription_id, None)


def _send(subscription: PushSubscription, notice: Notice) -> bool:
    """Whether it was taken, so that there may be more."""
    try:
        status = send_now(subscription, notice)
    except (Refused, PyMongoError) as reason:
        logger.info("push: a device was not told: %s", reason)
        return False
    except Exception:
        # At the top of its own greenlet: there is nobody else to tell.
        logger.exception("push: a device was not told")
        return False
    return status < 300


def send_now(subscription: PushSubscription, notice: Notice) -> int:
    """Send it and wait for the answer of the service. A device that is gone is forgotten. Errors: `Refused`."""
    keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
    status = delivery.deliver(subscription.endpoint, keys, notice, topic=notice["tag"])
    if status in GONE or status in NOT_OURS:
        PushSubscription.objects(id=subscription.id, endpoint=subscription.endpoint).delete()
    if status >= 300:
        logger.info("push: the service of a device answered %d", status)
    return status
