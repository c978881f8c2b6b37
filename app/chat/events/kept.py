"""Pins, forwarded messages, and what people keep for later: bookmarks, scheduled messages, reminders."""

from __future__ import annotations

from bson import ObjectId

from app.chat import auto_replies, bookmarks, forwarding, pins, reminders, scheduling
from app.chat.events.answering import Ack, on
from app.chat.kept_forms import (
    MessageBookmark,
    MessageForward,
    MessagePin,
    MessageSchedule,
    ReminderChoice,
    ReminderSet,
    ScheduleChoice,
    ScheduleUpdate,
)
from app.chat.unfurl import previews


@on("message:pin", MessagePin)
def message_pin(user_id: ObjectId, form: MessagePin) -> Ack:
    return {"message": pins.pin(user_id, form)}


@on("message:bookmark", MessageBookmark)
def message_bookmark(user_id: ObjectId, form: MessageBookmark) -> Ack:
    return {"bookmark": bookmarks.bookmark(user_id, form)}


@on("message:forward", MessageForward, "messages")
def message_forward(user_id: ObjectId, form: MessageForward) -> Ack:
    posted = forwarding.forward(user_id, form)
    for message, is_new in posted:
        if is_new:
            auto_replies.consider(message)
            previews.consider(message)
    return {"message": posted[-1][0]}


@on("message:schedule", MessageSchedule)
def message_schedule(user_id: ObjectId, form: MessageSchedule) -> Ack:
    return {"scheduled": scheduling.schedule(user_id, form)}


@on("schedule:update", ScheduleUpdate)
def schedule_update(user_id: ObjectId, form: ScheduleUpdate) -> Ack:
    return {"scheduled": scheduling.update(user_id, form)}


@on("schedule:cancel", ScheduleChoice)
def schedule_cancel(user_id: ObjectId, form: ScheduleChoice) -> Ack:
    return {"scheduled": scheduling.cancel(user_id, form.scheduled_id)}


@on("schedule:send", ScheduleChoice, "messages")
def schedule_send(user_id: ObjectId, form: ScheduleChoice) -> Ack:
    message, is_new = scheduling.send_now(user_id, form.scheduled_id)
    if is_new:
        auto_replies.consider(message)
        previews.consider(message)
    return {"message": message}


@on("reminder:set", ReminderSet)
def reminder_set(user_id: ObjectId, form: ReminderSet) -> Ack:
    return {"reminder": reminders.remind(user_id, form)}


@on("reminder:cancel", ReminderChoice)
def reminder_cancel(user_id: ObjectId, form: ReminderChoice) -> Ack:
    return {"reminder": reminders.cancel(user_id, form.reminder_id)}


@on("reminder:dismiss", ReminderChoice)
def reminder_dismiss(user_id: ObjectId, form: ReminderChoice) -> Ack:
    return {"reminder": reminders.dismiss(user_id, form.reminder_id)}
