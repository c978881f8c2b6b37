"""An answer that is written before the eyes of the room."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from bson import ObjectId

from app.auth.models import User, now
from app.chat import payloads, services
from app.chat.models import Membership, Message, Room
from app.chat.payloads import MessagePayload
from app.chat.stand_in import streams
from app.chat.stand_in.streams import Stream
from tests.chat.busy import Busy, replies, reply, set_status, set_up
from tests.chat.rooms import made
from tests.chat.stand_in.pen import Pen
from tests.chat.stored import Connect, MakeRoom
from tests.chat.test_status import ahead
from tests.people import Person, Socket
from tests.server import Server, wait_for
from tests.system.faults import is_healthy, kill_worker

ASKED = "@Ada where is the plan?"


def begin(pen: Pen, asker: Socket, den: str) -> dict[str, Any]:
    """Ask, and let the answer begin: the message as it is first seen."""
    asker.send(den, ASKED)
    pen.begun.get(timeout=20)
    for word in ("The ", "plan ", "is "):
        pen.write(word)
    while True:
        heard = [p["message"] for name, p in list(asker.heard) if name == "message:created"]
        if begun := [message for message in heard if message["origin"] == "standin" and message["room_id"] == den]:
            return begun[-1]
        pen.write("so ")
        asker.client.sleep(0.3)


def stop(socket: Socket, message_id: str) -> Any:
    return socket.call("standin:stop", {"message_id": message_id})


def completed(socket: Socket, message: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = socket.wait_for("message:completed", id=message["id"])["message"]
    return found


def test_an_answer_grows_in_pieces_that_make_its_text_and_ends_done(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, busy: Busy, pen: Pen
) -> None:
    den = room(ada, bob)
    asker = online(bob)
    busy(ada)
    begun = begin(pen, asker, den)
    assert (begun["state"], begun["on_behalf_of"]["id"]) == ("streaming", ada.id)
    for word in ("in ", "the ", "wiki, ", "page ", "three. "):
        pen.write(word)
        asker.client.sleep(0.2)
    pen.finish()
    end = completed(asker, begun)
    assert (end["state"], end["body"].endswith("in the wiki, page three.")) == ("done", True)
    text = begun["body"]
    deltas = [payload for name, payload in asker.heard if name == "message:delta"]
    assert deltas
    for delta in deltas:
        assert (delta["message_id"], delta["offset"]) == (begun["id"], len(text))
        text += delta["text"]
    assert end["body"].startswith(text.strip())
    assert bob.messages(den)[-1] == end


@pytest.mark.parametrize("who", ["asker", "owner"])
def test_who_asked_and_for_whom_it_is_written_can_stop_it(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, busy: Busy, pen: Pen, who: str
) -> None:
    den = room(ada, bob)
    asker, owner = online(bob), busy(ada)
    begun = begin(pen, asker, den)
    answer = stop({"asker": asker, "owner": owner}[who], begun["id"])
    assert (answer["ok"], answer["message"]["state"]) == (True, "stopped")
    assert completed(asker, begun) == answer["message"]
    pen.finish("and more ")
    assert stop(asker, begun["id"])["error"]["code"] == "not_streaming"
    assert [message["state"] for message in bob.messages(den)] == ["done", "stopped"]


def test_nobody_else_stops_it(
    ada: Person, bob: Person, cat: Person, eve: Person, room: MakeRoom, online: Connect, busy: Busy, pen: Pen
) -> None:
    den = room(ada, bob, cat)
    asker = online(bob)
    busy(ada)
    begun = begin(pen, asker, den)
    assert stop(online(cat), begun["id"])["error"]["code"] == "not_yours"
    for message_id in (begun["id"], str(ObjectId())):
        assert stop(online(eve), message_id)["error"]["code"] == "message_not_found"
    for message_id in (None, 7, "x", {"$ne": ""}):
        assert stop(asker, message_id)["error"]["code"] == "bad_input"  # type: ignore[arg-type]
    pen.finish()
    assert completed(asker, begun)["state"] == "done"


def test_an_owner_who_comes_back_begins_to_write_there_or_has_written_ends_it(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, busy: Busy, pen: Pen
) -> None:
    owner = busy(ada)
    asker = online(bob)

    def write(den: str) -> None:
        assert owner.call("typing:start", {"room_id": den})["ok"]

    def say(den: str) -> None:
        owner.send(den, "I am here myself")

    def come_back_by_the_clock(_den: str) -> None:
        set_status(owner, "busy", until=ahead(seconds=1))

    def come_back(_den: str) -> None:
        set_status(owner, "available")

    for end in (write, say, come_back_by_the_clock, come_back):
        den = room(ada, bob)
        asker = online(bob)  # who hears of rooms that there are when they connect
        set_status(owner, "busy")
        begun = begin(pen, asker, den)
        end(den)
        assert completed(asker, begun)["state"] == "stopped", end.__name__
        pen.finish()
        assert [message["origin"] for message in replies(bob, den)] == ["standin"], "nothing else is said"


def test_whoever_writes_there_before_it_begins_is_not_stood_in_for(
    ada: Person, bob: Person, cat: Person, room: MakeRoom, online: Connect, busy: Busy, pen: Pen
) -> None:
    den, marker = room(ada, bob), room(cat, bob)
    owner, asker = busy(ada), online(bob)
    set_status(online(cat), "busy")
    asker.send(den, ASKED)
    owner.call("typing:start", {"room_id": den})
    asker.send(marker, "By the time that Cat's away line is here Ada's answer would have been begun")
    reply(asker, marker)
    assert replies(bob, den) == []
    assert pen.begun.empty()


def test_it_ends_when_the_question_is_taken_back_or_its_owner_is_taken_out_of_the_room(
    ada: Person, bob: Person, cat: Person, room: MakeRoom, online: Connect, busy: Busy, pen: Pen
) -> None:
    asker = online(bob)
    busy(ada)

    def take_back(den: str) -> None:
        assert asker.call("message:delete", {"message_id": bob.messages(den)[0]["id"]})["ok"]

    def take_out(den: str) -> None:
        assert asker.call("room:remove", {"room_id": den, "user_ids": [ada.id]})["ok"]

    for end in (take_back, take_out):
        den = made(asker, "closed", "Den", ada, cat)
        begun = begin(pen, asker, den)
        end(den)
        wait_for(lambda den=den: pen.write("on ") or replies(bob, den)[-1]["state"] != "streaming", end.__name__, 20)
        assert completed(asker, begun)["state"] == "stopped"
        pen.finish()


def test_what_is_taken_back_before_it_begins_is_not_answered(
    ada: Person, bob: Person, cat: Person, room: MakeRoom, online: Connect, busy: Busy, pen: Pen
) -> None:
    den, marker = room(ada, bob), room(cat, bob)
    asker = online(bob)
    busy(ada)
    set_status(online(cat), "busy")
    asked = asker.send(den, ASKED)
    assert asker.call("message:delete", {"message_id": asked["id"]})["ok"]
    asker.send(marker, "By the time that Cat's away line is here Ada's answer would have been begun")
    reply(asker, marker)
    assert replies(bob, den) == []
    assert pen.begun.empty()


def test_what_grows_is_told_eight_times_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock of the test's: a hundred texts in each of three seconds."""
    clock, told = [0.0], []
    monkeypatch.setattr(streams, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(streams.broadcasts, "message_delta", lambda _message, offset, text: told.append((offset, text)))
    monkeypatch.setattr(Stream, "_keep", lambda _stream: None)
    stream, text = Stream(ObjectId(), ObjectId(), "key", {}, lambda: True), ""
    stream.take_over({"id": str(ObjectId())})  # type: ignore[typeddict-item]
    for _ in range(300):
        clock[0] += 0.01
        text += "x"
        stream.grow(text)
    streams._live.pop(stream.id)
    assert 5 * 3 <= len(told) <= 8 * 3
    assert [offset for offset, _ in told] == [
        sum(len(piece) for _, piece in told[:index]) for index in range(len(told))
    ]


def test_who_is_back_before_the_provider_fails_has_no_away_line_left_for_them(
    ada: Person, bob: Person, cat: Person, room: MakeRoom, online: Connect, busy: Busy, pen: Pen
) -> None:
    den, marker = room(ada, bob), room(cat, bob)
    owner, asker = busy(ada), online(bob)
    asker.send(den, ASKED)
    pen.begun.get(timeout=20)
    set_status(owner, "available")
    pen.break_off()
    wait_for(
        lambda: ada.get("/api/stand-in/audit").json()["calls"][0]["outcome"] == "failed", "the call to have failed"
    )
    set_status(online(cat), "busy")
    asker.send(marker, "By the time that Cat's away line is here Ada's would have been as well")
    reply(asker, marker)
    assert replies(bob, den) == []


def test_an_answer_that_breaks_off_fails_without_a_word_of_why_and_an_away_line_follows(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, busy: Busy, pen: Pen
) -> None:
    den = room(ada, bob)
    asker = online(bob)
    busy(ada, note="Back at 3")
    begun = begin(pen, asker, den)
    pen.break_off()
    end = completed(asker, begun)
    assert (end["state"], end["body"]) == ("failed", "")
    line = asker.wait_for("message:created", origin="standin", state="done")["message"]
    assert "Back at 3" in line["body"]


def test_who_comes_in_the_middle_sees_what_there_is_and_ends_with_the_same_text(
    ada: Person, bob: Person, room: MakeRoom, online: Connect, busy: Busy, pen: Pen
) -> None:
    den = room(ada, bob)
    asker = online(bob)
    busy(ada)
    begun = begin(pen, asker, den)
    asker.close()

    def grown() -> bool:
        pen.write("on ")
        return len(bob.messages(den)[-1]["body"]) > len(begun["body"])

    wait_for(grown, "the text so far to be kept", 20)
    late = online(bob)
    pen.finish("and that is all.")
    end = completed(late, begun)
    assert (end["state"], end["body"].endswith("and that is all.")) == ("done", True)
    assert bob.messages(den)[-1] == end
    again = online(bob)  # as a client does that was cut off in the middle: it asks from the change that it has
    caught = again.call("room:catch_up", {"room_id": den, "after": begun["change"]})["changes"]
    assert [change["message"] for change in caught] == [end]


@pytest.mark.usefixtures("app")
def test_an_answer_that_was_called_off_while_it_was_being_stored_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its owner comes back when it is to be seen, and not yet among what is written: no further word comes."""
    ada, den, is_back = User(name="Ada", email="a@a.org", email_key="a@a.org", password_hash="-").save(), ObjectId(), []
    owner = ada.id
    Room(id=den, name="Den", kind="closed").save()
    Membership(room=den, user=owner, joined_at=now()).save()

    def tell(message: MessagePayload) -> None:
        is_back.append(message["id"])
        streams.call_off(owner)

    monkeypatch.setattr(services.broadcasts, "message_created", tell)
    stream = Stream(owner, den, "late", {}, lambda: not is_back)
    stream.open()
    assert [(str(each.id), each.state) for each in Message.objects(room=den)] == [(is_back[0], "stopped")]
    assert stream.is_stopped
    stream.end("", "failed")
    assert [each.state for each in Message.objects(room=den)] == ["stopped"], "as whoever writes it ends it, too late"


@pytest.mark.usefixtures("app")
def test_an_answer_over_which_the_provider_thinks_for_long_is_not_taken_for_lost() -> None:
    owner, den = ObjectId(), ObjectId()
    stream = Stream(owner, den, "thinking", {}, lambda: True)
    for number in (1, 2):
        values = {"room": den, "seq": number, "sender": owner, "origin": "standin", "on_behalf_of": owner, "body": ""}
        changes = [{"n": number, "kind": "created"}]
        long_ago = now() - streams.LOST_AFTER * 2
        streamed = {"state": "streaming", "stream_at": long_ago, "client_message_id": str(number), "changes": changes}
        message = Message(**values, **streamed, stream=stream.id if number == 1 else None).save()
        if number == 1:
            stream.take_over(payloads.messages([message.to_mongo()])[0])
    streams.renew()
    assert [lost["seq"] for lost in streams.end_lost()] == [2], "the other is nobody's"
    stream.end("", "failed")


def test_an_answer_whose_process_is_killed_ends_as_failed_and_an_away_line_follows(
    server: Server, ada: Person, bob: Person, room: MakeRoom, online: Connect, pen: Pen
) -> None:
    den = room(ada, bob)
    asker = online(bob)
    set_up(ada)
    set_status(online(ada), "busy", note="Back at 3")
    own = asker.call("assistant:open", {})["room"]["id"]
    begun = begin(pen, asker, den)
    asker.send(own, "And alone?")
    wait_for(lambda: len(bob.messages(own)) == 2, "the answer to begin")
    kill_worker(server)
    wait_for(lambda: is_healthy(server), "the server to be back", 30)
    wait_for(lambda: len(bob.messages(den)) == 3, "the away line", 40)
    wait_for(lambda: bob.messages(own)[-1]["state"] == "failed", "the other answer to end", 40)
    assert [message["body"] for message in bob.messages(own)] == ["And alone?", ""]
    _, ended, line = bob.messages(den)
    assert (ended["id"], ended["state"], ended["body"]) == (begun["id"], "failed", "")
    assert "Back at 3" in line["body"]
    pen.break_off()
