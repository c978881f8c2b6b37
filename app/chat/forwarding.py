"""Taking what was said in one room to another.

What is taken is the text with its files, and whose it is. Where from is told by ids: whoever is in that room as well
can follow them, and nobody else learns so much as its name.
"""

from __future__ import annotations

from bson import ObjectId

from app.chat import edits, memberships, reading, services
from app.chat.documents import Source, StoredMessage
from app.chat.edits import MessageDeleted
from app.chat.forms import MessageSend
from app.chat.kept_forms import MessageForward
from app.chat.payloads import MessagePayload
from app.language import N_

Posted = list[tuple[MessagePayload, bool]]


def forward(user_id: ObjectId, form: MessageForward) -> Posted:
    """Say a message of one's rooms again in another of them, behind a comment if there is one.

    Returns the messages, the forwarded one last, each with whether it is new: forwarded again under the same
    client_message_id it is the first. Errors: those of `edits.find`, `NotAMember`, `RoomArchived`, `MessageDeleted`.
    """
    memberships.check_writable(user_id, form.room_id)
    source = edits.find(user_id, form.message_id)
    if "deleted_at" in source:
        raise MessageDeleted(N_("This message was deleted, so there is nothing to forward."))
    posted = [services.post_message(user_id, _comment(form, form.comment))] if form.comment else []
    key, origin = form.client_message_id, _origin(source)
    posted.append(services.post_forwarded(user_id, form.room_id, source, key, origin))
    for message, _ in posted:
        reading.pass_own(message)
    return posted


def _origin(source: StoredMessage) -> Source:
    """Whoever said it first: forwarding what was forwarded does not make it another's words."""
    if (earlier := source.get("forwarded_from")) is not None:
        return earlier
    return {key: source[name] for key, name in ORIGIN.items()}  # type: ignore[return-value,literal-required]


def _comment(form: MessageForward, comment: str) -> MessageSend:
    """Words of one's own are a message of one's own: nobody can take them for those of the other."""
    key = f"{form.client_message_id}:comment"
    return MessageSend.model_validate({"room_id": str(form.room_id), "body": comment, "client_message_id": key})


ORIGIN = {"message": "_id", "room": "room", "sender": "sender", "origin": "origin"}
