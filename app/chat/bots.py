"""Bots in the chat: programs that write into the rooms they are in, as everyone else does, marked as what they are.

Nobody is stood in for who is a bot, and no stand-in answers one: only what a person says is ever considered.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from bson import ObjectId
from typing_extensions import TypedDict

from app.auth import avatars
from app.auth import bots as accounts
from app.auth.models import User
from app.auth.payloads import avatar_url, iso
from app.chat import broadcasts, memberships, people, permissions, room_members, services
from app.chat.forms import BotMessage, MessageSend
from app.chat.models import Membership, Room
from app.chat.payloads import MessagePayload, Person


class BotPayload(Person):
    """A bot as administrators see it, with the rooms that it may write into."""

    avatar_url: str | None
    created_at: str
    rooms: list[Person]


class KeyedBot(TypedDict):
    """A bot with its key, which is told this once."""

    bot: BotPayload
    key: str


def listing(user_id: ObjectId) -> list[BotPayload]:
    """All bots, by name. Errors: `NotAllowed`."""
    _check(user_id)
    return _payloads(accounts.all_there_are())


def read(user_id: ObjectId, bot_id: ObjectId) -> BotPayload:
    """Errors: `NotAllowed`, `BotNotFound`."""
    _check(user_id)
    return _payload(accounts.find(bot_id))


def make(user_id: ObjectId, name: str) -> KeyedBot:
    """A new bot, which is in the Lobby. Errors: `NotAllowed`."""
    _check(user_id)
    bot, key = accounts.make(name)
    broadcasts.user_changed(services.as_told(bot))
    lobby = Room.objects(id=memberships.join_lobby(bot.id)).get()
    room_members.tell_added(lobby, [bot.id])
    room_members.tell_change(lobby)
    return {"bot": _payload(bot), "key": key}


def renew_key(user_id: ObjectId, bot_id: ObjectId) -> KeyedBot:
    """Errors: `NotAllowed`, `BotNotFound`."""
    _check(user_id)
    bot, key = accounts.renew_key(bot_id)
    return {"bot": _payload(bot), "key": key}


def rename(user_id: ObjectId, bot_id: ObjectId, name: str) -> BotPayload:
    """Everyone who is connected learns the new name. Errors: `NotAllowed`, `BotNotFound`."""
    _check(user_id)
    return _payload(accounts.rename(bot_id, name))


def check_change(user_id: ObjectId, bot_id: ObjectId) -> None:
    """Whether this user may change this bot, before a picture is read. Errors: `NotAllowed`, `BotNotFound`."""
    _check(user_id)
    accounts.find(bot_id)


def change_avatar(bot_id: ObjectId, picture: bytes) -> BotPayload:
    """Errors: those of `avatars.change`."""
    return _payload(avatars.change(bot_id, picture))


def remove_avatar(user_id: ObjectId, bot_id: ObjectId) -> BotPayload:
    """Errors: `NotAllowed`, `BotNotFound`."""
    check_change(user_id, bot_id)
    return _payload(avatars.remove(bot_id))


def remove(user_id: ObjectId, bot_id: ObjectId) -> None:
    """Its key is good no more, it leaves its rooms, and nobody sees it any longer. What it wrote stays, under its name.

    Errors: `NotAllowed`, `BotNotFound`.
    """
    _check(user_id)
    watchers = broadcasts.who_see(bot_id)
    accounts.remove(bot_id)
    room_members.leave_all(bot_id)
    broadcasts.user_removed(bot_id, watchers)


def say(bot_id: ObjectId, form: BotMessage) -> tuple[MessagePayload, bool]:
    """Write into a room that the bot is in. Returns the message, and whether it is new.

    The same client_message_id a second time is answered with the first message; without one, each is a new one.
    Errors: those of `services.post_message`.
    """
    values = form.model_dump(exclude={"client_message_id"})
    key = form.client_message_id or uuid.uuid4().hex
    return services.post_message(
        bot_id, MessageSend.model_construct(**values, client_message_id=key, file_ids=[]), origin="bot"
    )


def _check(user_id: ObjectId) -> None:
    permissions.require_in_workspace("manage_bots", people.role_of(user_id))


def _payload(bot: User) -> BotPayload:
    return _payloads([bot])[0]


def _payloads(bots: Iterable[User]) -> list[BotPayload]:
    found = list(bots)
    places = list(Membership.objects(user__in=[bot.id for bot in found]).only("user", "room"))
    named = Room.objects(id__in=list({place.room for place in places}), kind__in=("open", "closed"), archived_at=None)
    names = dict(named.scalar("id", "name"))
    return [
        {
            "id": str(bot.id),
            "name": bot.name,
            "avatar_url": avatar_url(bot.to_mongo()),
            "created_at": str(iso(bot.created_at)),
            "rooms": [
                {"id": str(place.room), "name": names[place.room]}
                for place in places
                if place.user == bot.id and place.room in names
            ],
        }
        for bot in found
    ]
