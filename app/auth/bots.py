"""The accounts of bots: programs that an administrator lets in, each with a key that is shown once.

A key is 256 random bits, so its plain SHA-256 is enough to keep: there is nothing to guess, and no need to be slow.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, NamedTuple

from bson import ObjectId

from app.auth import passwords, signals
from app.auth.models import User, now
from app.errors import NotAuthenticated, NotFound
from app.files.models import Avatar
from app.language import N_

PREFIX = "standin-bot-"  # by which people and programs know a key that has got where it should not be


class BotNotFound(NotFound):
    code = "bot_not_found"
    message = N_("There is no such bot, or it was removed.")


class BadKey(NotAuthenticated):
    code = "bad_key"
    message = N_("That is not the key of this bot. An administrator can make it a new one.")


class Keyed(NamedTuple):
    """A bot with its key, which nobody can read again."""

    bot: User
    key: str


def make(name: str) -> Keyed:
    """A new bot, in no room yet."""
    key, bot_id = _new_key(), ObjectId()
    nobodys = f"bot:{bot_id}"  # no address that anybody could type
    bot = User(
        id=bot_id,
        name=name,
        email=nobodys,
        email_key=nobodys,
        password_hash=passwords.nobodys_hash(),
        role="bot",
        key_hash=_hash(key),
        notify_about="nothing",
        mail_mentions=False,
    )
    bot.save(force_insert=True)
    return Keyed(bot, key)


def renew_key(bot_id: ObjectId) -> Keyed:
    """Another key; the one before is good no more. Errors: `BotNotFound`."""
    key = _new_key()
    return Keyed(_change(bot_id, key_hash=_hash(key)), key)


def rename(bot_id: ObjectId, name: str) -> User:
    """Errors: `BotNotFound`."""
    bot = _change(bot_id, name=name)
    signals.user_changed.send(bot)
    return bot


def remove(bot_id: ObjectId) -> User:
    """Its key is good no more, and nobody sees it any longer. Errors: `BotNotFound`."""
    bot = _change(bot_id, unset__key_hash=True, unset__avatar=True, removed_at=now())
    Avatar.objects(user=bot_id).delete()
    return bot


def find(bot_id: ObjectId) -> User:
    """Errors: `BotNotFound`."""
    bot: User | None = _live(bot_id).first()
    if bot is None:
        raise BotNotFound
    return bot


def all_there_are() -> list[User]:
    """By name."""
    return list(User.objects(role="bot", removed_at=None).order_by("name", "id"))


def check_key(bot_id: ObjectId, key: str) -> None:
    """Errors: `BadKey`, whether there is such a bot or not."""
    bot = _live(bot_id).only("key_hash").first()
    known = bot.key_hash if bot and bot.key_hash else ""
    if not secrets.compare_digest(known, _hash(key)):
        raise BadKey


def _live(bot_id: ObjectId) -> Any:
    return User.objects(id=bot_id, role="bot", removed_at=None)


def _change(bot_id: ObjectId, **values: object) -> User:
    bot: User | None = _live(bot_id).modify(new=True, **values)
    if bot is None:
        raise BotNotFound
    return bot


def _new_key() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
