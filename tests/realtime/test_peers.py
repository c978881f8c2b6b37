"""What one process notices of the others: what is missing, what comes late, and who has gone silent."""

from __future__ import annotations

from collections.abc import Iterator

import gevent
import pytest
from redis.exceptions import ConnectionError as RedisAway

from app.realtime import publisher
from app.realtime.peers import SILENT_SECONDS, Peers
from app.realtime.publisher import Publisher

pytestmark = pytest.mark.usefixtures("loop_time")


def test_publications_in_order_leave_nothing_missing() -> None:
    peers = Peers()
    assert [peers.hear(peer, number, 0.0) for number in (1, 2, 3) for peer in "ab"] == [0] * 6


def test_a_hole_is_noticed_once() -> None:
    peers = Peers()
    assert [peers.hear("a", number, 0.0) for number in (1, 4, 5)] == [0, 2, 0]


def test_what_a_process_sent_before_it_was_first_heard_is_missing() -> None:
    assert Peers().hear("a", 8, 0.0) == 7


def test_what_comes_twice_or_late_is_told_apart_and_moves_nothing_back() -> None:
    peers = Peers()
    assert [peers.hear("a", number, 0.0) < 0 for number in (1, 3, 2, 3, 4)] == [False, False, True, True, False]


def test_who_goes_silent_is_named_once_and_counts_as_new_when_it_comes_back() -> None:
    peers = Peers()
    peers.hear("a", 1, 0.0)
    peers.hear("b", 1, SILENT_SECONDS)
    assert peers.forget_silent(SILENT_SECONDS) == []
    assert peers.forget_silent(SILENT_SECONDS + 0.1) == ["a"]
    assert peers.forget_silent(SILENT_SECONDS + 0.2) == []
    assert peers.hear("a", 5, SILENT_SECONDS + 1) == 4


class Channel:
    """A way out that can be cut, as Redis is for a publisher."""

    def __init__(self) -> None:
        self.came: list[str] = []
        self.is_cut = False
        self.tries: list[bool] = []

    def send(self, publication: str) -> None:
        if self.is_cut:
            raise RedisAway("cut")
        self.came.append(publication)

    def report(self, error: Exception | None) -> None:
        self.tries.append(error is None)

    def wait_for(self, count: int) -> list[str]:
        with gevent.Timeout(10):
            while len(self.came) < count:
                gevent.sleep(0.01)
        return self.came


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setattr(publisher, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(publisher, "RETRY_SECONDS", 0.1)
    return Channel()


@pytest.fixture
def sending(channel: Channel) -> Iterator[Publisher]:
    made = Publisher("me", channel.send, channel.report)
    running = gevent.spawn(made.run)
    yield made
    running.kill()


def publication(number: int, *messages: int) -> str:
    return f'{{"host_id":"me","number":{number},"messages":[{",".join(map(str, messages))}]}}'


def test_what_gathers_goes_out_together_and_numbered(sending: Publisher, channel: Channel) -> None:
    for message in "123":
        sending.put(message)
    channel.wait_for(1)
    sending.put("4")
    assert channel.wait_for(2)[:2] == [publication(1, 1, 2, 3), publication(2, 4)]


def test_who_has_nothing_to_say_says_so(sending: Publisher, channel: Channel) -> None:
    assert channel.wait_for(2) == [publication(1), publication(2)]


def test_no_publication_is_larger_than_one_turn_of_the_loop_can_take(sending: Publisher, channel: Channel) -> None:
    everything = range(publisher.MOST_MESSAGES + 1)
    for message in everything:
        sending.put(str(message))
    assert channel.wait_for(2)[:2] == [publication(1, *everything[:-1]), publication(2, everything[-1])]


def test_what_cannot_be_sent_is_dropped_and_leaves_a_hole(sending: Publisher, channel: Channel) -> None:
    channel.is_cut = True
    sending.put("1")
    with gevent.Timeout(10):
        while False not in channel.tries:
            gevent.sleep(0.01)
    sending.put("2")
    channel.is_cut = False
    assert channel.wait_for(1)[0] == publication(3)


def test_a_backlog_without_bound_is_dropped_and_leaves_a_hole(sending: Publisher, channel: Channel) -> None:
    large = "1" * (publisher.LARGEST_BACKLOG // 2)
    for message in (large, large, "7"):
        sending.put(message)
    assert channel.wait_for(1)[0] == publication(2, 7)
