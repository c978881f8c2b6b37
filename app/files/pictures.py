"""Pictures as they are kept and shown: what a program of its own, the darkroom, makes of those that come in."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from weakref import WeakValueDictionary

from bson import ObjectId
from gevent import subprocess
from gevent.lock import BoundedSemaphore

from app.files import darkroom
from app.files.darkroom import Picture
from app.files.errors import NotAPicture, PictureTooLarge

logger = logging.getLogger(__name__)

MOST_BYTES = 50 * 1024 * 1024
MOST_AT_ONCE = 2  # each may need several hundred megabytes
SECONDS = 60.0

_benches = BoundedSemaphore(MOST_AT_ONCE)
_turns: WeakValueDictionary[ObjectId, BoundedSemaphore] = WeakValueDictionary()


def anew(data: bytes, owner: ObjectId) -> Picture:
    """The picture in `data`, without what hides in it. Errors: `NotAPicture`, `PictureTooLarge`."""
    return _develop("anew", data, owner)


def avatar(data: bytes, owner: ObjectId) -> Picture:
    """The middle of the picture in `data` as a small square. Errors: as `anew`."""
    return _develop("avatar", data, owner)


def _develop(work: str, data: bytes, owner: ObjectId) -> Picture:
    # One at a time for each of them: whoever sends pictures made to take long leaves a bench to the others.
    with _turn_of(owner), _benches:
        head, _, rest = _run(work, data).partition(b"\n")
    try:
        facts = json.loads(head)
    except ValueError:  # it was killed, by its own limits or by what the file did to it
        logger.warning("a picture of %d bytes ended the process that read it", len(data))
        raise NotAPicture from None
    if error := facts.get("error"):
        raise PictureTooLarge if error == "too_large" else NotAPicture
    length, rest_length = facts["lengths"]
    thumbnail = rest[length : length + rest_length] or None
    return Picture(facts["type"], facts["width"], facts["height"], rest[:length], thumbnail)


def _turn_of(owner: ObjectId) -> BoundedSemaphore:
    """The same for all who wait for it, and gone with the last of them."""
    return _turns.setdefault(owner, BoundedSemaphore())


def _run(work: str, data: bytes) -> bytes:
    """The answer of a darkroom; what it may have written before it died or took too long."""
    # By its path and isolated: nothing in the environment or the current folder has a part in it.
    command = [sys.executable, "-I", str(Path(darkroom.__file__)), work]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        answer: bytes = process.communicate(data, timeout=SECONDS)[0]
    except (subprocess.TimeoutExpired, OSError):
        return b""
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
    return answer
