"""What somebody types into the search field, understood. Pure.

`ship "release notes" -draft from:@ada in:#lobby has:link before:2026-11-24`
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

import regex

from app.chat.search import tokens
from app.errors import BadInput
from app.language import N_, saying

MOST_PARTS = 20
FILTERS = ("from", "in", "before", "after", "on", "has", "is")
WHAT_IT_HAS = ("link", "file", "image", "reaction", "pin")
WHAT_IT_IS = ("thread", "standin")
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2100, 1, 1)

_QUOTED = r'"[^"]*"?'
_PART = regex.compile(
    rf'(?P<minus>-)?(?:(?P<name>{"|".join(FILTERS)}):)?(?P<value>@?#?{_QUOTED}|[^\s"]+)', regex.IGNORECASE
)
_BEGINNINGS = {f"{name}:" for name in FILTERS}
_DAY = regex.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")


class Term(NamedTuple):
    """Words that follow one another. Of the last one the beginning is enough if `is_prefix`."""

    words: tuple[str, ...]
    is_prefix: bool = False


@dataclass
class Choice:
    """Which of several is wanted, and which is not."""

    wanted: list[str] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)

    def add(self, value: str, *, is_excluded: bool) -> None:
        (self.excluded if is_excluded else self.wanted).append(value)


@dataclass
class Query:
    """All of `terms`, none of `excluded`; from the day `since` on, up to before the day `until`.

    `people` and `rooms` are as they were written. Of these one of the wanted is enough; of `marks` all are needed.
    """

    terms: list[Term] = field(default_factory=list)
    excluded: list[Term] = field(default_factory=list)
    people: Choice = field(default_factory=Choice)
    rooms: Choice = field(default_factory=Choice)
    marks: Choice = field(default_factory=Choice)
    since: date | None = None
    until: date | None = None


def parse(text: str, today: date) -> Query:
    """Understand `text`. Errors: `BadInput`, if there is nothing to look for, or a filter makes no sense."""
    typed = regex.sub("[“”„‟«»]", '"', text)
    query, parts = Query(), list(_PART.finditer(typed))
    if len(parts) > MOST_PARTS:
        raise _refused(saying("Look for at most %(most)s words and filters at once.", most=MOST_PARTS))
    for part in parts:
        _add(query, part, today, is_being_typed=part.end() == len(typed))
    if query == Query():
        raise _refused(N_("Write what to look for: a word, a “phrase”, or a filter such as from:ada."))
    return query


def _add(query: Query, part: regex.Match[str], today: date, *, is_being_typed: bool) -> None:
    is_excluded, name, value = bool(part["minus"]), (part["name"] or "").lower(), part["value"]
    if value.lower() in _BEGINNINGS:
        name, value = value[:-1].lower(), ""
    if name and not _bare(value):
        if not is_being_typed:
            raise _refused(saying("Write something behind %(name)s:, without a space between.", name=name))
    elif name in _CHOICES:
        _CHOICES[name](query).add(_known(name, _bare(value)), is_excluded=is_excluded)
    elif name:
        if is_excluded:
            raise _refused(saying("There is no -%(name)s: . Choose the days that are wanted instead.", name=name))
        _limit(query, name, _span(name, _bare(value), today))
    elif term := _term(value, is_being_typed=is_being_typed and not is_excluded):
        (query.excluded if is_excluded else query.terms).append(term)


def _term(value: str, *, is_being_typed: bool) -> Term | None:
    """What was typed between two spaces, or two quotes; None if there is no word in it."""
    is_quoted = value.endswith('"')
    is_prefix = value.endswith("*") or (is_being_typed and not is_quoted)
    found = list(tokens.find(value))
    if found and found[-1].is_tail:
        # The pair before it says it already, and goes on to match where the text does. Alone it may begin any pair.
        is_alone = len(found) == 1 or found[-2].end != found[-1].end
        found, is_prefix = (found, True) if is_alone else (found[:-1], False)
    return Term(tuple(word.text for word in found), is_prefix) if found else None


def _bare(value: str) -> str:
    return value.strip('@#" ')


def _known(name: str, value: str) -> str:
    """The value of a filter; of those that have only some, one of these."""
    known = {"has": WHAT_IT_HAS, "is": WHAT_IT_IS}.get(name)
    if known is None:
        return value
    singular = value.lower().removesuffix("s")
    if singular not in known:
        raise _refused(
            saying(
                "Behind %(name)s: write %(others)s or %(last)s.",
                name=name,
                others=", ".join(known[:-1]),
                last=known[-1],
            )
        )
    return singular


def _limit(query: Query, name: str, span: tuple[date, date]) -> None:
    first, end = span
    if name in {"before", "on"}:
        until = first if name == "before" else end
        query.until = min(query.until or until, until)
    if name in {"after", "on"}:
        since = end if name == "after" else first
        query.since = max(query.since or since, since)


def _span(name: str, value: str, today: date) -> tuple[date, date]:
    """The first of the days that are meant, and the one after the last."""
    word = value.lower()
    if word in {"today", "yesterday"}:
        day = today if word == "today" else today - timedelta(days=1)
        return day, day + timedelta(days=1)
    if found := _DAY.fullmatch(value):
        year, month, day_of_month = (int(part) if part else None for part in found.groups())
        try:
            first = date(year or 0, month or 1, day_of_month or 1)
        except ValueError:
            first = LAST_DAY
        if FIRST_DAY <= first < LAST_DAY:
            return first, _next(first, has_month=month is not None, has_day=day_of_month is not None)
    raise _refused(
        saying(
            "Behind %(name)s: write a day as %(day)s, a month as %(month)s, a year, today or yesterday.",
            name=name,
            day=str(today),
            month=f"{today:%Y-%m}",
        )
    )


def _next(first: date, *, has_month: bool, has_day: bool) -> date:
    if has_day:
        return first + timedelta(days=1)
    if has_month:
        return (first + timedelta(days=31)).replace(day=1)
    return first.replace(year=first.year + 1)


def _refused(sentence: str) -> BadInput:
    return BadInput(sentence, {"q": sentence})


_CHOICES: dict[str, Callable[[Query], Choice]] = {
    "from": lambda query: query.people,
    "in": lambda query: query.rooms,
    "has": lambda query: query.marks,
    "is": lambda query: query.marks,
}
