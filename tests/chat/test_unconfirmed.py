"""Of what is not confirmed, that is told which this process tried and the database has, once and in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from bson import ObjectId
from pymongo.errors import PyMongoError

from app.chat import signals, unconfirmed
from app.chat.models import Message
from tests.chat.test_order import draft

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def told() -> Iterator[list[ObjectId]]:
    """The ids of those that were announced."""
    found: list[ObjectId] = []

    def note(message: Any) -> None:
        found.append(message["_id"])

    unconfirmed._tries.clear()
    with signals.message_found.connected_to(note):
        yield found
    unconfirmed._tries.clear()


def tried(room: ObjectId, seq: int, *, is_stored: bool = True, **changes: Any) -> ObjectId:
    message = draft(room, seq=seq, client_message_id=f"key-{seq}", changes=[{"n": seq, "kind": "created"}], **changes)
    unconfirmed.note(message)
    if is_stored:
        Message._get_collection().insert_one(message)
    return message["_id"]


def test_those_of_a_room_are_told_in_order_and_once(told: list[ObjectId]) -> None:
    room, other = ObjectId(), ObjectId()
    second, elsewhere, first = tried(room, 2), tried(other, 1), tried(room, 1)
    assert unconfirmed.tell(room) == {room}
    assert told == [first, second]
    assert unconfirmed.tell() == {other}
    assert told == [first, second, elsewhere]
    assert unconfirmed.tell() == set()
    assert not unconfirmed.is_any()


def test_what_was_sent_again_and_stored_by_another_process_is_not_told(told: list[ObjectId]) -> None:
    room, sender = ObjectId(), ObjectId()
    tried(room, 1, is_stored=False, sender=sender)
    again = draft(room, seq=1, client_message_id="key-1", sender=sender, changes=[{"n": 1, "kind": "created"}])
    Message._get_collection().insert_one(again)
    assert unconfirmed.tell() == set()
    assert told == []


def test_what_is_never_stored_is_forgotten_a_minute_after_the_database_could_be_asked(
    told: list[ObjectId], monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [100.0]
    monkeypatch.setattr(unconfirmed.time, "monotonic", lambda: moment[0])
    tried(ObjectId(), 1, is_stored=False)
    for at, is_kept in ((100.0, True), (159.0, True), (161.0, False)):
        moment[0] = at
        unconfirmed.tell()
        assert unconfirmed.is_any() is is_kept
    assert told == []


def test_one_that_could_not_be_told_for_want_of_the_database_is_told_later_and_any_other_error_is_no_other_ones(
    told: list[ObjectId],
) -> None:
    room = ObjectId()
    first, second = tried(room, 1), tried(room, 2)
    errors: list[Exception] = [PyMongoError("away"), ValueError("a fault of ours")]

    def fail(message: Any) -> None:
        if message["_id"] == first and errors:
            raise errors.pop(0)

    with signals.message_found.connected_to(fail):
        with pytest.raises(PyMongoError):
            unconfirmed.tell()
        assert second not in told
        unconfirmed.tell()
    assert second in told
    assert not unconfirmed.is_any()
