"""How messages come to be found, whatever happens in between."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bson import ObjectId
from flask import Flask

from app.chat.models import Message, Room, SearchEntry, SearchMark
from app.chat.search import indexer
from tests.chat.search.find import bodies, settled
from tests.chat.search.test_against_scan import Said, store
from tests.chat.stored import open_database
from tests.people import Person
from tests.server import Server


def entries() -> list[dict[str, object]]:
    return list(SearchEntry._get_collection().find({}, sort=[("place", 1)]))


@pytest.fixture
def room(app: Flask) -> ObjectId:
    room: ObjectId = Room(name="Den", kind="closed").save().id
    return room


def say(room: ObjectId, *texts: str) -> None:
    store([Said(room, ObjectId(), text, is_deleted=False) for text in texts])


def test_indexing_twice_changes_nothing(room: ObjectId) -> None:
    say(room, "one", "two")
    assert indexer.index(room) == 2
    first = entries()
    SearchMark.objects.delete()  # as if the process had been killed before it noted how far it was
    assert indexer.index(room) == 2
    assert entries() == first
    assert indexer.index(room) == 0


def test_what_another_process_made_of_a_later_change_stays(room: ObjectId) -> None:
    say(room, "one")
    indexer.index(room)
    SearchEntry.objects.update(set__change=7, set__text=" later ")
    SearchMark.objects.delete()
    indexer.index(room)
    assert [entry["text"] for entry in entries()] == [" later "]


def test_many_fresh_entries_get_their_words_together(room: ObjectId) -> None:
    say(room, *(["the same the"] * (indexer.MANY_FRESH + 10)))
    while indexer.index(room):
        pass
    settled_ones = [entry for entry in entries() if not entry.get("is_fresh")]
    assert len(settled_ones) >= indexer.MANY_FRESH
    assert sorted(word for word in settled_ones[0]["words"] if word[0] not in "@:") == ["same", "the"]  # type: ignore[attr-defined]


def test_what_other_rules_made_is_made_anew(room: ObjectId, monkeypatch: pytest.MonkeyPatch) -> None:
    say(room, "one")
    indexer.index(room)
    monkeypatch.setattr("app.chat.search.tokens.VERSION", 99)
    indexer.sweep()
    indexer.follow()
    assert [entry["version"] for entry in entries()] == [99]


def test_a_sweep_finds_what_was_left_behind(room: ObjectId) -> None:
    say(room, *map(str, range(indexer.PAGE + 5)))
    indexer.sweep()
    indexer.follow()
    assert len(entries()) == Message.objects.count()


def test_what_a_killed_process_left_is_found_after_the_next_start(make_server: Callable[..., Server]) -> None:
    server = make_server().start()
    ada = Person(server.url, "Ada")
    lobby, socket = ada.lobby(), ada.connect()
    socket.send(lobby, "survivor")
    with open_database(server) as documents:
        documents["search_marks"].delete_many({})  # as if it had been killed right after the ack
        documents["search_entries"].delete_many({})
        server.kill()
        socket.close()
        server.start()
        settled(documents, lobby)
        assert bodies(ada, "survivor") == ["survivor"]
