"""Who comes into a room and who goes. What changes holds at once on every live connection."""

from __future__ import annotations

from collections.abc import Iterable

from bson import ObjectId
from typing_extensions import TypedDict

from app.auth.models import User
from app.auth.payloads import iso
from app.chat import audiences, broadcasts, memberships, payloads, people, permissions, places, rooms
from app.chat.memberships import NotAMember, Place, RoomArchived
from app.chat.models import LOBBY, Membership, Presence, Room
from app.chat.payloads import MemberPayload, RoomPayload
from app.chat.permissions import InRoom


class Members(TypedDict):
    """A page of a room's members, how many there are in all, whether more follow, and what the reader may do there."""

    members: list[MemberPayload]
    count: int
    more: bool
    may: list[str]


def join(user_id: ObjectId, room_id: ObjectId) -> RoomPayload:
    """Become a member of an open room; who is one already stays one. Errors: `NotAMember`, `RoomArchived`."""
    room = Room.objects(id=room_id).first()
    if room is None:
        raise NotAMember
    if not Membership.objects(user=user_id, room=room_id).first():
        # Whoever may not see a room is answered as if there were none.
        if not _may_join(user_id, room):
            raise NotAMember
        if room.archived_at:
            raise RoomArchived
        let_in(room, [user_id], came_by="joining")
        if not _may_join(user_id, room):  # became a guest meanwhile, and may have been looked for too early
            _shut_out(room_id, [user_id])
            raise NotAMember
        tell_change(room)
    return rooms.seen_by(user_id, room_id)


def leave(user_id: ObjectId, room_id: ObjectId) -> None:
    """Be no member any more. Errors: `NotAMember`, `NotAllowed`."""
    _check(user_id, room_id, "leave")
    _shut_out(room_id, [user_id])


def leave_uninvited(user_id: ObjectId) -> None:
    """Who becomes a guest is in the rooms that they were invited to, and at once in no others."""
    for room_id in memberships.uninvited(user_id):
        _shut_out(room_id, [user_id])


def leave_all(user_id: ObjectId) -> None:
    """A bot is removed: it is in no room any more but the direct ones, which nobody ever leaves."""
    named = Room.objects(id__in=list(memberships.of(user_id)), kind__in=("open", "closed"))
    for room_id in named.scalar("id"):
        _shut_out(room_id, [user_id])


def invite(user_id: ObjectId, room_id: ObjectId, user_ids: Iterable[ObjectId]) -> list[ObjectId]:
    """Make others members; those who were none before. Errors: `NotAMember`, `NotAllowed`, `RoomArchived`,
    `UserNotFound`, after which nobody is."""
    _check(user_id, room_id, "invite", is_change=True)
    wanted = set(user_ids)
    people.check_seen(user_id, wanted)
    room = Room.objects(id=room_id).get()
    added = let_in(room, wanted)
    if added:
        tell_change(room)
    return added


def remove(user_id: ObjectId, room_id: ObjectId, user_ids: Iterable[ObjectId]) -> list[ObjectId]:
    """Take others out of a room; those who were in it. Errors: `NotAMember`, `NotAllowed`, `RoomArchived`."""
    _check(user_id, room_id, "remove", is_change=True)
    return _shut_out(room_id, set(user_ids))


def page(user_id: ObjectId, room_id: ObjectId, after: ObjectId | None, limit: int) -> Members:
    """The members of a room in the order in which they came, a page at a time. Errors: `NotAMember`."""
    place = memberships.check(user_id, room_id)
    may = permissions.all_in_room(people.role_of(user_id), place.role, permissions.kind_of(place.kind, place.key))
    found = Membership.objects(room=room_id).order_by("id")
    if after is not None:
        last = Membership.objects(room=room_id, user=after).first()
        found = found.filter(id__gt=last.id) if last else found.none()
    members = list(found.limit(limit + 1))
    shown = members[:limit]
    users = {user.id: user for user in User.objects(id__in=[member.user for member in shown])}
    online = {one.user: bool(one.is_away) for one in Presence.objects(user__in=list(users), is_online=True)}
    listed: list[MemberPayload] = [
        {
            "user": payloads.user(
                users[member.user], is_online=member.user in online, is_away=online.get(member.user, False)
            ),
            "role": member.role,
            "joined_at": str(iso(member.joined_at)),
        }
        for member in shown
        if member.user in users
    ]
    return {"members": listed, "count": memberships.size(room_id), "more": len(members) > limit, "may": may}


def let_in(room: Room, user_ids: Iterable[ObjectId], *, came_by: str = "invitation") -> list[ObjectId]:
    """Make users members and tell them; those who were none before. Whoever comes later need not read what was."""
    last = places.end(room.id).seq
    added = [one for one in user_ids if memberships.join(one, room.id, last_read_seq=last, came_by=came_by)]
    tell_added(room, added)
    return added


def tell_added(room: Room, user_ids: Iterable[ObjectId]) -> None:
    """Let the connections of new members hear the room, then tell them of it.

    The membership is read after that: whoever was taken out again meanwhile was shut out before they were let in.
    """
    for one in user_ids:
        audiences.let_in(one, room.id)
        try:
            seen = rooms.seen_by(one, room.id)
        except memberships.NotAMember:
            audiences.shut_out(one, room.id)
        else:
            broadcasts.room_added(one, seen)


def tell_change(room: Room) -> None:
    """Tell the members how the room is now."""
    broadcasts.room_changed({**rooms.facts(room), "member_count": memberships.size(room.id)})


def _shut_out(room_id: ObjectId, user_ids: Iterable[ObjectId]) -> list[ObjectId]:
    removed = [one for one in user_ids if memberships.leave(one, room_id)]
    for one in removed:
        audiences.shut_out(one, room_id)
        broadcasts.room_removed(one, room_id)
    if removed:
        room = Room.objects(id=room_id).get()
        if room.key != LOBBY:  # it has no owner, and is left by those alone who become guests
            _keep_an_owner(room_id)
        tell_change(room)
    return removed


def _keep_an_owner(room_id: ObjectId) -> None:
    """Where the last owner went, whoever has been there longest is one now, a guest only among guests, a bot never.

    It is looked for after the owner is gone: of two who go at once, the later finds none. Both choose the same one.
    """
    while not Membership.objects(room=room_id, role="owner").first():
        people = Membership.objects(room=room_id, user__nin=list(User.objects(role="bot").scalar("id")))
        members = people.order_by("joined_at", "id")
        heir = members.filter(user__nin=list(User.objects(role="guest").scalar("id"))).first() or members.first()
        if heir is None:
            return
        if Membership.objects(id=heir.id).update_one(set__role="owner"):
            audiences.forget_room(room_id)
            broadcasts.room_changed_for(heir.user, rooms.seen_by(heir.user, room_id))


def _may_join(user_id: ObjectId, room: Room) -> bool:
    return permissions.may("join", people.role_of(user_id), None, permissions.kind_of(room.kind, room.key))


def _check(user_id: ObjectId, room_id: ObjectId, action: InRoom, *, is_change: bool = False) -> Place:
    place = memberships.check(user_id, room_id)
    kind = permissions.kind_of(place.kind, place.key)
    permissions.require(action, people.role_of(user_id), place.role, kind)
    if is_change and place.is_archived:
        raise RoomArchived
    return place
