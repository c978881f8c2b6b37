"""The text of an e-mail, plain and as HTML, from templates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from app.auth.models import User
from app.chat.payloads import MessagePayload, speaker_of, words_of
from app.language import gettext, speaking

EXCERPT = 500
Render = Callable[[str, dict[str, Any]], str]


@dataclass(frozen=True, slots=True)
class Item:
    """A message, and the name of the room in which it was said: "" of a direct one."""

    message: MessagePayload
    room_name: str


@dataclass(slots=True)
class _Setup:
    render: Render
    base: str = ""
    secret: str = ""
    sender: str = ""


def _not_configured(_name: str, _values: dict[str, Any]) -> str:
    raise RuntimeError("letters are not configured")


_setup = _Setup(_not_configured)


def configure(render: Render, base: str, secret: str, sender: str) -> None:
    """How templates are rendered, where the chat is, what signs its links, and who writes."""
    _setup.render, _setup.base, _setup.secret, _setup.sender = render, base, secret, sender


def missed(user: User, items: Sequence[Item], count: int) -> EmailMessage:
    """What somebody missed, in their language; `count` is of all, also of those that are not in `items`."""
    with speaking(user.language):
        return _missed(user, items, count)


def _missed(user: User, items: Sequence[Item], count: int) -> EmailMessage:
    link = f"{_setup.base}/unsubscribe/{unsubscribe_token(str(user.id))}"
    values = {
        "name": user.name,
        "items": [_drawn(item) for item in items],
        "more": count - len(items),
        "chat": _setup.base,
        "unsubscribe": link,
    }
    letter = EmailMessage()
    letter["Subject"] = _for_header(_subject(items, count))
    letter["From"] = _setup.sender
    letter["To"] = Address(display_name=_for_header(user.name), addr_spec=user.email)
    letter["Message-ID"] = make_msgid(domain="standin.invalid")
    letter["Auto-Submitted"] = "auto-generated"
    letter["List-Unsubscribe"] = f"<{link}>"
    letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    letter.set_content(_setup.render("mail/missed.txt", values))
    letter.add_alternative(_setup.render("mail/missed.html", values), subtype="html")
    return letter


def unsubscribe_token(user_id: str) -> str:
    return _signer().dumps(user_id)


def unsubscribed(token: str) -> str | None:
    """Whose token it is, or None for what we have not signed."""
    try:
        found = _signer().loads(token)
    except BadSignature:
        return None
    return found if isinstance(found, str) else None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(_setup.secret, salt="unsubscribe")


def _subject(items: Sequence[Item], count: int) -> str:
    if count > 1:
        return gettext("%(count)s messages wait for you", count=count)
    item = items[0]
    speaker = speaker_of(item.message)
    if item.room_name:
        return gettext("%(speaker)s wrote to you in %(room)s", speaker=speaker, room=item.room_name)
    return gettext("%(speaker)s wrote to you", speaker=speaker)


def _for_header(text: str) -> str:
    """A text for a header, in which nothing reads as an encoded word. Source: RFC 2047.

    A name may be written as one, and the email package would take it for what it stands for: line breaks, and with them
    headers of the name's own.
    """
    return text.replace("=?", "= ?")


def _drawn(item: Item) -> dict[str, Any]:
    message = item.message
    text = words_of(message) or ", ".join(file["name"] for file in message["files"])
    return {
        "speaker": speaker_of(message),
        "is_standin": message["origin"] == "standin",
        "room": item.room_name,
        "text": text if len(text) <= EXCERPT else f"{text[: EXCERPT - 1]}…",
        "link": f"{_setup.base}/rooms/{message['room_id']}/messages/{message['id']}",
        "time": f"{message['created_at'][:10]} {message['created_at'][11:16]} UTC",
    }
