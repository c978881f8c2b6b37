"""Reading a full export back.

The file is read twice: first every line is checked, also against what is stored, then the documents are written.
So a file that is refused has changed nothing, and importing a file again changes nothing either.

What is stored wins. A document whose `_id` is stored already is left as it is. One that is not stored but would take
a place that another document has (an e-mail address, a room's key, a seq in a room, a client_message_id) is a clash,
and the file is refused. Memberships, and what people keep for later, are the exception: nothing refers to the id of
one, so where there is one for the same user and room (or message) already, that one is kept.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Any, BinaryIO

from mongoengine import Document
from pymongo.errors import BulkWriteError

from app.chat import migrations
from app.chat.kept import Bookmark, Reminder, Scheduled
from app.chat.models import Membership
from app.chat.transfer import lines
from app.chat.transfer.lines import Numbered
from app.chat.transfer.records import KINDS, Refused

BATCH = 500
DUPLICATE_KEY = 11000
NEVER_REFERRED_TO = (Membership, Bookmark, Scheduled, Reminder)

Rows = list[tuple[int, dict[str, Any]]]
"""Documents with the numbers of their lines."""


@dataclass(frozen=True, slots=True)
class Imported:
    """How many documents of each collection were new, and how many were there already."""

    new: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(KINDS, 0)))
    kept: Counter[str] = field(default_factory=Counter)


def load(file: BinaryIO, advance: Callable[[int], object]) -> Imported:
    """Import a full export from a file that can be read twice. `advance` is told of every line's bytes, both times.

    Errors: `Refused`, before anything is written. Only two documents of one file that exclude each other, or somebody
    who takes a place in the meantime, show later: then what stands before that line is imported.
    """
    for model, rows in _batches(lines.read(file, advance)):
        _refuse_clashes(model, _not_stored(model, rows))
    file.seek(0)
    outcome = Imported()
    for model, rows in _batches(lines.read(file, advance)):
        collection, new = model._get_collection().name, _write(model, _not_stored(model, rows))
        outcome.new[collection] += new
        outcome.kept[collection] += len(rows) - new
    migrations.run(anew=True)  # the file may be of an earlier version
    return outcome


def _batches(numbered: Iterator[Numbered]) -> Iterator[tuple[type[Document], Rows]]:
    """Runs of documents of one collection, in the order of the file."""
    for collection, run in groupby(numbered, key=lambda one: one[1].collection):
        rows = ((number, line.document) for number, line in run)
        while batch := list(islice(rows, BATCH)):
            yield KINDS[collection].model, batch


def _not_stored(model: type[Document], rows: Rows) -> Rows:
    ids = [document["_id"] for _, document in rows]
    stored = {found["_id"] for found in model._get_collection().find({"_id": {"$in": ids}}, {"_id": 1})}
    return [(number, document) for number, document in rows if document["_id"] not in stored]


def _refuse_clashes(model: type[Document], rows: Rows) -> None:
    """Errors: `Refused` when another document has a place that one of these needs."""
    if model in NEVER_REFERRED_TO:
        return
    for place in _unique(model):
        places = ((_in_place(document, place), number) for number, document in rows)
        needed = {values: number for values, number in places if None not in values}  # an index may allow to have none
        if needed:
            for taken in model._get_collection().find({"$or": _at(place, needed)}, place).limit(1):
                raise _clash(model, needed[_in_place(taken, place)], place)


def _write(model: type[Document], rows: Rows) -> int:
    """Insert in order; stop at a clash, so that what is imported of a room has no holes. How many were new."""
    new = 0
    while rows:
        try:
            model._get_collection().insert_many([document for _, document in rows], ordered=True)
        except BulkWriteError as error:
            refused = (error.details["writeErrors"] or [{}])[0]
            if refused.get("code") != DUPLICATE_KEY:
                raise
            place, index = tuple(refused["keyPattern"]), refused["index"]
            if model not in NEVER_REFERRED_TO and place != ("_id",):
                raise _clash(model, rows[index][0], place) from None
            new, rows = new + index, rows[index + 1 :]
        else:
            return new + len(rows)
    return new


def _unique(model: type[Document]) -> list[tuple[str, ...]]:
    """What no two documents may have in common, as the indexes of the collection say."""
    indexes = model._get_collection().index_information().values()
    return [tuple(name for name, _ in index["key"]) for index in indexes if index.get("unique")]


def _in_place(document: dict[str, Any], place: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(document.get(name) for name in place)


def _at(place: tuple[str, ...], needed: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Queries for whatever is in these places. Few: what differs in the last value only is one."""
    by_prefix: defaultdict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for *prefix, last in needed:
        by_prefix[tuple(prefix)].append(last)
    return [
        {**dict(zip(place, prefix, strict=False)), place[-1]: {"$in": lasts}} for prefix, lasts in by_prefix.items()
    ]


def _clash(model: type[Document], number: int, place: tuple[str, ...]) -> Refused:
    collection = model._get_collection().name
    return Refused(f"line {number}: among the {collection} here is another with the same {', '.join(place)}")
