"""Messages that are sent later: at a time, or when somebody is not busy any more.

They wait in the database. Any process sends what is due, after claiming it by an atomic update. A process that dies
with a claim leaves it to run out; whoever sends the message then does so under the same client_message_id, so that it
is one message whether the first had sent it or not.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bson import ObjectId
from mongoengine import Q
from mongoengine.errors import NotUniqueError
from pymongo.errors import PyMongoError

from app.auth.models import User, now
from app.auth.services import language_of
from app.chat import attachments, broadcasts, kept_payloads, memberships, reading, references, services
from app.chat.forms import MessageSend
from app.chat.kept import Scheduled
from app.chat.kept_forms import MessageSchedule, ScheduleUpdate
from app.chat.kept_payloads import ScheduledPayload
from app.chat.payloads import MessagePayload
from app.errors import BadInput, Conflict, NotFound, StandinError, Unavailable, as_standin_error
from app.language import N_, saying, speaking, told

logger = logging.getLogger(__name__)

MOST_SCHEDULED = 100  # of one user; about, as some may come at once
CLAIM = timedelta(seconds=30)  # far longer than a message takes to be sent, or to be given up

Sent = tuple[MessagePayload, bool]


class ScheduledNotFound(NotFound):
    code = "scheduled_not_found"
    message = N_("There is no such message of yours that waits: it was sent or cancelled.")


class BeingSent(Conflict):
    code = "being_sent"
    message = N_("This message is being sent at this moment, so it can neither be changed nor cancelled.")


class TooManyScheduled(Conflict):
    code = "too_many_scheduled"
    message = saying(
        "%(most)s messages of yours wait to be sent, as many as can. Cancel some first.", most=MOST_SCHEDULED
    )


def schedule(user_id: ObjectId, form: MessageSchedule) -> ScheduledPayload:
    """Keep a message to be sent later, and its files with it. The same client_message_id again is the first.

    Errors: `NotAMember`, `RoomArchived`, `BadInput` for somebody who is not in the room, `TooManyScheduled`,
    `FileNotFound`, and `MessageNotFound` for what it points at.
    """
    memberships.check_writable(user_id, form.room_id)
    references.resolve(form.room_id, form.reply_to, form.thread_id)
    _check_awaited(form.when_back_user_id, form.room_id)
    if first := _kept_before(user_id, form):
        return _drawn(first)
    if Scheduled.objects(user=user_id).count() >= MOST_SCHEDULED:
        raise TooManyScheduled
    values = form.model_dump(exclude={"room_id", "when_back_user_id", "file_ids"}, exclude_none=True)
    # They are taken under the key under which the message will be sent, so that it finds them its own.
    files = attachments.claim(user_id, form.file_ids, form.client_message_id)
    one = Scheduled(user=user_id, room=form.room_id, when_back=form.when_back_user_id, files=files, **values)
    try:
        one.save(force_insert=True)
    except NotUniqueError:
        if (first := _kept_before(user_id, form)) is None:  # and sent since
            raise ScheduledNotFound from None
        return _drawn(first)
    return _told(one)


def update(user_id: ObjectId, form: ScheduleUpdate) -> ScheduledPayload:
    """Change the text or the moment; what had failed waits again. Errors: as `schedule`, `ScheduledNotFound`,
    `BeingSent`."""
    one = _find(user_id, form.scheduled_id)
    memberships.check_writable(user_id, one.room)
    _check_awaited(form.when_back_user_id, one.room)
    changes: dict[str, Any] = {"state": "waiting", "unset__reason": True}
    if form.body is not None:
        changes["body"] = form.body
    if form.at or form.when_back_user_id:
        changes |= {"at": form.at, "when_back": form.when_back_user_id}
    return _told(_changed(one, new=True, **changes))


def cancel(user_id: ObjectId, scheduled_id: ObjectId) -> ScheduledPayload:
    """Do not send it; its files go. Errors: `ScheduledNotFound`, `BeingSent`."""
    cancelled = _changed(_find(user_id, scheduled_id), remove=True)
    attachments.remove([file["id"] for file in cancelled.files])
    return _told(cancelled, "cancelled")


def send_now(user_id: ObjectId, scheduled_id: ObjectId) -> Sent:
    """Send it without waiting. Errors: `ScheduledNotFound`, `BeingSent`, those of `services.post_message`."""
    _find(user_id, scheduled_id)
    claimed = claim(id=scheduled_id, user=user_id)
    if claimed is None:
        _find(user_id, scheduled_id)
        raise BeingSent
    return _send(claimed)


def listing(user_id: ObjectId) -> list[ScheduledPayload]:
    """What of a user's waits, by time; first what failed or waits for somebody."""
    return kept_payloads.scheduled(list(Scheduled.objects(user=user_id).order_by("state", "at", "id")))


def send_due() -> Iterator[MessagePayload]:
    """Send what is due, and yield the messages that are new. Each is sent by one process only.

    Errors: PyMongoError, `Unavailable`, after which what was claimed is due again when its claim has run out.
    """
    while claimed := claim(state="waiting", at__lte=now()) or claim(state="waiting", when_back__in=_who_is_back()):
        try:
            message, is_new = _send(claimed)
        except (PyMongoError, Unavailable):
            raise
        except Exception as error:  # noqa: BLE001 - its author is told of it, and it must not hold up the others
            logger.info("a scheduled message is not sent: %s", as_standin_error(error).code)
        else:
            if is_new:
                yield message


def claim(**query: Any) -> Scheduled | None:
    """The first of these that nobody else sends at this moment, or None. From now on nobody else does."""
    moment = now()
    free = Q(claimed_until=None) | Q(claimed_until__lte=moment)
    found = Scheduled.objects(free, **query).order_by("at", "id")
    return found.modify(new=True, claimed_until=moment + CLAIM, inc__claims=1)  # type: ignore[no-any-return]


def _send(claimed: Scheduled) -> Sent:
    try:
        sent = services.post_message(claimed.user, _message(claimed))
        reading.pass_own(sent[0])
    except (PyMongoError, Unavailable):
        raise
    except Exception as error:
        _fail(claimed, as_standin_error(error))
        raise
    Scheduled.objects(id=claimed.id, claims=claimed.claims).delete()
    _told(claimed, "sent")
    return sent


def _message(claimed: Scheduled) -> MessageSend:
    values = {"room_id": claimed.room, "reply_to": claimed.reply_to, "thread_id": claimed.thread_id}
    ids = {name: str(value) for name, value in values.items() if value}
    said = {"body": claimed.body or "", "file_ids": [str(file["id"]) for file in claimed.files]}
    return MessageSend.model_validate({**ids, **said, "client_message_id": claimed.client_message_id})


def _fail(claimed: Scheduled, error: StandinError) -> None:
    with speaking(language_of(claimed.user)):
        reason = {"code": error.code, "message": told(error.message)}
    mine = Scheduled.objects(id=claimed.id, claims=claimed.claims)
    failed = mine.modify(new=True, state="failed", reason=reason, unset__claimed_until=True)
    if failed:
        _told(failed)


def _who_is_back() -> list[ObjectId]:
    """Those of the awaited who are not busy: by their own choice, or because that time is over."""
    awaited = Scheduled.objects(state="waiting", when_back__ne=None).distinct("when_back")
    if not awaited:
        return []
    goes_on = Q(status_until=None) | Q(status_until__gt=now())
    busy = set(User.objects(goes_on, id__in=awaited, status="busy").scalar("id"))
    return [user_id for user_id in awaited if user_id not in busy]


def _kept_before(user_id: ObjectId, form: MessageSchedule) -> Scheduled | None:
    """What the user has scheduled under this client_message_id already."""
    found: Scheduled | None = Scheduled.objects(user=user_id, client_message_id=form.client_message_id).first()
    return found


def _check_awaited(awaited: ObjectId | None, room_id: ObjectId) -> None:
    if awaited is not None and not memberships.among(room_id, [awaited]):
        sentence = N_("Choose somebody who is in this room.")
        raise BadInput(sentence, {"when_back_user_id": sentence})


def _find(user_id: ObjectId, scheduled_id: ObjectId) -> Scheduled:
    one = Scheduled.objects(id=scheduled_id, user=user_id).first()
    if one is None:
        raise ScheduledNotFound
    return one  # type: ignore[no-any-return]


def _changed(one: Scheduled, **changes: Any) -> Scheduled:
    free = Q(claimed_until=None) | Q(claimed_until__lte=now())
    changed = Scheduled.objects(free, id=one.id).modify(**changes)
    if changed is None:
        _find(one.user, one.id)
        raise BeingSent
    return changed  # type: ignore[no-any-return]


def _told(one: Scheduled, state: str | None = None) -> ScheduledPayload:
    payload = _drawn(one)
    if state:
        payload["state"] = state
    broadcasts.schedule_changed(one.user, payload)
    return payload


def _drawn(one: Scheduled) -> ScheduledPayload:
    return kept_payloads.scheduled([one])[0]
