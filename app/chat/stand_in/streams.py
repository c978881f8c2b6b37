"""An answer that is being written: a message that grows before the eyes of the room.

Nothing is shown for the first moments, so that a quick answer is one message like any other. Then the message is
there, in state `streaming`; what follows is told in pieces with their offsets, at most eight a second, and written to
the database once a second without a place among the changes: that shows who comes in between what there is, and that
somebody still writes. The end is a change: `done`, `stopped` or `failed`, with the text that holds. A stream whose
process died is ended by whichever process sees it first.

A message can be written more than once, as it is asked for again, and one process may not have heard yet that another
writes it anew. So each writing has an id of its own, kept with the message until it ends: whoever grows or ends a
message does so to the writing they mean, and what is left of an earlier one changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bson import ObjectId

from app.auth.models import now
from app.chat import broadcasts, composing, edits, message_log, services, signals, writing
from app.chat.documents import StoredMessage
from app.chat.models import BODY_LIMIT, Message
from app.chat.payloads import MessagePayload
from app.chat.stand_in import pool
from app.errors import Conflict, Forbidden
from app.language import N_

QUIET_SECONDS = 0.2  # what is complete by then was never a stream
TELL_SECONDS = 0.125
KEEP_SECONDS = 1.0
LOST_AFTER = timedelta(seconds=15)

_live: dict[ObjectId, Stream] = {}  # by the id of the writing


class NotStreaming(Conflict):
    code = "not_streaming"
    message = N_("This answer is not being written any more, so there is nothing to stop.")


class NotYoursToStop(Forbidden):
    code = "not_yours"
    message = N_("Only who asked, and for whom it is written, can stop this answer.")


class Stream:
    """One answer. `owner` is who it is written for, `key` makes it one message, `details` is what is stored with it.

    `is_wanted` is asked now and then: once it says no, the answer is stopped.
    """

    def __init__(
        self, owner: ObjectId, room: ObjectId, key: str, details: dict[str, ObjectId], is_wanted: Callable[[], bool]
    ) -> None:
        self.owner = owner
        self.room = room
        self.is_own = details.get("asked_by") == owner
        """Whether it is its owner who asked: then their coming back does not end it."""
        self.is_stopped = False
        self.id = ObjectId()
        self._key = key
        self._details = details
        self._is_wanted = is_wanted
        self._text = ""
        self._told = ""
        self._message: MessagePayload | None = None
        self._began_at = self._told_at = self._kept_at = time.monotonic()

    def open(self) -> None:
        """Show at once that an answer is being written. Errors: as `services.post_as_standin`."""
        self._begin(time.monotonic())

    def take_over(self, message: MessagePayload) -> None:
        """Write into this message, which is empty, in state `streaming`, and kept with the id of this writing."""
        self._message = message
        _live[self.id] = self

    def grow(self, text: str) -> None:
        """Take the text so far, which continues what was given before. Errors: as `services.post_as_standin`."""
        self._text = text[:BODY_LIMIT]
        moment = time.monotonic()
        if self._message is None:
            if moment - self._began_at >= QUIET_SECONDS and self._text.strip():
                self._begin(moment)
        elif moment - self._told_at >= TELL_SECONDS:
            self._tell(moment)

    def end(self, text: str, state: str) -> MessagePayload | None:
        """The text that holds, and how it ended. Returns the message; None where there never was one."""
        if self._message is None:
            if state != "done" or not self._is_wanted():
                return None
            message, is_new = services.post_as_standin(self.owner, self.room, text, self._key, self._details)
            if is_new:  # so that whoever waits for the end of an answer need not know how quickly it came
                broadcasts.message_completed(message)
            return message
        _live.pop(self.id, None)
        return self.end_as(text, state)

    def end_as(self, text: str, state: str) -> MessagePayload | None:
        """End what is shown, unless this writing was ended before. Returns the message as it is then."""
        if self._message is None:
            return None
        return _end(edits.stored(ObjectId(self._message["id"])), self.id, text, state)

    @property
    def text(self) -> str:
        """What was told of it."""
        return self._told

    @property
    def message_id(self) -> ObjectId | None:
        """Which message it writes; None as long as there is none."""
        return ObjectId(self._message["id"]) if self._message else None

    def _begin(self, moment: float) -> None:
        if not self._is_wanted():
            self.is_stopped = True
            return
        details = {**self._details, "state": "streaming", "stream_at": now(), "stream": self.id}
        message, is_new = services.post_as_standin(self.owner, self.room, self._text, self._key, details)
        if is_new:
            self._message, self._told, self._told_at = message, self._text, moment
            _live[self.id] = self
            if not self._is_wanted():  # who called it off while it was being stored did not find it
                self.is_stopped = True
                self.end_as(self._text, "stopped")
        else:  # another process answers, or has
            self.is_stopped = True

    def _tell(self, moment: float) -> None:
        piece = self._text[len(self._told) :]
        if self._message is None or not piece or not self._text.startswith(self._told):
            return
        broadcasts.message_delta(self._message, len(self._told), piece)
        self._told, self._told_at = self._text, moment
        if moment - self._kept_at >= KEEP_SECONDS:
            self._kept_at = moment
            self._keep()

    def _keep(self) -> None:
        still = {"_id": self.message_id, "state": "streaming", "stream": self.id}
        kept = {"$set": {"body": self._text, "stream_at": now()}}
        # Not matched: it was ended elsewhere, or deleted.
        is_kept = Message._get_collection().update_one(still, kept).matched_count == 1
        self.is_stopped = self.is_stopped or not is_kept or not self._is_wanted()


def stop(user_id: ObjectId, message_id: ObjectId) -> MessagePayload:
    """End an answer as it is, on whichever process it is written. Errors: `MessageNotFound`, `NotYoursToStop`,
    `NotStreaming`."""
    message = edits.find(user_id, message_id)
    if user_id not in {message.get("asked_by"), message.get("on_behalf_of")}:
        raise NotYoursToStop
    which = message.get("stream")
    if which is not None:
        broadcasts.stop_stream(which)
    ended = _end(message, which, message["body"], "stopped") if message.get("state") == "streaming" else None
    if ended is None:
        raise NotStreaming
    return ended


def call_off(owner: ObjectId, room: ObjectId | None = None) -> None:
    """The owner is back, everywhere or in one room: what is written for them ends as it is."""
    for stream in list(_live.values()):
        if stream.owner == owner and not stream.is_own and room in {None, stream.room}:
            stream.is_stopped = True
            stream.end_as(stream.text, "stopped")


def call_off_everywhere(owner: ObjectId, room: ObjectId | None = None) -> None:
    """The same in every process: here before this returns, in others soon."""
    call_off(owner, room)
    broadcasts.call_off_streams(owner, room)


def called_off(owner: str, room: str) -> None:
    """The owner is back, says some process; in a room they write. What is to be ended is ended beside the caller, who
    listens to the other processes."""
    if room:
        composing.note(ObjectId(owner), ObjectId(room))
    pool.spawn(call_off, ObjectId(owner), ObjectId(room) if room else None)


def halt(stream_id: str) -> None:
    """If this process is at this writing of an answer, it writes no more of it."""
    if (stream := _live.get(ObjectId(stream_id))) is not None:
        stream.is_stopped = True


def halt_all() -> None:
    """Whatever this process writes, it writes no more of it."""
    for stream in _live.values():
        stream.is_stopped = True


def renew() -> None:
    """Show that this process still writes what it writes, also while the provider thinks."""
    if _live:
        places = [stream.message_id for stream in _live.values()]
        still = {"_id": {"$in": places}, "stream": {"$in": list(_live)}, "state": "streaming"}
        Message._get_collection().update_many(still, {"$set": {"stream_at": now()}})


def end_lost() -> list[StoredMessage]:
    """End the streams of processes that died. Each is ended once; returns those that this call has ended."""
    lost = Message._get_collection().find({"state": "streaming", "stream_at": {"$lt": now() - LOST_AFTER}})
    return [message for message in lost if _end(message, message.get("stream"), "", "failed") is not None]


def _end(message: StoredMessage, which: ObjectId | None, text: str, state: str) -> MessagePayload | None:
    """End this writing of a message. None if it has ended, and whatever is written there now goes on."""
    written = writing.read_words(text, "standin")
    update: dict[str, Any] = {
        "$set": {"body": text, "state": state, **written},
        "$unset": {name: "" for name in ("stream_at", "stream", "html") if name not in written},
    }
    draw = edits.drawer(message)
    ended = message_log.amend(message, "edited", update, {"state": "streaming", "deleted_at": None, "stream": which})
    if ended is None:
        return None
    payload = draw(ended)
    broadcasts.message_completed(payload)
    if state == "done":
        signals.message_posted.send(payload)
    return payload
