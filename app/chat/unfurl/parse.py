"""What a page says it is about: a title, a sentence, the name of its site. Text, and nothing else. Pure."""

from __future__ import annotations

import codecs
import re
import unicodedata
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser
from typing_extensions import TypedDict

from app.chat.unfurl.fetch import Page

LONGEST_TITLE, LONGEST_DESCRIPTION, LONGEST_NAME = 200, 400, 80
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([\w-]{1,40})""", re.IGNORECASE)
# What turns the direction of the text around it.
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])


class Preview(TypedDict):
    """What is shown of a page. `url` is the address as the message has it."""

    url: str
    title: str
    description: str
    site_name: str


def preview(url: str, page: Page) -> Preview | None:
    """What the page says of itself, or None when that is nothing."""
    head = LexborHTMLParser(_text(page))
    told: dict[str, str] = {}
    for meta in head.css("meta"):
        name = meta.attributes.get("property") or meta.attributes.get("name") or ""
        told.setdefault(name.strip().lower(), meta.attributes.get("content") or "")
    element = head.css_first("title")
    named = told.get("og:title") or told.get("twitter:title") or (element.text() if element else "")
    title = _line(named, LONGEST_TITLE)
    if not title:
        return None
    description = told.get("og:description") or told.get("description") or told.get("twitter:description") or ""
    host = (urlsplit(page.url).hostname or "").removeprefix("www.")
    return Preview(
        url=url,
        title=title,
        description=_line(description, LONGEST_DESCRIPTION),
        site_name=_line(told.get("og:site_name") or "", LONGEST_NAME) or host[:LONGEST_NAME],
    )


def _text(page: Page) -> str:
    declared = _CHARSET.search(page.content[:2048])
    for name in (page.charset, declared and declared[1].decode("ascii", "ignore")):
        try:
            if name and codecs.lookup(name)._is_text_encoding:
                return page.content.decode(name, "replace")
        except (LookupError, ValueError):
            continue
    return page.content.decode("utf-8", "replace")


def _line(text: str, longest: int) -> str:
    """On one line, without what cannot be seen or stored, and not too long."""
    visible = "".join(sign for sign in text[: 10 * longest].translate(_TURNS) if _is_text(sign))
    line = " ".join(visible.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def _is_text(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) not in {"Cc", "Cs", "Cn", "Co"}
