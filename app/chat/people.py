"""Who there is, whom of them somebody may see, and what they may do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from bson import ObjectId
from typing_extensions import TypedDict

from app.auth import services as accounts
from app.auth.models import User
from app.chat import memberships, payloads, permissions, roster, services
from app.chat.payloads import ProfilePayload, UserPayload
from app.chat.room_forms import PEOPLE_LIMIT
from app.errors import NotAuthenticated, NotFound
from app.language import N_


class UserNotFound(NotFound):
    code = "user_not_found"
    message = N_("There is no such person, or you share no room with them.")


class People(TypedDict):
    """A page of people, and whether there are more behind it."""

    users: list[UserPayload]
    more: bool


class Told(TypedDict):
    """The people that a client is told of without asking, and whether there are more."""

    users: list[UserPayload]
    more_users: bool


def role_of(user_id: ObjectId) -> str:
    """Errors: `NotAuthenticated` when the account is gone."""
    user = User.objects(id=user_id).only("role").first()
    if user is None:
        raise NotAuthenticated
    return str(user.role)


def seen_by(user_id: ObjectId, role: str | None = None) -> Sequence[UserPayload]:
    """All users with their status and presence, by name; for a guest those with whom they share a room."""
    everyone = roster.everyone()
    if permissions.may_in_workspace("see_everyone", role or role_of(user_id)):
        return everyone
    known = set(map(str, memberships.acquaintances(user_id)))
    return [user for user in everyone if user["id"] in known]


def page(user_id: ObjectId, after: ObjectId | None, limit: int) -> People:
    """Those whom a user sees, by name, behind the one with the id `after`. Errors: `UserNotFound` for that one."""
    users, start = seen_by(user_id), 0
    if after is not None:
        start = 1 + next((place for place, user in enumerate(users) if user["id"] == str(after)), -1)
        if not start:
            raise UserNotFound
    return {"users": list(users[start : start + limit]), "more": len(users) > start + limit}


def told(users: Sequence[UserPayload], near: Collection[str] = ()) -> Told:
    """All of these, or as many as one event may hold, since what waits for a client is bounded: those whose ids are
    `near`, and then the first."""
    if len(users) <= PEOPLE_LIMIT:
        return {"users": list(users), "more_users": False}
    first, behind = PEOPLE_LIMIT, []
    places = [place for place, user in enumerate(users) if user["id"] in near]
    for place in reversed(places[:PEOPLE_LIMIT]):  # each who is near and too far behind takes the place of a first one
        if place < first:
            break
        first -= 1
        behind.append(users[place])
    return {"users": [*users[:first], *reversed(behind)], "more_users": True}


def profile(user_id: ObjectId, of: ObjectId) -> ProfilePayload:
    """What somebody tells of themselves. Errors: `UserNotFound`."""
    check_seen(user_id, [of])
    user = User.objects(id=of).first()
    if user is None:
        raise UserNotFound
    return payloads.profile(user, services.as_told(user))


def check_seen(user_id: ObjectId, wanted: Iterable[ObjectId]) -> None:
    """Errors: `UserNotFound` unless the user sees all of these, whether they are there or not."""
    ids = set(wanted)
    if not permissions.may_in_workspace("see_everyone", role_of(user_id)) and ids - memberships.acquaintances(user_id):
        raise UserNotFound
    if User.objects(id__in=list(ids), removed_at=None).count() != len(ids):
        raise UserNotFound


def change_role(user_id: ObjectId, of: ObjectId, role: str) -> UserPayload:
    """Give somebody a role. Errors: `NotAllowed`, `UserNotFound`, `LastAdministrator`, `IsBot`."""
    permissions.require_in_workspace("change_roles", role_of(user_id))
    user = accounts.change_role(of, role)
    if user is None:
        raise UserNotFound
    return services.as_told(user)
