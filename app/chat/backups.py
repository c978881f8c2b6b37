"""The whole database in one file, as it was at one moment, and back into an empty one.

The file is gzip (whose checksum finds every damaged byte) around BSON documents one after the other: a header, then
`{"collection": name}` before the documents of each, as they are stored, then `{"end": {name: how many}}`. It holds the
files that people sent and their pictures as well, which are documents of GridFS.
"""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from bson import encode
from bson.codec_options import CodecOptions
from bson.errors import InvalidBSON
from bson.raw_bson import RawBSONDocument
from mongoengine import get_connection, get_db

from app.auth.models import now
from app.errors import Conflict

VERSION = 1
BATCH = 500
BATCH_BYTES = 16 * 2**20
LARGEST = 17 * 2**20  # MongoDB's largest document, and a little
RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)

LEFT_OUT = {"connections", "presences", "sessions", "search_entries", "search_marks", "unfurled"}
"""What is over with the processes it tells of, would let ended logins live again, or is made anew from the rest."""

Advance = Callable[[int], object]


class BadBackup(Conflict):
    code = "bad_backup"


class NotEmpty(Conflict):
    code = "not_empty"
    message = "There are people or messages in this database. Restore into an empty one: nothing is ever overwritten."


def size() -> int:
    """About how many documents a backup would hold."""
    return sum(get_db()[name].estimated_document_count() for name in _names())


def write(output: BinaryIO, advance: Advance) -> Counter[str]:
    """Write a backup of this moment, whatever is written meanwhile; how many documents of which collection.

    All is read from one snapshot (https://www.mongodb.com/docs/manual/reference/read-concern-snapshot/), so it must be
    done within the time for which MongoDB keeps one, five minutes unless it was told otherwise.
    """
    counts: Counter[str] = Counter()
    with (
        gzip.GzipFile(fileobj=output, mode="wb", compresslevel=3, filename="") as file,
        get_connection().start_session(snapshot=True) as session,
    ):
        file.write(encode({"standin_backup": VERSION, "at": now()}))
        for name in _names():
            file.write(encode({"collection": name}))
            for document in get_db()[name].with_options(RAW).find(session=session):
                file.write(document.raw)
                counts[name] += 1
                advance(1)
        file.write(encode({"end": dict(counts)}))
    return counts


def restore(file: BinaryIO, advance: Advance) -> Counter[str]:
    """Read a backup back: all of it is checked before anything is written. Errors: `BadBackup`, `NotEmpty`."""
    for _ in _documents(file, advance):
        pass
    if any(get_db()[name].find_one({}, {"_id": 1}) for name in ("users", "messages")):
        raise NotEmpty
    for name in _names():  # what the start of this process has made
        get_db()[name].delete_many({})
    file.seek(0)
    counts: Counter[str] = Counter()
    for name, batch in _batches(_documents(file, advance)):
        get_db()[name].insert_many(batch, ordered=False)
        counts[name] += len(batch)
    return counts


def _names() -> list[str]:
    return sorted(set(get_db().list_collection_names(filter={"type": "collection"})) - LEFT_OUT)


def _documents(file: BinaryIO, advance: Advance) -> Iterator[tuple[str, RawBSONDocument]]:
    """Every document with its collection. Errors: `BadBackup`."""
    counts: Counter[str] = Counter()
    pieces = _pieces(file, advance)
    header = next(pieces, None)
    if header is None or header.get("standin_backup") != VERSION:
        raise BadBackup("This is no backup that this version of Standin can read.")
    name = ""
    for piece in pieces:
        if "_id" in piece:
            counts[name] += 1
            yield name, piece
        elif "collection" in piece:
            name = str(piece["collection"])
        elif "end" in piece:
            if Counter(dict(piece["end"])) != counts:
                raise BadBackup("The backup holds not as much as its end says. Take another one.")
            return
    raise BadBackup("The backup was cut short: its end is missing. Take another one.")


def _pieces(file: BinaryIO, advance: Advance) -> Iterator[Any]:
    before = 0
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as content:
            while head := content.read(4):
                length = int.from_bytes(head, "little")
                if not 5 <= length <= LARGEST:
                    raise BadBackup("The backup is damaged. Take another one.")
                yield RawBSONDocument(head + content.read(length - 4), RAW)
                advance(file.tell() - before)
                before = file.tell()
    except (EOFError, zlib.error, gzip.BadGzipFile, InvalidBSON) as error:
        raise BadBackup(f"The backup is damaged or was cut short ({type(error).__name__}). Take another one.") from None


def _batches(documents: Iterator[tuple[str, RawBSONDocument]]) -> Iterator[tuple[str, list[RawBSONDocument]]]:
    name, total = "", 0
    batch: list[RawBSONDocument] = []
    for of, document in documents:
        if batch and (of != name or len(batch) == BATCH or total > BATCH_BYTES):
            yield name, batch
            batch, total = [], 0
        name = of
        batch.append(document)
        total += len(document.raw)
    if batch:
        yield name, batch
