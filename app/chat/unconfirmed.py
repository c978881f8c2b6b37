"""Messages whose write was not confirmed. They may be stored all the same, and then nobody was told of them.

Only this process knows which documents it tried, so only it tells of them: a message that was sent again and stored by
another process is another document.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from bson import ObjectId
from cachetools import LRUCache
from pymongo.errors import PyMongoError

from app.chat import signals
from app.chat.documents import StoredMessage
from app.chat.models import Message

logger = logging.getLogger(__name__)

REMEMBERED = 10_000
FORGOTTEN_AFTER = 60.0  # seconds in which the database could be asked, and had none of it


@dataclass(slots=True)
class _Try:
    room: ObjectId
    missed_at: float | None = None


_tries: LRUCache[ObjectId, _Try] = LRUCache(REMEMBERED)


def note(message: StoredMessage) -> None:
    """Its write was not confirmed."""
    _tries[message["_id"]] = _Try(message["room"])


def settle(message_id: ObjectId) -> bool:
    """Whether this one was written here without being confirmed, and nobody was told since. From now on it is none."""
    return bool(_tries) and _tries.pop(message_id, None) is not None


def is_any() -> bool:
    """Whether there may be some of which nobody was told."""
    return bool(_tries)


def tell(room: ObjectId | None = None) -> set[ObjectId]:
    """Announce those of a room, or of all, that are stored after all, in order. Returns their rooms.

    Errors: PyMongoError.
    """
    wanted = [message_id for message_id, one in _tries.items() if room is None or one.room == room]
    if not wanted:
        return set()
    collection = Message._get_collection()
    found: list[StoredMessage] = list(collection.find({"_id": {"$in": wanted}}).sort([("room", 1), ("seq", 1)]))
    if found:
        # A write that changes nothing: unlike what was read, it waits for the journal, and so for what is told now.
        collection.update_many({"_id": {"$in": [one["_id"] for one in found]}}, {"$unset": {"unconfirmed": ""}})
    for message in found:
        _announce(message)
    _forget_some(wanted)
    return {message["room"] for message in found}


def _announce(message: StoredMessage) -> None:
    try:
        signals.message_found.send(message)
    except PyMongoError:  # it is still to be told
        raise
    except Exception:
        # What is written behind it must not fail with it. Whoever sees the gap fetches it.
        logger.exception("nobody was told of message %s", message["_id"])
    _tries.pop(message["_id"], None)


def _forget_some(missing: list[ObjectId]) -> None:
    """Those that were never stored: a database does soon what it was sent, or not at all."""
    moment = time.monotonic()
    for message_id in missing:
        if (one := _tries.get(message_id)) is None:
            continue
        if one.missed_at is None:
            one.missed_at = moment
        elif moment - one.missed_at > FORGOTTEN_AFTER:
            del _tries[message_id]
