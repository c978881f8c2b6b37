"""Up to where somebody has read a room. Unread is what lies behind the marker: no write per reader and message."""

from __future__ import annotations

from bson import ObjectId

from app.chat import broadcasts, edits, memberships, places, rooms
from app.chat.models import Membership
from app.chat.payloads import MessagePayload, ReadPayload
from app.errors import Conflict
from app.language import saying

MOST_WHO_SEE = 50  # members of a room in which it is told who has seen a message


class RoomTooLarge(Conflict):
    code = "room_too_large"
    message = saying("Who has seen a message is told in rooms of up to %(most)s people.", most=MOST_WHO_SEE)


def move(user_id: ObjectId, room_id: ObjectId, seq: int) -> ReadPayload:
    """Put the user's marker at `seq`, on all their devices; backwards too, to mark as unread. Errors: `NotAMember`.

    A marker behind the last message is put there.
    """
    memberships.check(user_id, room_id)
    reached = min(seq, places.end(room_id).seq)
    membership = Membership.objects(room=room_id, user=user_id).modify(new=True, last_read_seq=reached)
    if membership is None:
        raise memberships.NotAMember
    payload = ReadPayload(
        room_id=str(room_id), user_id=str(user_id), seq=reached, mention_count=rooms.mention_count(user_id, membership)
    )
    broadcasts.read_moved(user_id, payload)
    return payload


def pass_own(message: MessagePayload) -> None:
    """Read on over one's own message, said without its room on the screen, if all before it was read."""
    user_id, room_id, seq = ObjectId(message["sender"]["id"]), ObjectId(message["room_id"]), message["seq"]
    if Membership.objects(room=room_id, user=user_id, last_read_seq=seq - 1):
        move(user_id, room_id, seq)


def seen_by(user_id: ObjectId, message_id: ObjectId) -> list[ObjectId]:
    """The members, other than its author, who have read up to a message. Errors: `MessageNotFound`, `RoomTooLarge`."""
    message = edits.find(user_id, message_id)
    members = Membership.objects(room=message["room"])
    if members.limit(MOST_WHO_SEE + 1).count(with_limit_and_skip=True) > MOST_WHO_SEE:
        raise RoomTooLarge
    readers = Membership.objects(room=message["room"], last_read_seq__gte=message["seq"]).scalar("user")
    return [reader for reader in readers if reader != message["sender"]]
