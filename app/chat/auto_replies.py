"""When a stand-in speaks: a person's messages, addressed to someone busy.

Runs beside the sender, never before the ack: a provider that hangs holds up nobody. What one sender writes in one room
in quick succession, or while an answer is being made, is answered once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from threading import Condition

import gevent
from bson import ObjectId
from cachetools import TTLCache, cached
from gevent.lock import BoundedSemaphore
from gevent.pool import Group

from app.ai import FailureReason, ProviderError, ProviderFailed, assistant
from app.auth.models import User
from app.chat import directory, memberships, services
from app.chat.bursts import Bursts
from app.chat.models import Message
from app.chat.payloads import MessagePayload

logger = logging.getLogger(__name__)

CONTEXT_MESSAGES = 20
QUIET_SECONDS, LONGEST_BURST_SECONDS = 2.0, 4.0
MOST_SENDERS = 1_000  # at once; the message of one more waits for its reader as it is
MOST_CALLS, CALL_WAIT_SECONDS = 8, 30.0  # to the provider at once, and how long to wait for one of them to end


def consider(message: MessagePayload) -> None:
    """Answer for those busy people to whom this message is addressed, if it is a person's. Returns at once."""
    if message["origin"] != "person":
        return
    if not _bursts.add((message["room_id"], message["thread_id"], message["sender"]["id"]), message):
        logger.warning("stand-ins: too many senders at once, message %s is left alone", message["id"])


def stop() -> None:
    """Give up what is under way, before the database is let go."""
    _bursts.stop()
    _answers.kill()


def _answer(burst: list[MessagePayload]) -> None:
    """Answer what one sender wrote in one room or thread, for each busy person it is addressed to."""
    gevent.joinall([_answers.spawn(_answer_for, owner, asked) for owner, asked in _questions(burst)])


def _questions(burst: list[MessagePayload]) -> Iterator[tuple[User, list[MessagePayload]]]:
    """The busy people for whom something in the burst was, each with the messages from there on."""
    room_id, sender_id = ObjectId(burst[0]["room_id"]), ObjectId(burst[0]["sender"]["id"])
    busy = {user.id: user for user in _busy_users() if user.id != sender_id}
    present = memberships.among(room_id, busy) if busy else []
    if not present:
        return
    is_alone = memberships.is_pair(room_id)
    for owner in (busy[user_id] for user_id in present):
        for index, message in enumerate(burst):
            is_addressed = is_alone or str(owner.id) in message["mentions"]  # by name: @all is no question to anyone
            # What came before the person was busy is for them to answer.
            if is_addressed and datetime.fromisoformat(message["created_at"]) >= owner.status_since:
                yield owner, burst[index:]
                break


@cached(TTLCache(1, ttl=1), condition=Condition())
def _busy_users() -> list[User]:
    """Asked for every burst. A burst is older than this is, so that nobody is missed.

    Many bursts may end at once: one of them asks, and the others wait for it.
    """
    return [user for user in User.objects(status="busy") if user.is_busy]


def _answer_for(owner: User, asked: list[MessagePayload]) -> None:
    try:
        _post_answer(owner, asked)
    except Exception:
        # At the top of its own greenlet: there is nobody else to tell.
        logger.exception("stand-in: no answer to message %s", asked[-1]["id"])


def _post_answer(owner: User, asked: list[MessagePayload]) -> None:
    """One answer per burst and owner; one away line per sender and busy period when there is no answer."""
    last = asked[-1]
    try:
        text, key = _ask(owner, asked), f"answer:{last['id']}"
    except ProviderError as error:
        logger.info("stand-in: away line instead of an answer: %s", error)
        text = assistant.away_line(owner.name, owner.status_until, owner.status_note)
        key = f"away:{last['sender']['id']}:{owner.status_since.isoformat()}"
    if _is_still_wanted(owner):
        thread = ObjectId(last["thread_id"]) if last["thread_id"] else None
        services.post_as_standin(owner.id, ObjectId(last["room_id"]), text, key, thread)


def _ask(owner: User, asked: list[MessagePayload]) -> str:
    if not _calls.acquire(timeout=CALL_WAIT_SECONDS):
        raise ProviderFailed(FailureReason.TIMEOUT, "too many calls are under way")
    try:
        return assistant.answer(_request(owner, asked))
    finally:
        _calls.release()


def _is_still_wanted(owner: User) -> bool:
    """Whether the owner is still in the busy period in which the answer was begun."""
    owner_now = User.objects(id=owner.id, status_since=owner.status_since).first()
    return owner_now is not None and owner_now.is_busy


def _request(owner: User, asked: list[MessagePayload]) -> assistant.AnswerRequest:
    last = asked[-1]
    earlier = Message.objects(room=ObjectId(last["room_id"]), seq__lte=last["seq"]).order_by("-seq")
    return assistant.AnswerRequest(
        owner_name=owner.name,
        status_until=owner.status_until,
        note=owner.status_note or "",
        asker_name=last["sender"]["name"],
        transcript=tuple(_lines(list(earlier.limit(CONTEXT_MESSAGES))[::-1])),
        question="\n".join(message["body"] for message in asked),
    )


def _lines(messages: list[Message]) -> Iterable[assistant.TranscriptLine]:
    names = directory.names(message.sender for message in messages)
    for message in messages:
        yield assistant.TranscriptLine(names[message.sender], message.body, is_standin=message.origin == "standin")


_calls = BoundedSemaphore(MOST_CALLS)
_answers = Group()
_bursts: Bursts[tuple[str, str | None, str], MessagePayload] = Bursts(
    _answer, quiet=QUIET_SECONDS, longest=LONGEST_BURST_SECONDS, most=MOST_SENDERS
)
