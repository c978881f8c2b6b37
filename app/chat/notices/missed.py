"""What somebody missed is told by e-mail: messages for them that they have not read after a while, when they are gone.

What may have been missed is noted when it is said, in the database, so that a restart loses nothing. When the time of
one has come, all that wait for that person go into one mail, in the turn that one process has for them (`MailTurn`).
Whatever they have read by then is let go. A process that dies between a mail and the note that it was sent sends it
again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bson import ObjectId
from gevent.pool import Pool
from pymongo import UpdateOne
from pymongo.errors import DuplicateKeyError, PyMongoError

from app.auth.models import User, now
from app.chat import payloads
from app.chat.models import Membership, Message, Presence, Room
from app.chat.notices import audience, letters, mailer
from app.chat.notices.models import MailTurn, Missed
from app.chat.payloads import MessagePayload

logger = logging.getLogger(__name__)

TURN = timedelta(minutes=2)  # longer than a mail can take
PATIENCE = timedelta(minutes=5)  # until a server that refused is asked again
LONGEST = timedelta(days=2)  # what could not be told by then is old news
MOST_AT_ONCE, MOST_IN_MAIL = 4, 20


@dataclass(slots=True)
class _Setup:
    after: timedelta = timedelta(minutes=10)


_setup = _Setup()
_letters = Pool(MOST_AT_ONCE)


def configure(after_minutes: float) -> None:
    """How long a message has to be unread."""
    _setup.after = timedelta(minutes=after_minutes)


def note(message: MessagePayload) -> None:
    """Remember whom a message is for, in case that they miss it."""
    if not mailer.is_on():
        return
    moment = now()
    message_id, room_id = ObjectId(message["id"]), ObjectId(message["room_id"])
    values = {"room": room_id, "seq": message["seq"], "due_at": moment + _setup.after, "noted_at": moment}
    writes = [
        UpdateOne({"user": user_id, "message": message_id}, {"$setOnInsert": values}, upsert=True)
        for user_id in audience.addressed(message)
    ]
    if writes:
        Missed._get_collection().bulk_write(writes, ordered=False)


def send_due() -> int:
    """Write to those for whom the time of something has come. How many letters were begun."""
    if not mailer.is_on():
        return 0
    begun = 0
    for user_id in Missed.objects(due_at__lte=now()).distinct("user"):
        if _letters.free_count() and _take_turn(user_id):
            _letters.spawn(_write, user_id)
            begun += 1
    return begun


def stop() -> None:
    """Give up what is under way, before the database is let go. It is done at the next start."""
    _letters.kill()


def _take_turn(user_id: ObjectId) -> bool:
    """Whether it is for this process to write to somebody: one upsert decides, whoever asks."""
    moment = now()
    try:
        MailTurn._get_collection().update_one(
            {"_id": user_id, "until": {"$lte": moment}}, {"$set": {"until": moment + TURN}}, upsert=True
        )
    except DuplicateKeyError:
        return False
    return True


def _write(user_id: ObjectId) -> None:
    try:
        _write_to(user_id)
    except PyMongoError as error:
        logger.warning("mail: nothing is sent to %s now: %s", user_id, type(error).__name__)
    except Exception:
        # At the top of its own greenlet: there is nobody else to tell.
        logger.exception("mail: nothing is sent to %s", user_id)


def _write_to(user_id: ObjectId) -> None:
    user = User.objects(id=user_id).first()
    waiting = list(Missed.objects(user=user_id).order_by("noted_at"))
    if user is None or user.mail_mentions is False:
        return _done(user_id, waiting)
    if audience.is_quiet_for(user.to_mongo(), now()) or _is_here(user_id):
        return _later(user_id, waiting)
    unread = _unread(user_id, waiting)
    if not unread:
        return _done(user_id, waiting)
    try:
        mailer.send(letters.missed(user, unread[-MOST_IN_MAIL:], len(unread)))
    except mailer.Undeliverable as reason:
        logger.warning("mail: %s cannot be written to: %s", user_id, reason)
    except mailer.NotSent as reason:
        logger.warning("mail: a letter to %s waits: %s", user_id, reason)
        return _later(user_id, waiting)
    _done(user_id, waiting)
    return None


def _done(user_id: ObjectId, waiting: Iterable[Missed]) -> None:
    Missed.objects(id__in=[one.id for one in waiting]).delete()
    MailTurn.objects(user=user_id).update_one(set__until=now())


def _later(user_id: ObjectId, waiting: Iterable[Missed]) -> None:
    """Look again after a while; what is too old by now is let go."""
    moment = now()
    for one in waiting:
        if one.noted_at < moment - LONGEST:
            one.delete()
        else:
            Missed.objects(id=one.id).update_one(set__due_at=max(one.due_at, moment + min(PATIENCE, _setup.after)))
    MailTurn.objects(user=user_id).update_one(set__until=moment)


def _is_here(user_id: ObjectId) -> bool:
    """Whether somebody is connected and gave a sign of life lately."""
    return Presence.objects(user=user_id, is_online=True, is_away__ne=True).first() is not None


def _unread(user_id: ObjectId, waiting: Iterable[Missed]) -> list[letters.Item]:
    """Those that are still there, in rooms where the user is and has not read that far."""
    noted = {one.message: one for one in waiting}
    read = {one.room: one.last_read_seq for one in Membership.objects(user=user_id)}
    wanted = [one.message for one in noted.values() if one.room in read and read[one.room] < one.seq]
    found = list(Message._get_collection().find({"_id": {"$in": wanted}, "deleted_at": None}).sort("_id"))
    rooms: dict[ObjectId, Any] = {room.id: room for room in Room.objects(id__in=list({one["room"] for one in found}))}
    drawn = payloads.messages(found)
    return [
        letters.Item(message, "" if rooms[stored["room"]].kind == "direct" else rooms[stored["room"]].name)
        for message, stored in zip(drawn, found, strict=True)
    ]
