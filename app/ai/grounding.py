"""Keeps an answer to what its context holds: no image, and no link that does not stand there letter for letter.

A model that was talked into it could hide what it read in the address of a link or an image. An address that is
already in the room gives nothing away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

REMOVED = "(link removed)"

# Wider than what is strictly a link: whatever some program might make clickable. The bounded and possessive repeats
# and the look-behind keep the search linear on hostile text.
_LINK = re.compile(
    r"""
    (?: [a-z][a-z0-9+.\-]{0,20}: )? // [^\s<>"'`|\\\[\]]+      # https://host/path, //host/path
  | \b (?: javascript | vbscript | data | mailto | tel | file | blob ) : [^\s<>"'`|\\\[\]]+
  | (?<![\w.\-]) (?: [\w.+\-]{1,64} @ )?                       # name@host
    (?: [\w\-]{1,63}+ \. )+ [^\W\d_]{2,63}                     # host.tld
    (?: [:/?\#] [^\s<>"'`|\\\[\]]* )?                          # host.tld/path
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MARKDOWN_LINK = re.compile(r"!?\[([^\[\]]*)\]\(([^()\s]*+)[^()]*+\)")
_IMAGE_TAG = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_TRAILING = ".,;:!?)]}*_~…"


def keep_grounded(answer: str, context: Iterable[str]) -> str:
    """The answer with images turned into text and every link replaced that stands in none of the context's texts."""
    answer = _IMAGE_TAG.sub("", answer)
    answer = _MARKDOWN_LINK.sub(_spelled_out, answer).replace("![", "[")
    if _LINK.search(answer) is None:
        return answer
    known = {_key(link) for text in context for link in _links(text)}
    return _LINK.sub(lambda found: _replaced(found[0], known), answer)


def _spelled_out(found: re.Match[str]) -> str:
    # Where the words of a Markdown link hide its target, both are shown; the target is then judged like any other.
    words, target = found[1].strip(), found[2]
    return f"{words} {target}" if words and words != target else target


def _links(text: str) -> Iterator[str]:
    return (found[0].rstrip(_TRAILING) for found in _LINK.finditer(text))


def _key(link: str) -> str:
    # A host reads the same in any case, a path does not.
    return link if "/" in link else link.casefold()


def _replaced(found: str, known: set[str]) -> str:
    link = found.rstrip(_TRAILING)
    return found if _key(link) in known else REMOVED + found[len(link) :]
