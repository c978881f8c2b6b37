"""What people say of themselves."""

from __future__ import annotations

from bson import ObjectId

from app.chat import services
from app.chat.events.answering import Ack, on
from app.chat.forms import StatusSet


@on("status:set", StatusSet)
def status_set(user_id: ObjectId, form: StatusSet) -> Ack:
    return {"user": services.set_status(user_id, form)}
