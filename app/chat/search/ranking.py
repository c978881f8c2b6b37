"""The best of what was found: MongoDB ranks a bounded number of hits, the same way every time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bson import ObjectId

from app.chat.models import SearchEntry
from app.chat.search.entries import SERIAL_BITS, has
from app.chat.search.matching import needle
from app.chat.search.query import Term

DAYS = 90  # that a message must be newer to be worth a factor of e
DAY = 24 * 60 * 60 * 1000 << SERIAL_BITS  # in places


def best(ids: Sequence[ObjectId], terms: Sequence[Term]) -> list[ObjectId]:
    """These entries, the best first.

    Whole words count more than beginnings, words in the order of the search more than others, short messages more
    than long ones, and what was reacted to or pinned a little more. Age is measured from a fixed time, so that the
    order of two messages is the same tomorrow.
    """
    pipeline: list[dict[str, Any]] = [
        {"$match": {"_id": {"$in": list(ids)}}},
        {"$project": {"place": 1, "score": {"$add": [{"$ln": _worth(terms)}, {"$divide": ["$place", DAYS * DAY]}]}}},
        {"$sort": {"score": -1, "place": -1}},
        {"$project": {"_id": 1}},
    ]
    return [entry["_id"] for entry in SearchEntry._get_collection().aggregate(pipeline)]


def _worth(terms: Sequence[Term]) -> dict[str, Any]:
    whole = [_one_if_in(needle(term._replace(is_prefix=False))) for term in terms if term.is_prefix]
    in_order = [_one_if_in(needle(Term(sum((term.words for term in terms), ()), is_prefix=True)))] if terms[1:] else []
    noted = [{"$multiply": [0.25, _one_if_in(f" {has(what)} ")]} for what in ("reaction", "pin")]
    length = {"$ln": {"$add": [10, "$length"]}}
    return {"$divide": [{"$add": [1, *whole, *in_order, *in_order, *noted]}, length]}


def _one_if_in(part: str) -> dict[str, Any]:
    return {"$cond": [{"$regexMatch": {"input": "$text", "regex": re.escape(part)}}, 1, 0]}
