"""What is kept about stand-ins."""

from __future__ import annotations

from mongoengine import (
    BooleanField,
    DateTimeField,
    Document,
    FloatField,
    IntField,
    ListField,
    ObjectIdField,
    StringField,
)

from app.auth.models import STAND_IN_MODES, now
from app.chat.models import BODY_LIMIT

ALLOWANCES = ("everyone", "only", "except")
IN_ROOMS = ("on_mention", "never")
CALL_KINDS = ("answer", "draft", "ask", "summary")
OUTCOMES = ("pending", "done", "stopped", "failed", "refused")
NOTES_LIMIT, TONE_LIMIT = 8_000, 200


NUMBERED = {
    "fields": ["owner", "number"],
    "unique": True,
    "partialFilterExpression": {"number": {"$exists": True}},
    "name": "number",
}


class StandIn(Document):  # type: ignore[misc]
    """What the owner of a stand-in chose. Whoever never did has none of these."""

    user = ObjectIdField(primary_key=True)
    mode = StringField(required=True, choices=STAND_IN_MODES)
    notes = StringField(default="", max_length=NOTES_LIMIT)
    tone = StringField(default="", max_length=TONE_LIMIT)
    allow = StringField(required=True, choices=ALLOWANCES, default="everyone")
    user_ids = ListField(ObjectIdField())
    rooms = StringField(required=True, choices=IN_ROOMS, default="on_mention")
    model = StringField()  # which the provider is asked for; none: the first there is
    changed_at = DateTimeField()

    meta = {"collection": "stand_ins", "auto_create_index": False}  # noqa: RUF012


class Call(Document):  # type: ignore[misc]
    """One call to the provider on somebody's behalf: why, from what, at what cost, and how it ended.

    It holds ids, never text. A summary has no trigger, and one of all rooms no room. `cost` is in millionths of a
    dollar, where the price of the model is known. `day` is the UTC date that its tokens count for.
    """

    owner = ObjectIdField(required=True)
    asker = ObjectIdField(required=True)
    kind = StringField(required=True, choices=CALL_KINDS, default="answer")
    room = ObjectIdField()
    trigger = ObjectIdField()
    asked = ListField(ObjectIdField())  # what was said in one go with the trigger, which is the last of it
    context = ListField(ObjectIdField())
    answer = ObjectIdField()
    kept_at = DateTimeField()  # when its owner was content with it
    is_left = BooleanField(default=False)  # the answer was that it is left for the owner
    number = IntField()  # 1, 2, 3, ... for each owner: what is known of the calls before it is complete
    day = StringField(required=True)
    model = StringField(required=True)
    prompt = StringField(required=True)
    outcome = StringField(required=True, choices=OUTCOMES, default="pending")
    reason = StringField()
    tokens_in = IntField(required=True, default=0)
    tokens_out = IntField(required=True, default=0)
    cost = IntField()
    seconds = FloatField()
    at = DateTimeField(required=True, default=now)

    meta = {  # noqa: RUF012
        "collection": "stand_in_calls",
        "auto_create_index": False,
        "indexes": [["owner", "day"], ["owner", "-at"], ["owner", "room", "-at"], "day", ["outcome", "at"], NUMBERED],
    }


class Draft(Document):  # type: ignore[misc]
    """An answer that its owner alone sees, until they send or discard it. One a question."""

    owner = ObjectIdField(required=True)
    room = ObjectIdField(required=True)
    asker = ObjectIdField(required=True)
    trigger = ObjectIdField(required=True)
    text = StringField(required=True, max_length=BODY_LIMIT)
    state = StringField(required=True, choices=("waiting", "sent", "discarded"), default="waiting")
    created_at = DateTimeField(required=True, default=now)

    meta = {  # noqa: RUF012
        "collection": "stand_in_drafts",
        "auto_create_index": False,
        "indexes": [{"fields": ["owner", "trigger"], "unique": True}, ["owner", "state"]],
    }


ALL = (StandIn, Call, Draft)
