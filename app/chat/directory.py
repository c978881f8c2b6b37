"""Names of users, remembered for a while: every message needs its sender's, and names hardly ever change."""

from __future__ import annotations

import random
from collections.abc import Iterable

from bson import ObjectId
from cachetools import TLRUCache

from app.auth.models import User
from app.auth.signals import user_changed

SECONDS = 30  # how long another process may show an old name
# By the bytes of their ids: every message asks, and an ObjectId computes its hash in Python, each time anew.
# Not all for as long: who came at once would have to be looked up at once again, every time.
_names: TLRUCache[bytes, str] = TLRUCache(
    maxsize=50_000,
    ttu=lambda _user_id, _name, moment: moment + SECONDS * random.uniform(0.5, 1),  # noqa: S311 - no secret
)
NOBODY = "Someone who left"


def names(user_ids: Iterable[ObjectId]) -> dict[ObjectId, str]:
    """The name of each of these users."""
    known, missing = {}, set()
    for user_id in user_ids:
        try:
            known[user_id] = _names[user_id.binary]
        except KeyError:
            missing.add(user_id)
    if missing:
        users = User._get_collection().find({"_id": {"$in": list(missing)}}, {"name": 1})
        found = {user["_id"]: user["name"] for user in users}
        _names.update({user_id.binary: name for user_id, name in found.items()})
        known |= {user_id: found.get(user_id, NOBODY) for user_id in missing}
    return known


@user_changed.connect
def _forget(user: User) -> None:
    _names.pop(user.id.binary, None)
