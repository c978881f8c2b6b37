"""Names of users, remembered for a while: every message needs its sender's, and names hardly ever change."""

from __future__ import annotations

import random
from collections.abc import Iterable

from bson import ObjectId

from app.auth.models import User
from app.auth.signals import user_changed
from app.database.together import Together
from app.remembered import Remembered

SECONDS = 30  # how long another process may show an old name
_names: Remembered[str] = Remembered(50_000)
NOBODY = "Someone who left"


def names(user_ids: Iterable[ObjectId]) -> dict[ObjectId, str]:
    """The name of each of these users."""
    known, missing = {}, set()
    for user_id in user_ids:
        if (name := _names.get(user_id.binary)) is not None:
            known[user_id] = name
        else:
            missing.add(user_id)
    return known | _look_up(missing) if missing else known


def name(user_id: ObjectId) -> str:
    """The name of one user: for what is asked for every message."""
    known = _names.get(user_id.binary)
    return known if known is not None else _look_up({user_id})[user_id]


def _look_up(missing: set[ObjectId]) -> dict[ObjectId, str]:
    found = _stored.ask_all(missing)
    for user_id, name in found.items():
        # Not all for as long: who came at once would have to be looked up at once again, every time.
        _names.put(user_id.binary, name, SECONDS * random.uniform(0.5, 1))  # noqa: S311 - no secret
    return {user_id: found.get(user_id, NOBODY) for user_id in missing}


def _find(user_ids: list[ObjectId]) -> dict[ObjectId, str]:
    users = User._get_collection().find({"_id": {"$in": user_ids}}, {"name": 1})
    return {user["_id"]: user["name"] for user in users}


_stored: Together[ObjectId, str] = Together(_find)


@user_changed.connect
def _forget(user: User) -> None:
    _names.forget(user.id.binary)
