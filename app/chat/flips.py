"""What everyone is told of a user's presence: changed atomically, and told by whoever changed it.

Everyone comes and goes at once when a server or a network falls. All changes of one moment are one write, and are told
in the same turn of the loop, so that they leave in one write for each who hears of them.

A write that fails may be done all the same, and whoever makes the change again finds that it is so already and has
nothing to tell. So these users are remembered, and told as they are when the database answers again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bson import ObjectId
from pymongo import UpdateOne, timeout
from pymongo.errors import BulkWriteError

from app.auth.models import User, now
from app.chat import broadcasts, payloads
from app.chat.audiences import Watchers
from app.chat.models import Presence
from app.chat.payloads import UserPayload
from app.realtime.group_commit import GroupCommit

GRACE_SECONDS = 3  # a reload or a short loss of the network is no departure
WRITE_SECONDS = 5.0
DUPLICATE_KEY = 11000

_unsure: dict[bytes, Flip] = {}  # of each user the last change that failed, until they were told


@dataclass(frozen=True, slots=True)
class Flip:
    """A change of what is told, with all that telling it needs: nothing may wait between the write and the telling."""

    user_id: ObjectId
    user: UserPayload
    """As they are after it."""
    watchers: Watchers
    but: str | None = None
    """A connection that is not told."""

    def as_operation(self) -> UpdateOne:
        """Changes the presence if it is the other one. If it is this one already the key refuses another."""
        if self.user["is_online"]:
            other, this = {"is_online": False}, {"is_online": True, "is_away": False}
            return UpdateOne({"_id": self.user_id, **other}, {"$set": this}, upsert=True)
        # Not within the grace of the last connection, which may have ended in another process: that has its own timer.
        grace = [{"left_at": None}, {"left_at": {"$lte": now() - timedelta(seconds=GRACE_SECONDS)}}]
        return UpdateOne(
            {"_id": self.user_id, "is_online": True, "$or": grace}, {"$set": {"is_online": False}}, upsert=True
        )

    def tell(self) -> None:
        _unsure.pop(self.user_id.binary, None)
        if self.user["is_online"]:
            broadcasts.user_connected(self.user, self.watchers, but=self.but)
        else:
            broadcasts.user_disconnected(self.user, self.watchers)


def make(flip: Flip) -> bool:
    """Change what was told, and tell it if it was another. Whether it was."""
    return _flips.submit(flip)


def tell_unsure() -> None:
    """Tell how those are whose change failed. Errors: PyMongoError, after which it is still to be told."""
    unsure = {flip.user_id: flip for flip in _unsure.values()}
    if not unsure:
        return
    wanted = {"_id": {"$in": list(unsure)}}
    facts = list(User._get_collection().find(wanted, dict.fromkeys(payloads.TOLD_OF_USERS, 1)))
    watchers = {one["_id"]: broadcasts.who_see(one["_id"]) for one in facts}
    found = Presence._get_collection().find({**wanted, "is_online": True}, {"is_away": 1})
    told = payloads.users(facts, {one["_id"]: bool(one.get("is_away")) for one in found})
    # From here on nothing waits. Whoever was told meanwhile, or failed once more, is another than was looked at.
    for one, user in zip(facts, told, strict=True):
        flip = unsure.pop(one["_id"])
        if _unsure.get(flip.user_id.binary) is flip:
            replace(flip, user=user, watchers=watchers[flip.user_id], but=None).tell()
    for flip in unsure.values():  # taken out of the database by hand
        _unsure.pop(flip.user_id.binary, None)


def _make_all(flips: list[Flip]) -> list[bool]:
    """Batch by batch, each told before the next is written: or a going could be told after the coming that followed."""
    are_news = [False] * len(flips)
    for turn in _turns(flips):
        written = [flips[place] for place in turn]
        try:
            outcomes = _write(written)
        except Exception:
            _unsure.update({flip.user_id.binary: flip for flip in written})
            raise
        for place, is_news in zip(turn, outcomes, strict=True):
            are_news[place] = is_news
            if is_news:
                flips[place].tell()
    return are_news


def _turns(flips: Sequence[Flip]) -> list[list[int]]:
    """The places of those that may be written together: MongoDB may take them in any order, so one of each user."""
    turns: list[list[int]] = []
    before: Counter[bytes] = Counter()
    for place, flip in enumerate(flips):
        turn = before[flip.user_id.binary]
        before[flip.user_id.binary] += 1
        if turn == len(turns):
            turns.append([])
        turns[turn].append(place)
    return turns


def _write(flips: Sequence[Flip]) -> list[bool]:
    """Which of these changed something.

    MongoDB tells that only of those that were refused or made a new document; the others have found what they change.
    """
    refused: set[int] = set()
    with timeout(WRITE_SECONDS):
        try:
            operations = [flip.as_operation() for flip in flips]
            made = Presence._get_collection().bulk_write(operations, ordered=False).upserted_ids or {}
        except BulkWriteError as error:
            details = error.details or {}
            refusals = details.get("writeErrors", [])
            if details.get("writeConcernErrors") or any(one["code"] != DUPLICATE_KEY for one in refusals):
                raise
            refused = {one["index"] for one in refusals}
            made = {one["index"]: one["_id"] for one in details["upserted"]}
    return [place not in refused and (flip.user["is_online"] or place not in made) for place, flip in enumerate(flips)]


_flips: GroupCommit[Flip, bool] = GroupCommit(_make_all)
