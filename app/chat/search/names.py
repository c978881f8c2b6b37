"""Who and which rooms are meant by the names in a search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bson import ObjectId

from app.chat import people as everyone
from app.chat.search import tokens
from app.errors import BadInput
from app.language import N_, saying

MOST = 50  # people or rooms that a name may mean


def people(user_id: ObjectId, names: Iterable[str]) -> list[ObjectId]:
    """The users of these names whom this one may see. Errors: `BadInput`, if nobody is called so."""
    wanted = list(names)
    if not wanted:
        return []
    seen = {ObjectId(user["id"]): _comparable(user["name"]) for user in everyone.seen_by(user_id)}
    found: dict[ObjectId, None] = {}
    for name in wanted:
        meant = [user_id] if name.lower() == "me" else _meant(name, seen)
        if not meant:
            raise _refused(saying("Nobody here is called “%(name)s”.", name=name))
        found |= dict.fromkeys(meant)
    return _few(list(found))


def rooms(mine: Mapping[ObjectId, str], names: Iterable[str]) -> list[ObjectId]:
    """Those of one's own rooms that are called so. Errors: `BadInput`, whether there are others or not."""
    found: dict[ObjectId, None] = {}
    for name in names:
        meant = _meant(name, {room_id: _comparable(called) for room_id, called in mine.items()})
        if not meant:
            raise _refused(saying("You are in no room called “%(name)s”.", name=name))
        found |= dict.fromkeys(meant)
    return list(found)


def _meant(name: str, by_id: Mapping[ObjectId, str]) -> list[ObjectId]:
    """Whoever is called exactly so; else those of whose names it is the beginning, or that of a later word."""
    if ObjectId.is_valid(name) and (named := ObjectId(name)) in by_id:
        return [named]
    wanted = _comparable(name)
    exact = [named for named, called in by_id.items() if called == wanted]
    return exact or [named for named, called in by_id.items() if wanted.rstrip() in called]


def _comparable(name: str) -> str:
    """A name that has no word in it, say of symbols alone, is compared as it is."""
    return f" {' '.join(tokens.words(name)) or tokens.folded(name)} "


def _few(found: list[ObjectId]) -> list[ObjectId]:
    if len(found) > MOST:
        raise _refused(N_("Too many people are called so: write more of the name."))
    return found


def _refused(sentence: str) -> BadInput:
    return BadInput(sentence, {"q": sentence})
