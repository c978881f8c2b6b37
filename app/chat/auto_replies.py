"""When a stand-in speaks: a person's messages, addressed to someone busy.

Runs beside the sender, never before the ack: a provider that hangs holds up nobody. What one sender writes in one room
in quick succession, or while an answer is being made, is answered once.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import datetime
from threading import Condition
from typing import Any, NamedTuple

import gevent
from bson import ObjectId
from cachetools import TTLCache, cached
from gevent.lock import BoundedSemaphore
from pymongo.errors import PyMongoError

from app.ai import ProviderError, ProviderFailed, assistant, client
from app.ai.assistant import AnswerRequest, Usage
from app.ai.prompts import PROMPT_VERSION
from app.auth.models import User
from app.auth.services import language_of
from app.chat import memberships, services
from app.chat.bursts import Bursts
from app.chat.payloads import MessagePayload
from app.chat.stand_in import asking, context, drafts, ledger, own_room, pool, preferences, streams
from app.chat.stand_in.ledger import Purpose
from app.chat.stand_in.models import Call, StandIn
from app.chat.stand_in.preferences import Step
from app.chat.stand_in.questions import Question
from app.chat.stand_in.streams import Stream
from app.language import speaking

logger = logging.getLogger(__name__)

Texts = Generator[str, None, None]


class Begun(NamedTuple):
    """A call to the provider that is written down and not made yet."""

    request: AnswerRequest
    model: str
    call: Call


QUIET_SECONDS, LONGEST_BURST_SECONDS = 2.0, 4.0
DATABASE_DELAYS = (1, 2, 4, 8, 16)  # seconds between tries while the database is away
MOST_SENDERS = 1_000  # at once; the message of one more waits for its reader as it is
MOST_PREPARED = 2  # at once: a dozen questions to the database each, and whoever sends waits behind all that are ready


def consider_sent(message: MessagePayload) -> None:
    """Answer for those busy people to whom this message is addressed, if it is a person's. Returns at once."""
    if message["origin"] != "person" or message["leave"] or message["ask"]:
        return
    if not _bursts.add((message["room_id"], message["thread_id"], message["sender"]["id"]), message):
        logger.warning("stand-ins: too many senders at once, message %s is left alone", message["id"])


def consider(message: MessagePayload) -> None:
    """The same for a message that may have come by another way than being sent: forwarded, or scheduled."""
    if message["origin"] != "person" or message["leave"] or message["ask"]:
        return
    if own_room.is_one(ObjectId(message["sender"]["id"]), ObjectId(message["room_id"])):
        asking.begin(message)
    else:
        consider_sent(message)


def stop() -> None:
    """Give up what is under way, before the database is let go."""
    _bursts.stop()
    pool.stop()


def recover() -> None:
    """End the answers of processes that died, and leave an away line in their place."""
    streams.renew()
    ledger.close_lost()
    for message in streams.end_lost():
        owner = User.objects(id=message["on_behalf_of"]).first()
        is_reply = "asked_by" in message and message["asked_by"] != message["on_behalf_of"]
        if owner is not None and owner.is_busy and is_reply:
            kept = {"asked_by": message["asked_by"], **({"thread": message["thread"]} if "thread" in message else {})}
            _leave_word(owner, message["room"], kept)


def _answer(burst: list[MessagePayload]) -> None:
    """Answer what one sender wrote in one room or thread, for each busy person it is addressed to."""
    gevent.joinall([pool.spawn(_answer_for, question) for question in _questions_in_time(burst)])


def _questions_in_time(burst: list[MessagePayload]) -> list[Question]:
    """The questions, once the database can be asked for them; none if it stays away for long."""
    for delay in DATABASE_DELAYS:
        try:
            with _preparing:
                return list(_questions(burst))
        except PyMongoError as error:
            logger.warning("stand-ins: a question waits for the database: %s", type(error).__name__)
            gevent.sleep(delay)
    logger.error("stand-ins: message %s is left alone, as the database was away for too long", burst[-1]["id"])
    return []


def _questions(burst: list[MessagePayload]) -> Iterator[Question]:
    """What in the burst was for somebody busy, each with the messages from there on."""
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
                yield Question(owner, burst[index:], is_direct=is_alone)
                break


@cached(TTLCache(1, ttl=1), condition=Condition())
def _busy_users() -> list[User]:
    """Asked for every burst. A burst is older than this is, so that nobody is missed.

    Many bursts may end at once: one of them asks, and the others wait for it.
    """
    return [user for user in User.objects(status="busy") if user.is_busy]


def _answer_for(asked: Question) -> None:
    try:
        _reply(asked)
    except Exception:
        # At the top of its own greenlet: there is nobody else to tell.
        logger.exception("stand-in: no answer to message %s", asked.last["id"])


def _reply(asked: Question) -> None:
    """What the owner allows: an answer, a draft of one, or word that they are away."""
    owner, begun = asked.owner, None
    with _preparing:
        question = asked.as_it_is_now()
        if question is None or not question.is_still_wanted():
            return
        chosen = preferences.find(owner.id)
        step = preferences.step(chosen, owner.status_mode, question.asker_id, is_direct=question.is_direct)
        if step in {Step.ANSWER, Step.DRAFT}:
            begun = _begin(question, chosen, step)
    is_answered = step is Step.NOTHING or (begun is not None and _ask(question, begun, step))
    # The provider may have taken its time to fail: by now the owner may be back, or have written there themselves.
    if not is_answered and (begun is None or question.is_still_wanted()):
        _leave_word(owner, question.room_id, question.details())


def _begin(question: Question, chosen: StandIn, step: Step) -> Begun | None:
    """Write down that the provider is about to be asked; None if that is not within the budgets."""
    transcript = question.transcript()
    request = question.request(transcript, chosen)
    model, kind = client.model_name(chosen.model), "draft" if step is Step.DRAFT else "answer"
    asked = tuple(ObjectId(message["id"]) for message in question.asked)
    purpose = Purpose(question.owner.id, question.asker_id, kind, question.room_id, asked[-1], asked)
    shown = context.shown(transcript, request.asker_name, request.question)
    call, refusal = ledger.open_call(purpose, shown, model, PROMPT_VERSION)
    return Begun(request, model, call) if refusal is None else None


def _ask(question: Question, begun: Begun, step: Step) -> bool:
    """Ask the provider; False if there is no answer although one is wanted. On the record."""
    usage = Usage()
    try:
        with pool.one_of_few():
            work = _draft if step is Step.DRAFT else _stream
            outcome = work(question, assistant.write(begun.request, usage, begun.model))
    except ProviderError as error:
        logger.info("stand-in: away line instead of an answer: %s", error)
        reason = str(error.reason) if isinstance(error, ProviderFailed) else "not_configured"
        ledger.close_call(begun.call, usage, "failed", reason=reason)
        return False
    ledger.close_call(begun.call, usage, **outcome)
    return True


def _stream(question: Question, written: Texts) -> dict[str, Any]:
    """Write the answer into the room. Returns what the record says of it. Errors: ProviderError."""
    owner, key = question.owner, f"answer:{question.last['id']}"
    stream = Stream(owner.id, question.room_id, key, question.details(), question.is_still_wanted)
    text, state, is_left = "", "failed", False
    try:
        with closing(written) as texts:
            for text in texts:
                if stream.is_stopped:
                    break
                is_left = assistant.is_left_to_owner(text, owner.name)
                if not is_left:
                    stream.grow(text)
        state = "stopped" if stream.is_stopped else "done"
    finally:
        if is_left and state == "done":
            # Said once to each asker in a busy period, however often they ask what nobody left word about.
            once = f"left:{question.asker_id}:{owner.status_since.isoformat()}"
            message = _post(question, text, once) if question.is_still_wanted() else None
        else:
            message = stream.end({"done": text, "stopped": stream.text}.get(state, ""), state)
    answer = ObjectId(message["id"]) if message else None
    return {"outcome": state if message else "stopped", "is_left": is_left, "answer": answer}


def _draft(question: Question, written: Texts) -> dict[str, Any]:
    """Write the answer for the owner alone. The same as `_stream` in all else."""
    with closing(written) as texts:
        text = deque(texts, maxlen=1).pop()
    drafts.keep(question.owner.id, question.asker_id, question.room_id, ObjectId(question.last["id"]), text)
    return {"outcome": "done", "is_left": assistant.is_left_to_owner(text, question.owner.name)}


def _post(question: Question, text: str, key: str) -> MessagePayload:
    return services.post_as_standin(question.owner.id, question.room_id, text, key, question.details())[0]


def _leave_word(owner: User, room_id: ObjectId, details: dict[str, ObjectId]) -> None:
    """One away line per sender and busy period, in the language of whoever it is for."""
    with speaking(language_of(details["asked_by"]) or owner.language):
        text = assistant.away_line(owner.name, owner.status_until, owner.status_note)
    key = f"away:{details['asked_by']}:{owner.status_since.isoformat()}"
    services.post_as_standin(owner.id, room_id, text, key, details)


_preparing = BoundedSemaphore(MOST_PREPARED)
_bursts: Bursts[tuple[str, str | None, str], MessagePayload] = Bursts(
    _answer, quiet=QUIET_SECONDS, longest=LONGEST_BURST_SECONDS, most=MOST_SENDERS
)
