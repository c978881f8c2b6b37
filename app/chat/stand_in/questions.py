"""What somebody wants to know of somebody who is busy, and what an answer may be made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from bson import ObjectId

from app.ai.assistant import AnswerRequest
from app.auth.models import User, now
from app.chat import composing, memberships
from app.chat.documents import StoredMessage
from app.chat.memberships import NotAMember, RoomArchived
from app.chat.models import Message
from app.chat.payloads import MessagePayload
from app.chat.stand_in import context
from app.chat.stand_in.models import StandIn

IS_BUSY = ("status", "status_until", "status_since", "role")  # what says whether somebody is
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

    def as_it_is_now(self) -> Question | None:
        """The same with what was edited meanwhile, without what was taken back; None where nothing is left."""
        asked = {"_id": {"$in": [ObjectId(message["id"]) for message in self.asked]}, "deleted_at": None}
        bodies = {str(one["_id"]): one["body"] for one in Message._get_collection().find(asked, {"body": 1})}
        left: list[MessagePayload] = [
            {**message, "body": bodies[message["id"]]} for message in self.asked if message["id"] in bodies
        ]
        return replace(self, asked=left) if left else None

    def is_still_wanted(self) -> bool:
        """Whether the question stands, and the owner is in the same busy period still, and neither writes here nor has
        just done so."""
        owner = User.objects(id=self.owner.id, status_since=self.owner.status_since).only(*IS_BUSY).first()
        if owner is None or not owner.is_busy or composing.is_writing(owner.id, self.room_id):
            return False
        if not self._is_in_place():
            return False
        since = max(owner.status_since, now() - HERE_SECONDS)
        lately = {"room": self.room_id, "seq": {"$gt": self.last["seq"] - 200}, "created_at": {"$gt": since}}
        own = {**lately, "sender": owner.id, "origin": "person"}
        return Message._get_collection().find_one(own, {"_id": 1}) is None

    def _is_in_place(self) -> bool:
        """Whether the owner is in the room, and the question not taken back."""
        try:
            memberships.check_writable(self.owner.id, self.room_id)
        except (NotAMember, RoomArchived):
            return False
        standing = {"_id": ObjectId(self.last["id"]), "deleted_at": None}
        return Message._get_collection().find_one(standing, {"_id": 1}) is not None

    def transcript(self) -> list[StoredMessage]:
        """The last messages up to the question, oldest first, of this room or of the thread in which it is asked."""
        thread = self.last["thread_id"]
        return context.recent(self.room_id, self.last["seq"], ObjectId(thread) if thread else None)

    def request(self, transcript: list[StoredMessage], chosen: StandIn) -> AnswerRequest:
        """All that the provider is shown."""
        question = "\n".join(context.words(message["body"], message["files"]) for message in self.asked)
        return context.request(self.owner, chosen, transcript, self.last["sender"]["name"], question)
