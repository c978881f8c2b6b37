"""Everybody, as everyone sees them: read anew for whoever comes in, and drawn anew only as far as it is another.

With a thousand people it is most of what letting somebody in costs. Users are hardly ever others than the last time:
then they are the same bytes, and need not even be decoded. Presences are others all the time, and few.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from bson import ObjectId, decode_all
from pymongo import timeout

from app.auth.models import User
from app.chat import payloads
from app.chat.models import Presence
from app.chat.payloads import UserPayload
from app.realtime.group_commit import GroupCommit
from app.realtime.json import keep

READ_SECONDS = 5.0


def everyone() -> Sequence[UserPayload]:
    """All users with their status and presence, by name, as they are when this is called or later.

    Many ask at once after a restart. Those who come while it is being read share the next reading.
    """
    return _readings.submit(None)


class Roster:
    """What was read last."""

    def __init__(self) -> None:
        self._raw = b""
        self._users: list[dict[str, Any]] = []
        self._drawn: list[tuple[bool | None, UserPayload | None]] = []
        """Each user as they were told, and whether they were away then; None for offline."""

    def read(self) -> tuple[UserPayload | None, ...]:
        presences = Presence._get_collection().find({"is_online": True}, {"is_away": 1})
        online: dict[ObjectId, bool] = {one["_id"]: bool(one.get("is_away")) for one in presences}
        users = User._get_collection()
        wanted = users.find_raw_batches({"removed_at": None}, dict.fromkeys(payloads.TOLD_OF_USERS, 1))
        if (raw := b"".join(wanted)) != self._raw:
            self._users = sorted(decode_all(raw, users.codec_options), key=itemgetter("name"))
            self._raw, self._drawn = raw, [(None, None)] * len(self._users)
        self._draw([place for place, user in enumerate(self._users) if self._is_other(place, user, online)], online)
        return tuple(told for _, told in self._drawn)

    def _is_other(self, place: int, user: dict[str, Any], online: dict[ObjectId, bool]) -> bool:
        """Whether a user has to be drawn anew; one whose status ends some time always has."""
        is_away, told = self._drawn[place]
        return told is None or is_away is not online.get(user["_id"]) or user.get("status_until") is not None

    def _draw(self, places: list[int], online: dict[ObjectId, bool]) -> None:
        drawn = payloads.users([self._users[place] for place in places], online)
        for place, told in zip(places, drawn, strict=True):
            self._drawn[place] = online.get(self._users[place]["_id"]), keep(told)  # whoever asks is told, in JSON


_roster = Roster()


def _read(askers: list[None]) -> list[Any]:
    with timeout(READ_SECONDS):  # the asker's own does not reach the greenlet that reads
        return [_roster.read()] * len(askers)


_readings: GroupCommit[None, tuple[UserPayload, ...]] = GroupCommit(_read, largest=10_000)
