from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import gevent
import pytest
from bson import ObjectId
from flask import Flask
from pymongo.errors import BulkWriteError

from app.auth.models import User, now
from app.chat import broadcasts, flips, presence
from app.chat.audiences import EVERYONE
from app.chat.flips import Flip
from app.chat.models import Presence
from app.chat.payloads import UserPayload

Told = list[tuple[str, ObjectId]]


@pytest.fixture
def told(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Told:
    """What is told of whom, in order."""
    events: Told = []
    monkeypatch.setattr(flips, "_unsure", {})
    monkeypatch.setattr(
        broadcasts, "user_connected", lambda user, *_, **__: events.append(("came", ObjectId(user["id"])))
    )
    monkeypatch.setattr(broadcasts, "user_disconnected", lambda user, _: events.append(("went", ObjectId(user["id"]))))
    return events


def flip(user_id: ObjectId, *, is_online: bool) -> Flip:
    user: UserPayload = {
        "id": str(user_id),
        "name": "Ada",
        "status": "available",
        "status_until": None,
        "status_note": "",
        "is_online": is_online,
        "is_away": False,
        "role": "member",
        "avatar_url": None,
    }
    return Flip(user_id, user, EVERYONE)


def make(*made: Flip) -> list[bool]:
    """All at the same moment."""
    making = [gevent.spawn(flips.make, one) for one in made]
    gevent.joinall(making, timeout=30, raise_error=True)
    return [one.get() for one in making]


def is_online(user_id: ObjectId) -> bool | None:
    found = Presence.objects(user=user_id).first()
    return bool(found.is_online) if found else None


def test_of_all_who_come_at_once_those_who_were_not_there_are_told(told: Told) -> None:
    new, there, back = ObjectId(), ObjectId(), ObjectId()
    Presence(user=there, is_online=True).save()
    Presence(user=back, is_online=False, is_away=True).save()
    assert make(*[flip(one, is_online=True) for one in (new, there, back)]) == [True, False, True]
    assert told == [("came", new), ("came", back)]
    assert [is_online(one) for one in (new, there, back)] == [True, True, True]
    assert not Presence.objects(user=back).get().is_away


def test_of_all_who_go_at_once_those_within_their_grace_and_those_who_were_gone_are_not_told(told: Told) -> None:
    gone, reloads, away, unknown, earlier = (ObjectId() for _ in range(5))
    Presence(user=gone, is_online=True, left_at=now() - timedelta(seconds=flips.GRACE_SECONDS + 1)).save()
    Presence(user=reloads, is_online=True, left_at=now()).save()
    Presence(user=away, is_online=False).save()
    Presence(user=earlier, is_online=True).save()  # as left by a process that died
    leaving = (gone, reloads, away, unknown, earlier)
    assert make(*[flip(one, is_online=False) for one in leaving]) == [True, False, False, False, True]
    assert told == [("went", gone), ("went", earlier)]
    assert [bool(is_online(one)) for one in leaving] == [False, True, False, False, False]


def test_of_one_user_who_comes_and_goes_and_comes_at_once_each_is_told_in_its_order(told: Told) -> None:
    ada, bob = ObjectId(), ObjectId()
    steps = [(ada, True), (ada, False), (bob, True), (ada, False), (ada, True), (bob, True)]
    assert make(*[flip(one, is_online=is_there) for one, is_there in steps]) == [True, True, True, False, True, False]
    assert [event for event in told if event[1] == ada] == [("came", ada), ("went", ada), ("came", ada)]
    assert is_online(ada) is is_online(bob) is True


@contextmanager
def refusing(**presence: object) -> Iterator[None]:
    """The database takes every presence but these, and those of the same write with an error."""
    database = Presence._get_db()
    database.command("collMod", "presences", validator={"$nor": [presence]})
    try:
        yield
    finally:
        database.command("collMod", "presences", validator={})


def sign_up(name: str) -> ObjectId:
    email = f"{name}@example.com"
    user_id: ObjectId = User(name=name, email=email, email_key=email, password_hash="-").save().id
    return user_id


def make_in_vain(*made: Flip) -> None:
    """All at the same moment, and each with an error."""
    making = [gevent.spawn(flips.make, one) for one in made]
    gevent.joinall(making, timeout=30)
    assert [type(one.exception) for one in making] == [BulkWriteError] * len(made)


@pytest.mark.parametrize("is_there", [True, False], ids=["came", "went"])
def test_what_was_written_by_a_write_that_failed_is_told_when_the_database_answers_again(
    told: Told, is_there: bool
) -> None:
    ada, bob, carol = map(sign_up, ("Ada", "Bob", "Carol"))
    for one in (ada, bob, carol):
        Presence(user=one, is_online=not is_there).save()
    with refusing(_id=bob, is_online=is_there):
        make_in_vain(*[flip(one, is_online=is_there) for one in (ada, bob)])
    assert [is_online(one) for one in (ada, bob, carol)] == [is_there, not is_there, not is_there]
    assert (make(flip(ada, is_online=is_there)), told) == ([False], []), "whoever makes it again finds it made"
    flips.tell_unsure()
    now_, before = ("came", "went") if is_there else ("went", "came")
    assert sorted(told) == sorted([(now_, ada), (before, bob)])
    told.clear()
    flips.tell_unsure()
    assert told == [], "once"


def test_whoever_was_told_after_a_write_that_failed_is_not_told_again(told: Told) -> None:
    ada, bob = sign_up("Ada"), sign_up("Bob")
    with refusing(_id=bob):
        make_in_vain(flip(ada, is_online=True), flip(bob, is_online=True))
    assert make(flip(ada, is_online=False), flip(bob, is_online=True)) == [True, True]
    assert told == [("went", ada), ("came", bob)]
    flips.tell_unsure()
    assert told == [("went", ada), ("came", bob)]


def test_the_heartbeat_tells_what_was_not_told_and_forgets_who_is_not_there_any_more(told: Told) -> None:
    ada, gone = sign_up("Ada"), ObjectId()
    with refusing(_id=gone):
        make_in_vain(flip(ada, is_online=True), flip(gone, is_online=True))
    presence.tend()
    presence.leave()
    assert told == [("came", ada)]
    assert not flips._unsure


def test_a_write_that_is_refused_for_another_reason_is_an_error_and_told_to_nobody(told: Told) -> None:
    refused = ObjectId()
    Presence(user=ObjectId()).save()
    with refusing(_id=refused), pytest.raises(BulkWriteError):
        flips.make(flip(refused, is_online=True))
    assert told == []
