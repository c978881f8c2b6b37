"""Questions to the AI itself: with /ask in a room that others read, and in the room where one is alone with it.

The question is a message of the person, marked as one that no stand-in answers; the answer is written before the eyes
of the room, on behalf of whoever asked. In a room it is made of that room's last messages, as a stand-in's is; alone,
of the conversation so far.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import closing

from bson import ObjectId

from app.ai import ProviderError, ProviderFailed, client, conversation
from app.ai.conversation import ChatTurn, Usage
from app.ai.prompts.asking import ASK_VERSION, ASSISTANT_VERSION
from app.auth.models import now
from app.chat import broadcasts, edits, memberships, message_log, payloads, services
from app.chat.documents import StoredMessage
from app.chat.forms import MessageSend
from app.chat.models import Message
from app.chat.payloads import MessagePayload
from app.chat.stand_in import context, ledger, own_room, pool, preferences, switch
from app.chat.stand_in.errors import AssistantLimit, AssistantUnavailable, StillStreaming
from app.chat.stand_in.ledger import Purpose, Refusal
from app.chat.stand_in.streams import Stream

logger = logging.getLogger(__name__)

COMMAND = "/ask "
KEY = "ask:"  # before the id of the question, in what makes its answer one message
HISTORY = 40  # messages

Writer = Callable[[Usage, str], Generator[str, None, None]]


def is_question(user_id: ObjectId, form: MessageSend) -> bool:
    """Whether a message is for the AI: it begins with /ask, or nobody else is there."""
    return form.body.startswith(COMMAND) or own_room.is_one(user_id, form.room_id)


def ask(user_id: ObjectId, form: MessageSend, socket_id: str | None = None) -> tuple[MessagePayload, bool]:
    """Post a question and begin an answer, once. Returns the question, and whether it is new.

    Errors: those of `services.post_message`; `AssistantUnavailable` and `AssistantLimit`, and then nothing was posted.
    """
    memberships.check_writable(user_id, form.room_id)
    if first := services.said_before(user_id, form.client_message_id):
        begin(first)  # if its process died before it began, else nothing comes of it
        return first, False
    check_available(Purpose(user_id, user_id, "ask", form.room_id))
    typed = form.body.removeprefix(COMMAND).strip() if form.body.startswith(COMMAND) else form.body
    asked = form.model_copy(update={"body": typed or form.body})
    question, is_new = services.post_message(user_id, asked, socket_id, is_ask=True)
    begin(question)
    return question, is_new


def begin(question: MessagePayload) -> None:
    """Answer a question beside the request, unless it is or was answered. Returns at once."""
    pool.spawn(_answer, question)


def retry(user_id: ObjectId, message_id: ObjectId) -> MessagePayload:
    """Ask again for an answer to one's own question: the same message, empty, is written anew. Returns it.

    Errors: `MessageNotFound`, also for a question that is gone; `NotYours`, `StillStreaming`, `MessageDeleted`,
    `RoomArchived`; those of `ask`.
    """
    answer = edits.find(user_id, message_id)
    if not (edits.is_stand_in_of(user_id, answer) and answer["client_message_id"].startswith(KEY)):
        raise edits.NotYours
    memberships.check_writable(user_id, answer["room"])
    question = edits.stored(ObjectId(answer["client_message_id"].removeprefix(KEY)))
    if "deleted_at" in answer or "deleted_at" in question:
        raise edits.MessageDeleted
    check_available(Purpose(user_id, user_id, "ask", answer["room"]))
    draw = edits.drawer(answer)
    stream = _stream_for(payloads.messages([question])[0])
    update = {
        "$set": {"body": "", "state": "streaming", "stream_at": now(), "stream": stream.id},
        "$unset": {"html": "", "mentions": "", "edited_at": ""},
    }
    begun = message_log.amend(answer, "edited", update, {"deleted_at": None, "state": {"$ne": "streaming"}})
    if begun is None:
        raise StillStreaming
    payload = draw(begun)
    stream.take_over(payload)  # before anybody hears of it, so that whoever stops it finds it
    broadcasts.message_edited(payload)
    pool.spawn(_answer, payloads.messages([question])[0], stream)
    return payload


def check_available(purpose: Purpose) -> None:
    """Whether the AI can be asked. Errors: `AssistantUnavailable`, `AssistantLimit`."""
    if not client.is_configured():
        raise AssistantUnavailable
    if refusal := ledger.refusal_of(purpose):
        raise AssistantUnavailable if refusal is Refusal.SWITCHED_OFF else AssistantLimit


def _stream_for(question: MessagePayload) -> Stream:
    asker, room = ObjectId(question["sender"]["id"]), ObjectId(question["room_id"])
    return Stream(asker, room, f"{KEY}{question['id']}", _details(question), lambda: _may_go_on(asker, room))


def _answer(question: MessagePayload, begun: Stream | None = None) -> None:
    """`begun`: the stream of an answer that is written anew, and shown already."""
    stream = begun or _stream_for(question)
    try:
        if begun is None:
            stream.open()
        if stream.is_stopped:
            stream.end("", "stopped")
        else:
            _fill(stream, question)
    except Exception:
        # At the top of its own greenlet: there is nobody else to tell.
        logger.exception("ask: no answer to message %s", question["id"])
        stream.end("", "failed")


def _fill(stream: Stream, question: MessagePayload) -> None:
    """Write the answer, within the budgets and on the record."""
    shown, write, version = _alone(question) if own_room.is_one(stream.owner, stream.room) else _among(question)
    purpose = Purpose(stream.owner, stream.owner, "ask", stream.room, ObjectId(question["id"]))
    model = client.model_name(preferences.find(stream.owner).model)
    call, refusal = ledger.open_call(purpose, shown, model, version)
    if refusal is not None:
        stream.end("", "failed")
        return
    usage = Usage()
    try:
        with pool.one_of_few(), closing(write(usage, model)) as texts:
            ended = _write_out(stream, texts)
    except ProviderError as error:
        logger.info("ask: no answer: %s", error)
        stream.end("", "failed")
        reason = str(error.reason) if isinstance(error, ProviderFailed) else "not_configured"
        ledger.close_call(call, usage, "failed", reason=reason)
        return
    answer = ObjectId(ended["id"]) if ended else None
    ledger.close_call(call, usage, ended["state"] if ended else "stopped", answer=answer)


def _write_out(stream: Stream, texts: Generator[str, None, None]) -> MessagePayload | None:
    text = ""
    for text in texts:
        if stream.is_stopped:
            return stream.end(stream.text, "stopped")
        stream.grow(text)
    return stream.end(text, "done")


def _among(question: MessagePayload) -> tuple[list[ObjectId], Writer, str]:
    """An answer in a room, from what was said there last or in the thread."""
    thread = ObjectId(question["thread_id"]) if question["thread_id"] else None
    transcript = context.recent(ObjectId(question["room_id"]), question["seq"], thread)
    lines, asked, name = context.lines(transcript), _words(question), question["sender"]["name"]
    shown = context.shown(transcript, name, asked)
    return shown, lambda usage, model: conversation.answer(name, lines, asked, usage, model), ASK_VERSION


def _alone(question: MessagePayload) -> tuple[list[ObjectId], Writer, str]:
    """An answer in the room where the asker is alone with the AI, from the conversation so far."""
    before = {"room": ObjectId(question["room_id"]), "seq": {"$lt": question["seq"]}, "deleted_at": None}
    found = Message._get_collection().find({**before, "stream_at": None, "body": {"$ne": ""}})
    messages: list[StoredMessage] = list(found.sort("seq", -1).limit(HISTORY))[::-1]
    turns = conversation.newest([_turn(message) for message in messages])
    shown = [message["_id"] for message in messages[len(messages) - len(turns) :]]
    name, asked = question["sender"]["name"], _words(question)
    return (
        [*shown, ObjectId(question["id"])],
        lambda usage, model: conversation.converse(name, turns, asked, usage, model),
        ASSISTANT_VERSION,
    )


def _turn(message: StoredMessage) -> ChatTurn:
    role = "assistant" if message["origin"] == "standin" else "user"
    return ChatTurn(role, context.words(message["body"], message.get("files", ())))  # type: ignore[arg-type]


def _words(question: MessagePayload) -> str:
    return context.words(question["body"], question["files"])


def _details(question: MessagePayload) -> dict[str, ObjectId]:
    """What is stored with an answer: who asked, and in which thread."""
    thread = question["thread_id"]
    return {"asked_by": ObjectId(question["sender"]["id"]), **({"thread": ObjectId(thread)} if thread else {})}


def _may_go_on(asker: ObjectId, room: ObjectId) -> bool:
    """Whether the asker is still there, and nobody has switched the AI off."""
    return bool(memberships.among(room, [asker])) and switch.is_on()
