"""A browser asks to be told, or not to be any more; and finds out whether it works."""

from __future__ import annotations

from http import HTTPStatus

from bson import ObjectId
from mongoengine import Q
from mongoengine.errors import NotUniqueError

from app.auth.models import now
from app.chat.notices import delivery, push, sending
from app.chat.notices.forms import Subscribe
from app.chat.notices.models import PushSubscription
from app.chat.unfurl.guard import Refused
from app.errors import BadInput, Conflict, NotFound, StandinError
from app.language import N_, gettext

MOST_TRIES = 3


class PushIsOff(NotFound):
    code = "push_off"
    message = N_("This Standin sends no notifications to devices.")


class BadEndpoint(BadInput):
    code = "bad_endpoint"
    message = N_("Notifications can only go to a push service on the public internet. Try another browser.")


class NotSubscribed(Conflict):
    code = "not_subscribed"
    message = N_("This browser is not told of anything yet. Turn notifications on first.")


class PushFailed(StandinError):
    status, code = HTTPStatus.BAD_GATEWAY, "push_failed"
    message = N_(
        "The push service of this browser did not take the notification. Turn notifications off and on, and try again."
    )


def subscribe(user_id: ObjectId, session_id: str, form: Subscribe) -> None:
    """Tell this browser from now on, for as long as its login lasts. Errors: `PushIsOff`, `BadEndpoint`."""
    if not delivery.is_on():
        raise PushIsOff
    try:
        delivery.check(form.endpoint)
    except Refused:
        raise BadEndpoint(fields={"endpoint": BadEndpoint.message}) from None
    values = {"user": user_id, "p256dh": form.keys.p256dh, "auth": form.keys.auth, "created_at": now()}
    for _ in range(MOST_TRIES):
        # Whose the endpoint was, or what the login had, is so no more.
        others = Q(endpoint=form.endpoint, session__ne=session_id) | Q(session=session_id, endpoint__ne=form.endpoint)
        PushSubscription.objects(others).delete()
        try:
            PushSubscription.objects(session=session_id, endpoint=form.endpoint).update_one(upsert=True, **values)
        except NotUniqueError:
            continue  # the same browser, or the same login, at the same moment
        push.expect()
        return
    raise Conflict(N_("This browser is being changed elsewhere at this moment. Try again."))


def unsubscribe(session_id: str) -> None:
    """Tell this browser nothing any more."""
    PushSubscription.objects(session=session_id).delete()


def is_subscribed(session_id: str) -> bool:
    return PushSubscription.objects(session=session_id).first() is not None


def test(session_id: str) -> None:
    """Send this browser a notification. Errors: `PushIsOff`, `NotSubscribed`, `PushFailed`."""
    if not delivery.is_on():
        raise PushIsOff
    device = PushSubscription.objects(session=session_id).first()
    if device is None:
        raise NotSubscribed
    notice = {
        "title": "Standin",
        "body": gettext("This is how it looks when somebody writes to you."),
        "url": "/settings/notifications",
        "tag": "test",
        "icon": push.ICON,
        "badge": push.BADGE,
        "is_test": True,
    }
    try:
        status = sending.send_now(device, notice)
    except Refused:
        raise PushFailed from None
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        raise PushFailed
