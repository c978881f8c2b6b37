"""Reminders of messages: set for a time, told when it has come, kept until they are dismissed."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from mongoengine.errors import NotUniqueError

from app.auth.models import now
from app.chat import broadcasts, edits, kept_payloads, memberships
from app.chat.kept import Reminder
from app.chat.kept_forms import ReminderSet
from app.chat.kept_payloads import ReminderPayload
from app.errors import Conflict, NotFound
from app.language import N_, saying

MOST_REMINDERS = 200  # of one user; about, as some may be set at once


class ReminderNotFound(NotFound):
    code = "reminder_not_found"
    message = N_("There is no such reminder of yours any more.")


class TooManyReminders(Conflict):
    code = "too_many_reminders"
    message = saying(
        "You have %(most)s reminders, as many as there can be. Cancel or dismiss some first.", most=MOST_REMINDERS
    )


def remind(user_id: ObjectId, form: ReminderSet) -> ReminderPayload:
    """Set a reminder; of the same message, it takes the place of the one before.

    Errors: those of `edits.find`, `MessageDeleted`, `TooManyReminders`.
    """
    message = edits.find(user_id, form.message_id)
    if "deleted_at" in message:
        raise edits.MessageDeleted(N_("This message was deleted, so there is nothing to be reminded of."))
    if Reminder.objects(user=user_id, message__ne=form.message_id).count() >= MOST_REMINDERS:
        raise TooManyReminders
    payload = _drawn(_put(user_id, message["room"], form))
    broadcasts.reminder_changed(user_id, payload)
    return payload


def cancel(user_id: ObjectId, reminder_id: ObjectId) -> ReminderPayload:
    """Take a reminder back. Errors: `ReminderNotFound`."""
    return _end(user_id, Reminder.objects(id=reminder_id, user=user_id), "cancelled")


def dismiss(user_id: ObjectId, reminder_id: ObjectId) -> ReminderPayload:
    """Be done with a reminder that is due. Errors: `ReminderNotFound`, also for one that is not due."""
    return _end(user_id, Reminder.objects(id=reminder_id, user=user_id, state="due"), "dismissed")


def listing(user_id: ObjectId) -> list[ReminderPayload]:
    """A user's reminders by time, so those that are due come first. None of messages in rooms that the user left."""
    found = Reminder.objects(user=user_id, room__in=list(memberships.of(user_id)))
    return kept_payloads.reminders(found.order_by("at"))


def tell_due() -> int:
    """Tell users of reminders whose time has come. Each is told by one process only. How many."""
    count = 0
    while reminder := Reminder.objects(state="waiting", at__lte=now()).order_by("at").modify(new=True, state="due"):
        count += 1
        if memberships.among(reminder.room, [reminder.user]):
            broadcasts.reminder_due(reminder.user, _drawn(reminder))
    return count


def _put(user_id: ObjectId, room_id: ObjectId, form: ReminderSet) -> Reminder:
    changes = {"at": form.at, "note": form.note or "", "state": "waiting"}
    inserted = {"set_on_insert__room": room_id, "set_on_insert__created_at": now()}
    while True:
        mine = Reminder.objects(user=user_id, message=form.message_id)
        try:
            reminder: Reminder = mine.modify(upsert=True, new=True, **changes, **inserted)
        except NotUniqueError:
            continue  # made at the same moment: now it is there to be changed
        return reminder


def _end(user_id: ObjectId, found: Any, state: str) -> ReminderPayload:
    reminder = found.first()
    # What was in a room that one has left is as if it were not there.
    if reminder is None or not memberships.among(reminder.room, [user_id]):
        raise ReminderNotFound
    payload: ReminderPayload = {**_drawn(reminder), "state": state}
    if not found.delete():
        raise ReminderNotFound
    broadcasts.reminder_changed(user_id, payload)
    return payload


def _drawn(reminder: Reminder) -> ReminderPayload:
    return kept_payloads.reminders([reminder])[0]
