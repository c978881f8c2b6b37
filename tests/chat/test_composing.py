"""Who is writing: told to the room, over by itself."""

from __future__ import annotations

import time
from typing import Any

import pytest

from app.chat.composing import LASTS_SECONDS
from tests.chat.stored import Connect, MakeRoom
from tests.people import Person, Socket


def typing(socket: Socket, event: str, room_id: str) -> Any:
    return socket.call(f"typing:{event}", {"room_id": room_id})


def heard(socket: Socket, event: str) -> list[Any]:
    return [payload for name, payload in list(socket.heard) if name == event]


def test_the_room_hears_who_writes_and_when_they_stop(
    ada: Person, bob: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada, bob)
    writer, reader = online(ada), online(bob)
    about = {"room_id": den, "user": {"id": ada.id, "name": "Ada"}}
    assert typing(writer, "start", den) == {"ok": True}
    assert reader.wait_for("typing:started", room_id=den) == about
    assert typing(writer, "stop", den) == {"ok": True}
    assert reader.wait_for("typing:stopped", room_id=den) == about


def test_more_than_once_a_second_is_told_once(ada: Person, bob: Person, room: MakeRoom, online: Connect) -> None:
    den = room(ada, bob)
    writer, reader = online(ada), online(bob)
    for _ in range(20):
        typing(writer, "start", den)
    typing(writer, "stop", den)
    reader.wait_for("typing:stopped", room_id=den)
    assert 1 <= len(heard(reader, "typing:started")) <= 3


def test_it_is_over_with_the_message(ada: Person, bob: Person, room: MakeRoom, online: Connect) -> None:
    den = room(ada, bob)
    writer, reader = online(ada), online(bob)
    typing(writer, "start", den)
    writer.send(den, "Said")
    reader.wait_for("typing:stopped", room_id=den)
    typing(writer, "stop", den)
    assert len(heard(reader, "typing:stopped")) == 1


def test_it_is_over_after_five_seconds_without_a_word(
    ada: Person, bob: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada, bob)
    writer, reader = online(ada), online(bob)
    typing(writer, "start", den)
    time.sleep(LASTS_SECONDS / 2)
    typing(writer, "start", den)
    began = time.monotonic()
    reader.wait_for("typing:stopped", room_id=den)
    assert time.monotonic() - began > LASTS_SECONDS / 2, "the second time prolongs the first"


def test_it_is_over_when_the_writer_is_gone(ada: Person, bob: Person, room: MakeRoom, online: Connect) -> None:
    den = room(ada, bob)
    writer, reader = online(ada), online(bob)
    typing(writer, "start", den)
    writer.close()
    reader.wait_for("typing:stopped", room_id=den, seconds=4)


@pytest.mark.parametrize("event", ["start", "stop"])
def test_an_outsider_is_refused_and_not_told_of(
    ada: Person, eve: Person, room: MakeRoom, online: Connect, event: str
) -> None:
    den, member, outsider = room(ada), online(ada), online(eve)
    assert typing(outsider, event, den)["error"]["code"] == "room_not_found"
    typing(member, "start", den)
    member.wait_for("typing:started", room_id=den)
    assert [payload["user"]["id"] for payload in heard(member, "typing:started")] == [ada.id]
    typing(member, "stop", den)
    assert heard(outsider, "typing:started") == []


@pytest.mark.parametrize("event", ["start", "stop"])
@pytest.mark.parametrize("room_id", [None, 7, "den", {"$ne": ""}])
def test_bad_input_is_refused(ada: Person, online: Connect, event: str, room_id: Any) -> None:
    assert typing(online(ada), event, room_id)["error"]["code"] == "bad_input"
