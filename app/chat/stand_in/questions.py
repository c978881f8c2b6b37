"""What somebody wants to know of somebody who is busy, and what an answer may be made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bson import ObjectId

from app.ai.assistant import AnswerRequest, TranscriptLine
from app.auth.models import User, now
from app.chat import composing, directory
from app.chat.message_log import StoredMessage
from app.chat.models import Message
from app.chat.payloads import MessagePayload
from app.chat.stand_in.models import StandIn

CONTEXT_MESSAGES = 20
HERE_SECONDS = timedelta(minutes=3)  # who has written in the room since then is there, busy or not


@dataclass(frozen=True, slots=True)
class Question:
    """Messages of one sender in one room, addressed to a busy owner; `is_direct` in a room of the two."""

    owner: User
    asked: list[MessagePayload]
    is_direct: bool

    @property
    def last(self) -> MessagePayload:
        return self.asked[-1]

    @property
    def room_id(self) -> ObjectId:
        return ObjectId(self.last["room_id"])

    @property
    def asker_id(self) -> ObjectId:
        return ObjectId(self.last["sender"]["id"])

    def details(self) -> dict[str, ObjectId]:
        """What is stored with whatever answers it: who asked, and in which thread."""
        thread = self.last["thread_id"]
        return {"asked_by": self.asker_id, **({"thread": ObjectId(thread)} if thread else {})}

    def is_still_wanted(self) -> bool:
        """Whether the owner is in the same busy period still, and neither writes here nor has just done so."""
        owner = User.objects(id=self.owner.id, status_since=self.owner.status_since).first()
        if owner is None or not owner.is_busy or composing.is_writing(owner.id, self.room_id):
            return False
        since = max(owner.status_since, now() - HERE_SECONDS)
        lately = Message.objects(room=self.room_id, seq__gt=self.last["seq"] - 200, sender=owner.id, origin="person")
        return lately.filter(created_at__gt=since).first() is None

    def transcript(self) -> list[StoredMessage]:
        """The last messages of this room up to the question, oldest first. Of no other room is anything read."""
        earlier = {"room": self.room_id, "seq": {"$lte": self.last["seq"]}, "deleted_at": None, "stream_at": None}
        found = Message._get_collection().find(earlier).sort("seq", -1).limit(CONTEXT_MESSAGES)
        return list(found)[::-1]

    def request(self, transcript: list[StoredMessage], chosen: StandIn) -> AnswerRequest:
        """All that the provider is shown."""
        owner, names = self.owner, directory.names(message["sender"] for message in transcript)
        lines = (
            TranscriptLine(names[message["sender"]], message["body"], is_standin=message["origin"] == "standin")
            for message in transcript
        )
        return AnswerRequest(
            owner_name=owner.name,
            status_until=owner.status_until,
            note=owner.status_note or "",
            notes=chosen.notes,
            tone=chosen.tone,
            asker_name=self.last["sender"]["name"],
            transcript=tuple(lines),
            question="\n".join(message["body"] for message in self.asked),
        )
