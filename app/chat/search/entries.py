"""What is kept of a message to find it by. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NotRequired

import regex
from bson import ObjectId
from typing_extensions import TypedDict

from app.chat.search import tokens

LINK = regex.compile(r"\bhttps?://\S", regex.IGNORECASE)
SERIAL_BITS = 21
GAP = "|"  # no word: what stands on its two sides is no phrase


class Entry(TypedDict):
    """A document of the search entries. That of a deleted message has nothing of its text."""

    _id: ObjectId
    room: ObjectId
    place: int
    change: int
    version: int
    length: int
    text: NotRequired[str]
    is_fresh: NotRequired[bool]


# Marks stand among the words, so that one index serves both. Each begins with what no word begins with.
def by(sender: ObjectId | str) -> str:
    """The mark of what a person wrote."""
    return f"@{sender}"


def for_(owner: ObjectId | str) -> str:
    """The mark of what a stand-in wrote for its owner."""
    return f"~{owner}"


def has(what: str) -> str:
    return f":{what}"


def place_at(moment: datetime) -> int:
    """Where in time whatever is of this millisecond begins."""
    return int(moment.timestamp() * 1000) << SERIAL_BITS


def place_of(message: Mapping[str, Any]) -> int:
    """Where a message is among all messages: by its time, and in a millisecond by its id.

    The last bits of an id are a serial number of the process that made it: no two messages of one have the same place.
    """
    serial = int.from_bytes(message["_id"].binary[-3:]) & ((1 << SERIAL_BITS) - 1)
    return place_at(message["created_at"]) | serial


def make(message: Mapping[str, Any]) -> Entry:
    """The entry of a stored message as it is now."""
    entry: Entry = {
        "_id": message["_id"],
        "room": message["room"],
        "place": place_of(message),
        "change": message["changes"][-1]["n"],
        "version": tokens.VERSION,
        "length": 0,
    }
    if "deleted_at" in message:
        return entry
    found = _words(message)
    entry["length"], entry["is_fresh"] = len(found), True
    entry["text"] = f" {' '.join([*_marks(message), *found])} "
    return entry


def _words(message: Mapping[str, Any]) -> list[str]:
    """Those of the text, and of the names of its files."""
    found = tokens.words(message["body"])
    for file in message.get("files", ()):
        found += [GAP, *tokens.words(file.get("name", ""))]
    return found


def _marks(message: Mapping[str, Any]) -> Iterator[str]:
    if message["origin"] == "standin":
        yield has("standin")
        yield for_(message["on_behalf_of"])
    else:
        yield by(message["sender"])
    if LINK.search(message["body"]):
        yield has("link")
    files = message.get("files", ())
    if files:
        yield has("file")
    if any(file.get("type", "").startswith("image/") for file in files):
        yield has("image")
    if any(message.get("reactions", {}).values()):
        yield has("reaction")
    if message.get("pinned_at"):
        yield has("pin")
    if message.get("thread"):
        yield has("thread")
