"""Names of files as strangers give them, made safe to show and to save under."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

LONGEST = 255  # bytes, as most file systems have it
LONGEST_ENDING = 20
NAMELESS = "file"
DIRECTIONS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def cleaned(given: str | None) -> str:
    """The last part of a path, without what cannot be seen or turns the direction of what follows.

    `invoice\\u202egpj.exe` would show as a picture.
    """
    last = (given or "").replace("\\", "/").rpartition("/")[2]
    text = unicodedata.normalize("NFC", "".join(character for character in last if _is_shown(character)))
    name = _shortened(" ".join(text.split()))
    return name if name.strip(". ") else NAMELESS


def with_ending(name: str, ending: str) -> str:
    """The name with another ending, such as `.webp`, where it has none of those given for the same thing."""
    return _shortened(PurePosixPath(name).stem + ending)


def _is_shown(character: str) -> bool:
    if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} and not character.isspace():
        return False
    return unicodedata.bidirectional(character) not in DIRECTIONS


def _shortened(name: str) -> str:
    """At most 255 bytes, of which the ending stays."""
    if len(name.encode()) <= LONGEST:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode()) > LONGEST_ENDING:
        stem, dot, ending = name, "", ""
    room_left = LONGEST - len((dot + ending).encode())
    return stem.encode()[:room_left].decode(errors="ignore") + dot + ending
