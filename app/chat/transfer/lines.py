"""A full export as a file: read line by line, checked as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from app.chat.transfer import records
from app.chat.transfer.records import LONGEST_LINE, End, Line, Refused

Numbered = tuple[int, Line]


def read(file: BinaryIO, advance: Callable[[int], object]) -> Iterator[Numbered]:
    """Every document with the number of its line; `advance` is told of every line's bytes.

    Errors: `Refused`, which names the line.
    """
    counts: Counter[str] = Counter()
    number, has_ended = 0, False
    for number, text in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), start=1):
        advance(len(text))
        with _named(number):
            _check_place(text, has_ended=has_ended)
            line = records.read_header(text) if number == 1 else records.read_line(text)
            if isinstance(line, End):
                _check_counts(line.end, counts)
                has_ended = True
        if isinstance(line, Line):
            counts[line.collection] += 1
            yield number, line
    if not has_ended:
        raise Refused(f"line {number + 1}: the last line is missing, so the file was cut short")


@contextmanager
def _named(number: int) -> Iterator[None]:
    try:
        yield
    except Refused as error:
        raise Refused(f"line {number}: {error}") from None


def _check_place(text: bytes, *, has_ended: bool) -> None:
    if len(text) == LONGEST_LINE:
        raise Refused(f"longer than {LONGEST_LINE:,} bytes")
    if has_ended:
        raise Refused("there is something after the last line")


def _check_counts(promised: dict[str, int], found: Counter[str]) -> None:
    if +Counter(promised) != found:
        raise Refused(f"the file should hold {_listed(promised)}, but holds {_listed(found)}")


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {collection}" for collection, count in counts.items() if count) or "nothing"
