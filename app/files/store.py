"""Bytes in GridFS, one chunk at a time both ways.

The layout is GridFS's own, so MongoDB's tools can read it. The driver's writer keeps up to 48 MB of a file in memory
before it writes, and its reader takes 16 MB at a time; here it is a quarter of one, however many are under way.
Source: https://github.com/mongodb/specifications/blob/master/source/gridfs/gridfs-spec.md
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from bson import Binary, ObjectId
from gridfs import GridFSBucket
from gridfs.errors import NoFile
from mongoengine import get_db

from app.files.models import now

CHUNK = 255 * 1024
BUCKET = "contents"


class Writer:
    """Takes the bytes of one file in pieces of any size. What is not closed is removed by its id."""

    def __init__(self, blob: ObjectId) -> None:
        self.blob = blob
        self.size = 0
        self._waiting = bytearray()
        self._count = 0
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        self.size += len(data)
        self._digest.update(data)
        self._waiting += data
        while len(self._waiting) >= CHUNK:
            self._put(bytes(self._waiting[:CHUNK]))
            del self._waiting[:CHUNK]

    def close(self) -> str:
        """Make the file whole; the SHA-256 of what is in it."""
        if self._waiting:
            self._put(bytes(self._waiting))
            self._waiting.clear()
        entry = {"_id": self.blob, "length": self.size, "chunkSize": CHUNK, "uploadDate": now()}
        get_db()[f"{BUCKET}.files"].insert_one(entry)
        return self._digest.hexdigest()

    def _put(self, data: bytes) -> None:
        chunk = {"files_id": self.blob, "n": self._count, "data": Binary(data)}
        get_db()[f"{BUCKET}.chunks"].insert_one(chunk)
        self._count += 1


class Reader:
    """The bytes of one file in order, from any place on; what werkzeug takes for a file that can be sought in."""

    def __init__(self, blob: ObjectId, size: int) -> None:
        self.blob = blob
        self.size = size
        self._position = 0

    def seekable(self) -> bool:
        return True

    def seek(self, position: int) -> None:
        self._position = position

    def tell(self) -> int:
        return self._position

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._position >= self.size:
            raise StopIteration
        number, start = divmod(self._position, CHUNK)
        chunk: Any = get_db()[f"{BUCKET}.chunks"].find_one({"files_id": self.blob, "n": number})
        if chunk is None:
            # Deleted while it was being read: the client must not take what it got for the whole of it.
            raise BrokenPipeError(errno.EPIPE, "the file was deleted")
        data = bytes(chunk["data"])[start:]
        self._position += len(data)
        return data


def put(blob: ObjectId, data: bytes) -> str:
    """Store `data` under an id; its SHA-256."""
    writer = Writer(blob)
    for start in range(0, len(data), CHUNK):
        writer.write(data[start : start + CHUNK])
    return writer.close()


def read_all(blob: ObjectId, size: int) -> bytes:
    return b"".join(Reader(blob, size))


def remove(blobs: Iterable[ObjectId]) -> None:
    """Remove files, also such as were never closed. Those that are not there are passed over."""
    bucket = GridFSBucket(get_db(), BUCKET)
    for blob in blobs:
        try:
            bucket.delete(blob)
        except NoFile:  # after it has removed the chunks that there are
            continue
