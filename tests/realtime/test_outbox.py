"""What is pending for each connection, whatever mixes: frames for one, for crowds that overlap, and full kernels."""

from __future__ import annotations

import random
from collections.abc import Callable

import gevent
import pytest

from app.realtime.outbox import DISCARD, FEW, NOTHING, Backlog, Crowd, Outboxes


class Client:
    """Takes what is written to it, or only some of it, and keeps the rest as a connection does."""

    def __init__(self) -> None:
        self.pending: list[bytes] | tuple[bytes, ...] = NOTHING
        self.got = b""
        self.writes = 0
        self.takes: Callable[[bytes], int] = len

    def send_some(self, data: bytes) -> int:
        count = self.takes(data)
        self.got += data[:count]
        self.writes += 1
        return count

    def flush(self) -> None:
        data = b"".join(self.pending)
        count = self.send_some(data)
        if count == len(data):
            self.pending = NOTHING
        else:
            self.not_sent(data, count, None)

    def not_sent(self, data: bytes, count: int, error: OSError | None) -> None:
        if error is not None and not isinstance(error, BlockingIOError):
            self.pending = DISCARD
        elif isinstance(self.pending, Backlog):
            self.pending.sent(data, count)
        else:
            self.pending = Backlog(data[count:], 10**6, lambda: None)


@pytest.fixture
def outboxes(monkeypatch: pytest.MonkeyPatch) -> Outboxes:
    """Outboxes whose turn ends when the test says so."""
    made = Outboxes()
    monkeypatch.setattr(made, "_schedule", lambda: None)
    return made


def clients(count: int = 20) -> list[Client]:
    return [Client() for _ in range(count)]


def test_a_broadcast_is_one_write_for_each_however_many_there_are_in_a_turn(outboxes: Outboxes) -> None:
    members = clients()
    crowd = Crowd(members)
    for frame in (b"1", b"2", b"3"):
        outboxes.broadcast(crowd, frame)
    outboxes._flush()
    assert [(member.got, member.writes, member.pending) for member in members] == [(b"123", 1, NOTHING)] * 20


def test_frames_for_one_keep_their_place_among_those_for_all(outboxes: Outboxes) -> None:
    members = clients()
    crowd = Crowd(members)
    outboxes.broadcast(crowd, b"1")
    outboxes.put(members[3], b"a")
    outboxes.broadcast(crowd, b"2")
    outboxes.put(members[3], b"b")
    outboxes._flush()
    assert members[3].got == b"1a2b"
    assert {member.got for member in members if member is not members[3]} == {b"12"}


def test_who_is_passed_over_gets_all_but_that(outboxes: Outboxes) -> None:
    members = clients()
    crowd = Crowd(members)
    outboxes.broadcast(crowd, b"1", [members[0]])
    outboxes.broadcast(crowd, b"2", [members[1]])
    outboxes.broadcast(crowd, b"3")
    outboxes._flush()
    assert [member.got for member in members[:3]] == [b"23", b"13", b"123"]


def test_a_kernel_that_takes_a_part_gets_the_rest_later_and_the_others_do_not_wait(outboxes: Outboxes) -> None:
    members = clients()
    crowd = Crowd(members)
    members[5].takes = lambda _: 1
    outboxes.broadcast(crowd, b"12")
    outboxes._flush()
    outboxes.broadcast(crowd, b"34")
    outboxes._flush()
    assert {member.got for member in members if member is not members[5]} == {b"1234"}
    members[5].takes = len
    members[5].flush()
    assert members[5].got == b"1234"


@pytest.mark.parametrize("error", [BlockingIOError(), BrokenPipeError()], ids=["full", "gone"])
def test_an_error_is_told_to_the_one_that_it_met(outboxes: Outboxes, error: OSError) -> None:
    def fail(_: bytes) -> int:
        raise error

    members = clients()
    members[0].takes = fail
    outboxes.broadcast(Crowd(members), b"1")
    outboxes._flush()
    assert {member.got for member in members[1:]} == {b"1"}
    assert members[0].pending == ([b"1"] if isinstance(error, BlockingIOError) else DISCARD)


def test_a_writer_that_breaks_its_promise_holds_up_nobody_else(outboxes: Outboxes) -> None:
    def fail(_: bytes) -> int:
        raise LookupError

    members = clients()
    members[4].takes = fail
    outboxes.broadcast(Crowd(members), b"1")
    outboxes.put(members[0], b"2")
    with pytest.raises(LookupError):
        outboxes._flush()
    outboxes._flush()
    assert members[0].got == b"12"
    assert {member.got for member in members[5:]} == {b"1"}


@pytest.mark.parametrize("seed", range(200))
def test_every_client_gets_what_was_meant_for_it_in_the_order_of_the_calls(outboxes: Outboxes, seed: int) -> None:
    chance = random.Random(seed)
    everyone = clients(FEW * 3)
    crowds = [Crowd(chance.sample(everyone, chance.choice([2, FEW, FEW + 4, len(everyone)]))) for _ in range(4)]
    expected = dict.fromkeys(everyone, b"")
    for number in range(60):
        frame, crowd = b"<%d>" % number, chance.choice(crowds)
        match chance.randrange(6):
            case 0:
                outboxes._flush()
            case 1:
                one = chance.choice(everyone)
                outboxes.put(one, frame)
                expected[one] += frame
            case 2:
                one = chance.choice(everyone)
                one.takes = chance.choice([len, lambda data: len(data) // 2, lambda _: 0])
                if isinstance(one.pending, Backlog):
                    one.flush()
            case _:
                skipped = chance.sample(everyone, chance.choice([0, 0, 1, 3]))
                outboxes.broadcast(crowd, frame, skipped)
                for member in set(crowd.writers) - set(skipped):
                    expected[member] += frame
    for client in everyone:
        client.takes = len
    outboxes._flush()
    for client in everyone:
        if client.pending:
            client.flush()
    assert [client.got for client in everyone] == [expected[client] for client in everyone]


def test_the_end_of_the_turn_comes_by_itself() -> None:
    members = clients()
    Outboxes().broadcast(Crowd(members), b"1")
    assert members[0].got == b""

    gevent.sleep(0)
    assert {member.got for member in members} == {b"1"}
