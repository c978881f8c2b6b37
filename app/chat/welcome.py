"""The first thing that is said in a workspace, by nobody: what to do next."""

from __future__ import annotations

from bson import ObjectId

from app.auth.models import User, now
from app.auth.workspace import Workspace
from app.chat import memberships, message_log, writing
from app.chat.documents import StoredMessage
from app.language import N_, gettext, speaking

KEY = "welcome"
TEXT = N_("""**Welcome to %(name)s.** This is the Lobby, where everyone is who signs up. Four things to begin with:

1. **Invite your team**: *Invite people*, in the menu beside your name.
2. **Say something** below. An `@` and a name calls somebody.
3. **Set yourself busy**, by a click on your name. Your stand-in may then answer for you, always marked as one.
4. **Be quick**: `Ctrl K` leads to any room or person, `?` lists all keys.""")


def write(user: User) -> None:
    """Put it into the Lobby: once, however often this is called. Nobody is connected yet who had to be told."""
    workspace = Workspace.get()
    with speaking(user.language):
        body = gettext(TEXT, name=(workspace.name if workspace else "") or "Standin")
    message: StoredMessage = {
        "_id": ObjectId(),
        "room": memberships.join_lobby(user.id),
        "seq": 0,
        "changes": [],
        "sender": user.id,
        "origin": "system",
        "on_behalf_of": None,
        "body": body,
        "client_message_id": KEY,
        "socket_id": None,
        "created_at": now(),
    }
    message_log.append({**message, **writing.read_words(body, "person")})
