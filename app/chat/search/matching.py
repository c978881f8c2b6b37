"""Whether and where a text has what is looked for. Pure.

All works on the text of an entry, in which every word has a space on both sides: words that follow one another are a
part of it, and so is the beginning of a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from typing_extensions import TypedDict

from app.chat.search import tokens
from app.chat.search.query import Term


class Highlight(TypedDict):
    """From `start` up to `end`, in characters (code points)."""

    start: int
    end: int


def needle(term: Term) -> str:
    """What is part of the text of an entry exactly if it has the term."""
    return f" {' '.join(term.words)}{'' if term.is_prefix else ' '}"


def highlights(body: str, terms: Iterable[Term]) -> list[Highlight]:
    """Where in `body` the terms are, in order; what touches is one."""
    words = list(tokens.find(body))
    spans = sorted(span for term in terms for span in _spans(words, term))
    joined: list[Highlight] = []
    for start, end in spans:
        if joined and start <= joined[-1]["end"]:
            joined[-1]["end"] = max(end, joined[-1]["end"])
        else:
            joined.append({"start": start, "end": end})
    return joined


def _spans(words: Sequence[tokens.Word], term: Term) -> Iterator[tuple[int, int]]:
    length = len(term.words)
    for first in range(len(words) - length + 1):
        if _is_at(words, first, term):
            yield words[first].start, words[first + length - 1].end


def _is_at(words: Sequence[tokens.Word], first: int, term: Term) -> bool:
    *before, last = term.words
    final = words[first + len(before)].text
    if final != last and not (term.is_prefix and final.startswith(last)):
        return False
    return all(words[first + offset].text == word for offset, word in enumerate(before))
