"""What the index finds is what looking at every message finds, in the same order, on whatever pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import pytest
from bson import ObjectId
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.chat.forms import SearchQuery
from app.chat.models import Membership, Message, Room, SearchEntry, SearchMark
from app.chat.search import finder, indexer, service

USER, OTHER = ObjectId(), ObjectId()
ROOMS = [ObjectId() for _ in range(3)]
MINE = ROOMS[:2]
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)

WORDS = ["ant", "Anthem", "bee", "beech", "CAFÉ", "cafe", "x1", "猫", "猫犬", "犬猫犬", "\N{SHORTCAKE}", "'"]
texts = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from([" ", ", ", "-", "\n", ""])), max_size=6).map(
    lambda parts: "".join(word + gap for word, gap in parts)
)


@dataclass(frozen=True)
class Said:
    room: ObjectId
    sender: ObjectId
    body: str
    is_deleted: bool


@dataclass(frozen=True)
class Part:
    """A part of a search, and whether a message has it."""

    text: str
    has: Callable[[Said], bool]


def pieces(said: Said) -> list[str]:
    """The words of this small language, runs of its unspaced characters as a whole."""
    folded = said.body.casefold().replace("é", "e")
    return re.findall("[a-z0-9]+|[猫犬]+|\N{SHORTCAKE}", folded)


def word(text: str) -> Part:
    return Part(text, lambda said: text.casefold().replace("é", "e") in pieces(said))


def beginning(text: str) -> Part:
    return Part(f"{text}*", lambda said: any(piece.startswith(text) for piece in pieces(said)))


def unspaced(text: str) -> Part:
    return Part(text, lambda said: any(text in piece for piece in pieces(said)))


def phrase(first: str, second: str) -> Part:
    def has(said: Said) -> bool:
        found = pieces(said)
        return (first, second) in pairwise(found)

    return Part(f'"{first} {second}"', has)


def without(part: Part) -> Part:
    return Part(f"-{part.text}", lambda said: not part.has(said))


plain = st.sampled_from(["ant", "anthem", "bee", "beech", "café", "x1", "\N{SHORTCAKE}", "nothing"])
spoken = st.one_of(
    plain.map(word),
    st.sampled_from(["an", "ant", "b", "caf", "x"]).map(beginning),
    st.sampled_from(["猫", "犬", "猫犬", "犬猫", "犬猫犬"]).map(unspaced),
    st.tuples(plain, plain).map(lambda pair: phrase(*(one.replace("é", "e") for one in pair))),
)
filters = st.sampled_from(
    [
        Part(f"from:{USER}", lambda said: said.sender == USER),
        Part("-from:me", lambda said: said.sender != USER),
        Part(f"in:{ROOMS[0]}", lambda said: said.room == ROOMS[0]),
        Part(f"-in:{ROOMS[1]}", lambda said: said.room != ROOMS[1]),
    ]
)
searches = st.lists(st.one_of(spoken, spoken, spoken.map(without), filters), min_size=1, max_size=3)
saids = st.builds(
    Said,
    room=st.sampled_from(ROOMS),
    sender=st.sampled_from([USER, OTHER]),
    body=texts,
    is_deleted=st.sampled_from([False, False, False, True]),
)


@pytest.fixture
def rooms(app: Flask) -> None:
    from app.auth.models import User

    User(id=USER, name="Me", email="a@example.com", email_key="a@example.com", password_hash="none").save()
    for number, room in enumerate(ROOMS):
        Room(id=room, name=f"Room {number}", kind="closed").save()
    for room in MINE:
        Membership(room=room, user=USER).save()


@given(
    corpus=st.lists(saids, max_size=14),
    asked=st.lists(searches, min_size=1, max_size=4),
    many_fresh=st.sampled_from([1, 3, 100]),
    window=st.sampled_from([1, 3, 1000]),
    frequent=st.sampled_from([1, 3, 1000]),
    seconds=st.sampled_from([-1.0, 10.0]),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_index_answers_as_looking_at_every_message_does(
    rooms: None,
    corpus: list[Said],
    asked: list[list[Part]],
    many_fresh: int,
    window: int,
    frequent: int,
    seconds: float,
) -> None:
    ids = store(corpus)
    with (
        patch.object(indexer, "MANY_FRESH", many_fresh),
        patch.object(finder, "WINDOW", window),
        patch.object(finder, "FREQUENT", frequent),
        patch.object(finder, "FREQUENT_PREFIX", frequent),
        patch.object(finder, "STEPS_SECONDS", seconds),
    ):
        for room in ROOMS:
            indexer.index(room)
        for parts in asked:
            expected = [
                message_id
                for message_id, said in zip(ids, corpus, strict=True)
                if said.room in MINE and not said.is_deleted and all(part.has(said) for part in parts)
            ]
            q = " ".join(part.text for part in parts) + " "
            assert everything(q, "newest") == expected[::-1], q
            if seconds > 0:  # else the best are those of what was looked through in time
                assert sorted(everything(q, "best")) == sorted(expected), q


def store(corpus: list[Said]) -> list[str]:
    """Put these in place of all messages there are; their ids."""
    for model in (Message, SearchEntry, SearchMark):
        model.objects.delete()
    stored: list[dict[str, Any]] = []
    for number, said in enumerate(corpus):
        place = 1 + sum(earlier.room == said.room for earlier in corpus[:number])
        stored.append(
            {
                "_id": ObjectId(),
                "room": said.room,
                "seq": place,
                "changes": [{"n": place, "kind": "created"}],
                "sender": said.sender,
                "origin": "person",
                "body": "" if said.is_deleted else said.body,
                "client_message_id": str(number),
                "created_at": BEGAN + timedelta(seconds=number // 2),
                **({"deleted_at": BEGAN} if said.is_deleted else {}),
            }
        )
    if stored:
        Message._get_collection().insert_many(stored)
    return [str(message["_id"]) for message in stored]


def everything(q: str, sort: str) -> list[str]:
    """The ids of all pages together."""
    found: list[str] = []
    before = None
    for _ in range(200):
        form = SearchQuery.model_validate({"q": q, "sort": sort, "limit": 3, "before": before})
        page = service.search(USER, form)
        found += [result["message"]["id"] for result in page["results"]]
        if not page["more"]:
            assert page["next"] is None
            return found
        before = page["next"]
    raise AssertionError("the pages do not end")
