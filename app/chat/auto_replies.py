"""When a stand-in speaks: a person's message, addressed to someone busy.

Runs beside the sender, never before the ack: a provider that hangs holds up nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from bson import ObjectId
from gevent.pool import Pool

from app.ai import ProviderFailed, ProviderNotConfigured, assistant
from app.auth.models import User
from app.chat import directory, mentions, services
from app.chat.models import Membership, Message
from app.chat.payloads import MessagePayload

logger = logging.getLogger(__name__)

CONTEXT_MESSAGES = 20
# How many answers are made at once. Beyond that, new ones are not begun: the message waits for its reader as it is.
_answers = Pool(32)


def consider(message: MessagePayload) -> None:
    """Answer for those busy people to whom this message is addressed, if it is a person's. Returns at once."""
    if message["origin"] != "person":
        return
    if _answers.free_count() == 0:
        logger.warning("stand-ins: all %d are at work, message %s is left alone", _answers.size, message["id"])
        return
    _answers.spawn(_answer, ObjectId(message["id"]))


def addressed(body: str, busy: Sequence[User], *, is_alone: bool) -> list[User]:
    """Which of the busy others in the room a text is for: the only other one, or those it mentions. Pure."""
    if is_alone:
        return list(busy)
    named = mentions.mentioned(body, {user.id: user.name for user in busy})
    return [user for user in busy if user.id in named]


def _answer(message_id: ObjectId) -> None:
    try:
        message = Message.objects(id=message_id).get()
        for owner in _owners(message):
            _answer_for(owner, message)
    except Exception:
        # At the top of its own greenlet: there is nobody else to tell.
        logger.exception("stand-in: no answer to message %s", message_id)


def _owners(message: Message) -> list[User]:
    busy = [user for user in User.objects(status="busy", id__ne=message.sender) if user.is_busy]
    if not busy:
        return []
    members = set(Membership.objects(room=message.room, user__in=[user.id for user in busy]).scalar("user"))
    is_alone = Membership.objects(room=message.room).limit(3).count(with_limit_and_skip=True) == 2
    return addressed(message.body, [user for user in busy if user.id in members], is_alone=is_alone)


def _answer_for(owner: User, message: Message) -> None:
    """One answer per message and owner; one away line per sender and busy period when there is no answer."""
    try:
        text, key = assistant.answer(_request(owner, message)), f"answer:{message.id}"
    except (ProviderNotConfigured, ProviderFailed) as error:
        logger.info("stand-in: away line instead of an answer: %s", error)
        text = assistant.away_line(owner.name, owner.status_until, owner.status_note)
        key = f"away:{message.sender}:{owner.status_since.isoformat()}"
    if _is_still_wanted(owner):
        services.post_as_standin(owner.id, message.room, text, key)


def _is_still_wanted(owner: User) -> bool:
    """Whether the owner is still in the busy period in which the answer was begun."""
    owner_now = User.objects(id=owner.id, status_since=owner.status_since).first()
    return owner_now is not None and owner_now.is_busy


def _request(owner: User, message: Message) -> assistant.AnswerRequest:
    earlier = Message.objects(room=message.room, seq__lte=message.seq).order_by("-seq").limit(CONTEXT_MESSAGES)
    lines = list(earlier)[::-1]
    names = directory.names(line.sender for line in lines)
    return assistant.AnswerRequest(
        owner_name=owner.name,
        status_until=owner.status_until,
        note=owner.status_note or "",
        asker_name=names[message.sender],
        transcript=tuple(_lines(lines, names)),
        question=message.body,
    )


def _lines(messages: Sequence[Message], names: dict[ObjectId, str]) -> Iterable[assistant.TranscriptLine]:
    for line in messages:
        yield assistant.TranscriptLine(names[line.sender], line.body, is_standin=line.origin == "standin")
