"""What of a text can be found: its words, in the form in which they are compared. Pure.

A word is a run of letters, marks and digits of any script. Case, accents and the several ways in which Unicode spells
one character make no difference. Scripts that put no space between words are cut into pairs of neighbouring characters,
and each emoji is a word of its own. What stands between words does not count: `it's` is `it` followed by `s`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import regex

VERSION = 1  # of these rules and of what is kept by them: with another one everything is indexed anew
LONGEST = 64  # characters of a word that count

# Those for which the rules of Unicode find no words. Source: UAX #29, section 4.
_SCRIPTS = ("Han", "Hiragana", "Katakana", "Hangul", "Thai", "Lao", "Khmer", "Myanmar", "Tibetan")
_UNSPACED = "".join(rf"\p{{Script_Extensions={name}}}" for name in _SCRIPTS)
_EMOJI = r"\p{Extended_Pictographic}|\p{Regional_Indicator}{2}"
_PIECE = regex.compile(
    rf"(?V1)(?P<unspaced>[[{_UNSPACED}]&&[\p{{L}}\p{{M}}]]+)"
    rf"|[[\p{{L}}\p{{M}}\p{{N}}]--[[{_UNSPACED}]&&\p{{L}}]]+|{_EMOJI}"
)
_ASCII_PIECE = regex.compile(r"[a-z0-9]+")
# In other scripts a mark makes another letter, and nobody leaves it out.
_ACCENTS = regex.compile(r"(?<=[\p{Latin}\p{Greek}\p{Arabic}\p{Hebrew}]\p{M}*)\p{M}+")
_ALIKE = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ё": "е", "ς": "σ"})


class Word(NamedTuple):
    """A word as it is compared, and where it stands: from `start` up to `end`, in characters (code points).

    `is_tail`: the last character of a run without spaces, which is also the second half of the pair before it.
    """

    text: str
    start: int
    end: int
    is_tail: bool = False


def find(text: str) -> Iterator[Word]:
    """The words of a text, in order."""
    for piece in _PIECE.finditer(text):
        if piece.lastgroup == "unspaced":
            yield from _pairs(piece.group(), piece.start())
        else:
            for part in _parts(piece.group()):
                yield Word(part, piece.start(), piece.end())


def words(text: str) -> list[str]:
    """The same, only the words."""
    if text.isascii():
        return [word[:LONGEST] for word in _ASCII_PIECE.findall(text.lower())]
    return [word.text for word in find(text)]


@lru_cache(maxsize=50_000)
def folded(text: str) -> str:
    """The text so that what is alike to a reader is alike. Source: Unicode, UAX #15."""
    if text.isascii():
        return text.lower()
    spelt_out = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", spelt_out)).translate(_ALIKE)


def _parts(word: str) -> list[str]:
    """A word folded: a fraction of one character falls into two."""
    text = folded(word)
    if text.isalnum():
        return [text[:LONGEST]]
    return [part.group()[:LONGEST] for part in _PIECE.finditer(text)]


def _pairs(run: str, start: int) -> Iterator[Word]:
    characters = [(folded(one.group()), start + one.start(), start + one.end()) for one in regex.finditer(r"\X", run)]
    for (first, begin, _), (second, _, end) in pairwise(characters):
        yield Word(first + second, begin, end)
    yield Word(*characters[-1], is_tail=True)
