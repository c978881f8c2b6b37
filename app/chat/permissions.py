"""Who may do what: pure functions of a person's role, of their role in a room and of the room's kind.

This is the table of docs/architecture.md#roles as code; tests/chat/test_roles.py compares the two cell by cell. That
somebody is in a room at all is not decided here but found by `memberships.check`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from app.chat.models import LOBBY
from app.errors import Forbidden
from app.language import N_

Standing = Literal["guest", "member", "owner", "administrator"]
Kind = Literal["open", "closed", "direct", "assistant", "lobby"]
InRoom = Literal[
    "take_part",
    "join",
    "invite",
    "remove",
    "leave",
    "update",
    "archive",
    "mention_all",
    "edit_own",
    "review_stand_in",
    "delete_any",
]
InWorkspace = Literal[
    "browse_rooms", "create_rooms", "start_direct", "see_everyone", "change_roles", "manage_stand_ins", "manage_bots"
]

STANDINGS: tuple[Standing, ...] = get_args(Standing)
KINDS: tuple[Kind, ...] = get_args(Kind)
_NONE: frozenset[Kind] = frozenset()
_ALL: frozenset[Kind] = frozenset(KINDS)
_NAMED: frozenset[Kind] = frozenset({"open", "closed"})
_OPEN: frozenset[Kind] = frozenset({"open", "lobby"})

# For each action the kinds of rooms in which a guest, a member, an owner and an administrator may do it.
IN_A_ROOM: Mapping[InRoom, tuple[frozenset[Kind], ...]] = {
    "take_part": (_ALL, _ALL, _ALL, _ALL),
    "join": (_NONE, _OPEN, _OPEN, _OPEN),
    "invite": (_NONE, _NAMED, _NAMED, _NAMED),
    "remove": (_NONE, _NONE, _NAMED, _NAMED),
    "leave": (_NAMED, _NAMED, _NAMED, _NAMED),
    "update": (_NONE, _NONE, _NAMED, _NAMED | {"lobby"}),
    "archive": (_NONE, _NONE, _NAMED, _NAMED),
    "mention_all": (frozenset({"direct"}), frozenset({"direct"}), _ALL, _ALL),
    "edit_own": (_ALL, _ALL, _ALL, _ALL),
    "review_stand_in": (_ALL, _ALL, _ALL, _ALL),
    "delete_any": (_NONE, _NONE, _NONE, _ALL),
}

IN_THE_WORKSPACE: Mapping[InWorkspace, frozenset[str]] = {
    "browse_rooms": frozenset({"member", "administrator"}),
    "create_rooms": frozenset({"member", "administrator"}),
    "start_direct": frozenset({"guest", "member", "administrator"}),
    "see_everyone": frozenset({"member", "administrator"}),
    "change_roles": frozenset({"administrator"}),
    "manage_stand_ins": frozenset({"administrator"}),
    "manage_bots": frozenset({"administrator"}),
}

SENTENCES: Mapping[InRoom | InWorkspace, str] = {
    "join": N_("This room cannot be joined. Ask one of its members to invite you."),
    "invite": N_("You cannot invite anyone into this room. Ask another of its members, or start a new room."),
    "remove": N_("Only owners of a room and administrators remove people, and nobody from the Lobby or a direct room."),
    "leave": N_("The Lobby and direct rooms cannot be left. You can choose to hear nothing of them."),
    "update": N_(
        "Only owners of a room and administrators change its name and description, and nobody a direct room's."
    ),
    "archive": N_("Only owners of a room and administrators archive it, and nobody the Lobby or a direct room."),
    "browse_rooms": N_("Guests are in the rooms that they were invited to. Ask a member to invite you."),
    "create_rooms": N_("Guests cannot make rooms. Ask a member to make one and to invite you."),
    "change_roles": N_("Only administrators change roles. Ask one of them."),
    "manage_stand_ins": N_("Only administrators see what stand-ins use and switch them off. Ask one of them."),
    "manage_bots": N_("Only administrators make bots and change them. Ask one of them."),
}


class NotAllowed(Forbidden):
    """The message says who may, and what to do instead."""

    code = "not_allowed"


def standing(role: str, role_in_room: str | None) -> Standing:
    """What somebody counts as in a room: a guest always as one, an administrator always as one."""
    if role == "administrator":
        return "administrator"
    if role == "guest":
        return "guest"
    return "owner" if role_in_room == "owner" else "member"


def kind_of(kind: str, key: str | None) -> Kind:
    """The kind of a room as it matters here: the Lobby is one of its own."""
    return "lobby" if key == LOBBY else kind  # type: ignore[return-value]


def may(action: InRoom, role: str, role_in_room: str | None, kind: Kind) -> bool:
    """Whether someone may do something in a room of this kind."""
    return kind in IN_A_ROOM[action][STANDINGS.index(standing(role, role_in_room))]


def may_in_workspace(action: InWorkspace, role: str) -> bool:
    """Whether someone may do something outside rooms."""
    return role in IN_THE_WORKSPACE[action]


def require(action: InRoom, role: str, role_in_room: str | None, kind: Kind) -> None:
    """Errors: `NotAllowed`."""
    if not may(action, role, role_in_room, kind):
        raise NotAllowed(SENTENCES.get(action))


def require_in_workspace(action: InWorkspace, role: str) -> None:
    """Errors: `NotAllowed`."""
    if not may_in_workspace(action, role):
        raise NotAllowed(SENTENCES.get(action))


def all_in_room(role: str, role_in_room: str | None, kind: Kind) -> list[str]:
    """What someone may do in a room, for a page to show what is there to do."""
    return [action for action in IN_A_ROOM if may(action, role, role_in_room, kind)]
