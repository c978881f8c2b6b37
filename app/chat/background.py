"""What goes on beside requests in every chat worker: heartbeats, ends of statuses and sessions, what is sent later."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta

import gevent
from gevent.pool import Group
from pymongo.errors import PyMongoError

from app.auth.models import Session, now
from app.chat import (
    attachments,
    audiences,
    auto_replies,
    message_log,
    missed,
    presence,
    reminders,
    scheduling,
    statuses,
)
from app.chat.models import HEARTBEAT_SECONDS
from app.chat.notices import missed as missed_messages
from app.chat.notices import push
from app.chat.search import indexer
from app.chat.stand_in import streams
from app.chat.unfurl import previews

logger = logging.getLogger(__name__)

STATUS_SECONDS = 1
REVOCATION_SECONDS = 0.5
MISSED_SECONDS = 1
ALIGN_SECONDS = 60
MAIL_SECONDS = 5
RECOVERY_SECONDS = 5
LATER_SECONDS = 1
SEARCH_SECONDS = 0.25
SWEEP_SECONDS = 60
FILES_SECONDS = 60
# Clocks of several machines differ, and a revocation is visible a little after the time it bears.
OVERLAP = timedelta(seconds=10)


class Revocations:
    """Closes the sockets of sessions that another process has revoked."""

    def __init__(self) -> None:
        self._seen_up_to: datetime = now()

    def check(self) -> None:
        began = now()
        for session in Session.objects(revoked_at__gt=self._seen_up_to - OVERLAP).only("id"):
            audiences.end_session(str(session.id))
        self._seen_up_to = began


def end_statuses() -> None:
    """End those whose time is over, and with them what stand-ins still write: it is their owner's turn."""
    for user_id in statuses.end_due():
        streams.call_off_everywhere(user_id)


def send_scheduled() -> None:
    """Send what is due. It is answered like all that people say."""
    for message in scheduling.send_due():
        auto_replies.consider(message)
        previews.consider(message)


_tasks = Group()


def start() -> None:
    """Begin all of it, in greenlets of their own."""
    push.start()
    _tasks.spawn(_every, HEARTBEAT_SECONDS, presence.tend)
    _tasks.spawn(_every, STATUS_SECONDS, end_statuses)
    _tasks.spawn(_every, REVOCATION_SECONDS, Revocations().check)
    _tasks.spawn(_every, MISSED_SECONDS, missed.tell)
    # Not all workers in the same moment.
    _tasks.spawn(_every, ALIGN_SECONDS * random.uniform(0.8, 1.2), missed.align)  # noqa: S311 - no secret
    _tasks.spawn(_every, MAIL_SECONDS, missed_messages.send_due)
    _tasks.spawn(_every, RECOVERY_SECONDS, auto_replies.recover)
    _tasks.spawn(_every, LATER_SECONDS, message_log.look)
    _tasks.spawn(_every, LATER_SECONDS, send_scheduled)
    _tasks.spawn(_every, LATER_SECONDS, reminders.tell_due)
    _tasks.spawn(_every, SEARCH_SECONDS, indexer.follow)
    _tasks.spawn(_every, SWEEP_SECONDS, indexer.sweep, at_once=True)
    _tasks.spawn(_every, FILES_SECONDS, attachments.tidy)


def stop() -> None:
    """End all of it, before the database is let go."""
    push.stop()
    _tasks.kill()


def _every(seconds: float, work: Callable[[], object], *, at_once: bool = False) -> None:
    gevent.sleep(0 if at_once else seconds)
    while True:
        try:
            work()
        except PyMongoError as error:
            logger.warning("%s waits for the database: %s", work.__qualname__, type(error).__name__)
        except Exception:
            logger.exception("%s failed; it is tried again in %s s", work.__qualname__, seconds)
        gevent.sleep(seconds)
