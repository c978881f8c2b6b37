"""Whom a message is to be told, of those who can be reached: by their membership, their account and their hours."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from app.auth.models import User, now
from app.chat.models import CONNECTION_TTL, Connection, Membership, Room
from app.chat.notices import hours
from app.chat.payloads import MessagePayload

WANTED = ("notify_about", "quiet_from", "quiet_until", "time_zone", "mail_mentions", "language")


@dataclass(frozen=True, slots=True)
class Told:
    """A message for one person, in which room it was said ("" of a direct one), and the language they chose."""

    user_id: ObjectId
    message: MessagePayload
    room_name: str
    language: str = ""


def of(message: MessagePayload, reachable: Collection[ObjectId], moment: datetime | None = None) -> list[Told]:
    """Who of those who can be reached wants to be told of a message now."""
    room_id, speaker = ObjectId(message["room_id"]), ObjectId(message["sender"]["id"])
    room = Room._get_collection().find_one({"_id": room_id}, {"name": 1, "kind": 1})
    found = Membership._get_collection().find(
        {"room": room_id, "user": {"$in": list(reachable), "$ne": speaker}, "involvement": {"$ne": "nothing"}},
        {"user": 1, "involvement": 1, "last_read_seq": 1},
    )
    members = {one["user"]: one for one in found if one["last_read_seq"] < message["seq"]}
    if room is None or not members:
        return []
    users = User._get_collection().find({"_id": {"$in": list(members)}}, dict.fromkeys(WANTED, 1))
    is_direct, at = room["kind"] == "direct", moment or now()
    return [
        Told(user["_id"], message, "" if is_direct else room["name"], user.get("language") or "")
        for user in users
        if _wants(user, members[user["_id"]], message, is_direct=is_direct) and not is_quiet_for(user, at)
    ]


def addressed(message: MessagePayload) -> list[ObjectId]:
    """Whom a message is for, of those who want to hear by e-mail of what they missed: whom it calls, who is written to
    directly, and who had asked."""
    room_id, speaker = ObjectId(message["room_id"]), ObjectId(message["sender"]["id"])
    room = Room._get_collection().find_one({"_id": room_id}, {"kind": 1})
    called = {ObjectId(user_id) for user_id in message["mentions"]}
    if message["asked_by"]:
        called.add(ObjectId(message["asked_by"]))
    is_for_all = message["mentions_all"] or (room is not None and room["kind"] == "direct")
    if not is_for_all and not called - {speaker}:
        return []
    whom = {"$ne": speaker} if is_for_all else {"$in": list(called - {speaker})}
    where = {"room": room_id, "user": whom, "involvement": {"$ne": "nothing"}}
    members = {
        one["user"]
        for one in Membership._get_collection().find(where, {"user": 1, "involvement": 1})
        if one.get("involvement") != "mentions" or is_called(one["user"], message)
    }
    willing = User.objects(id__in=list(members), mail_mentions__ne=False, notify_about__ne="nothing")
    return list(willing.scalar("id"))


def is_called(user_id: ObjectId, message: MessagePayload) -> bool:
    """Whether a message calls somebody, by name or with everyone else."""
    return message["mentions_all"] or str(user_id) in message["mentions"]


def is_quiet_for(user: Mapping[str, Any], moment: datetime) -> bool:
    begin, end = user.get("quiet_from") or "", user.get("quiet_until") or ""
    return hours.are_quiet(begin, end, user.get("time_zone") or "", moment)


def watching(user_ids: Iterable[ObjectId]) -> set[str]:
    """The logins of these users that have a page in sight."""
    live = Connection.objects(user__in=list(user_ids), is_visible=True, beat_at__gt=now() - CONNECTION_TTL)
    return set(live.distinct("session"))


def _wants(user: Mapping[str, Any], membership: Mapping[str, Any], message: MessagePayload, *, is_direct: bool) -> bool:
    calls = is_called(user["_id"], message)
    if membership.get("involvement", "everything") == "mentions" and not calls:
        return False
    about = user.get("notify_about") or "mentions"
    # An answer to one's own question is as good as a call.
    is_for_them = calls or is_direct or message["asked_by"] == str(user["_id"])
    return about == "everything" or (about == "mentions" and is_for_them)
