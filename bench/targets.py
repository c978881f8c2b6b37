"""What the benchmark must show, each with what it showed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bench import reasons, servers
from bench.book import Book
from bench.suites import full, history, idle, login, provider, slow, transport

HUNDRED, THOUSAND, ROOMS = (shape.name for shape in transport.SHAPES)
MILLION, MODERATE = transport.offered(1_000_000), transport.offered(60_000)
CARRIED = 0.99  # of what is offered arrives within the window: the rest is on its way at its end

TRANSPORT, STANDIN = servers.STANDIN_TRANSPORT.name, servers.STANDIN.name
NODE, PLAIN, MONGOOSE = servers.NODE.name, servers.FLASK_SOCKETIO.name, servers.NODE_JOURNALED.name
C_EACH, C_COALESCED = servers.C_EACH.name, servers.C_COALESCED.name


@dataclass(frozen=True)
class Target:
    """One figure and its bound."""

    what: str
    value: float | None
    bound: float
    sense: Literal["at least", "at most"]
    unit: str = ""
    why: str = ""
    """Where the time goes, if it is missed."""

    @property
    def is_met(self) -> bool | None:
        """None where it was not measured."""
        if self.value is None:
            return None
        return self.value >= self.bound if self.sense == "at least" else self.value <= self.bound


def all_targets(book: Book) -> list[Target]:
    return [*_client(book), *_transport(book), *_full_app(book), *_guards(book)]


def _client(book: Book) -> Iterator[Target]:
    rates = [book.median(transport.SATURATION, load, C_COALESCED, "rate") for load in book.loads(transport.SATURATION)]
    best = max((rate for rate in rates if rate is not None), default=None)
    yield Target("the load client against coalesced C", best, 1_500_000, "at least", "deliveries/s")


def _transport(book: Book) -> Iterator[Target]:
    at_rate, saturated = transport.OPEN_LOOP, transport.SATURATION
    rate = book.median(at_rate, MILLION, TRANSPORT, "rate")
    yield Target("transport, 1,000,000/s offered to 1,000: carried", rate, 1e6 * CARRIED, "at least", "deliveries/s")
    p99 = book.median(at_rate, MILLION, TRANSPORT, "p99")
    yield Target("transport, 1,000,000/s offered to 1,000: p99", p99, 50, "at most", "ms")
    cheapest = min(
        (C_EACH, C_COALESCED), key=lambda name: book.median(at_rate, MODERATE, name, "cpu_per_million") or 1e9
    )
    for other, bound in ((cheapest, 1.25), (NODE, 0.65)):
        ratio = _ratio(book, at_rate, MODERATE, (TRANSPORT, other), "cpu_per_million")
        yield Target(
            f"transport, CPU per delivery at 60,000/s, against {other}", ratio, bound, "at most", "x", reasons.ONE_WRITE
        )
    wanted = [(THOUSAND, NODE, 10), (THOUSAND, PLAIN, 20), (HUNDRED, NODE, 8), (ROOMS, NODE, 2.5)]
    for load, other, bound in [*wanted, *((load, C_COALESCED, 0.7) for load in (HUNDRED, THOUSAND, ROOMS))]:
        ratio = _ratio(book, saturated, load, (TRANSPORT, other), "rate")
        yield Target(f"transport, saturated, {load}, against {other}", ratio, bound, "at least", "x", reasons.FAN_OUT)


def _full_app(book: Book) -> Iterator[Target]:
    pair = (STANDIN, MONGOOSE)
    for load, bound in ((THOUSAND, 5), (ROOMS, 2)):
        ratio = _ratio(book, full.SATURATION, load, pair, "rate")
        yield Target(f"full app, saturated, {load}, against {MONGOOSE}", ratio, bound, "at least", "x")
        slower = _ratio(book, full.SATURATION, load, pair, "p99")
        yield Target(f"full app, saturated, {load}, p99 against {MONGOOSE}", slower, 1, "at most", "x")
    durable = full.offered(full.PAIRS, full.DURABLE)
    acked = book.median(full.OPEN_LOOP, durable, STANDIN, "acked")
    what = "full app, acked durable messages, 200 senders"
    yield Target(what, acked, full.DURABLE * CARRIED, "at least", "/s", reasons.DURABLE)
    p99 = book.median(full.OPEN_LOOP, durable, STANDIN, "ack_p99")
    yield Target("full app, the same, p99 of the ack", p99, 20, "at most", "ms", reasons.QUEUE)
    for shape, messages in full.MODERATE.items():
        load = full.offered(shape, messages)
        slower = _ratio(book, full.OPEN_LOOP, load, pair, "p99")
        yield Target(f"full app, {load}, p99 against {MONGOOSE}", slower, 1, "at most", "x", reasons.MODERATE)


def _guards(book: Book) -> Iterator[Target]:
    kb = book.median(idle.SUITE, idle.TRANSPORT, TRANSPORT, "kb")
    yield Target("idle connection, transport", kb, 6, "at most", "kB")
    kb = book.median(idle.SUITE, idle.FULL_APP, STANDIN, "kb")
    yield Target("idle connection, full app", kb, 12, "at most", "kB")
    longest = book.median(login.SUITE, login.at_once(100), STANDIN, "longest_ms")
    yield Target("longest stall of the loop under 100 logins at once", longest, 10, "at most", "ms", reasons.LOGINS)
    for load, than in ((provider.QUIET, "one that is not asked"), (provider.THERE, "the same calls to somebody there")):
        calm, hanging = (book.median(provider.SUITE, each, STANDIN, "ack_p50") for each in (load, provider.HANGING))
        ratio = hanging / calm if calm and hanging else None
        yield Target(
            f"median ack while the provider hangs, against {than}", ratio, 1.1, "at most", "x", reasons.PROVIDER
        )
    dropped = book.median(slow.SUITE, slow.SOME, TRANSPORT, "dropped")
    yield Target("slow readers dropped", dropped, slow.SLOW, "at least", f"of {slow.SLOW}")
    calm, bothered = (book.median(slow.SUITE, load, TRANSPORT, "p99") for load in (slow.NONE, slow.SOME))
    ratio = bothered / calm if calm and bothered else None
    yield Target("p99 of the others beside slow readers, against without", ratio, 1.25, "at most", "x")
    yield Target("messages of Standin lost, doubled or out of order", _faults(book), 0, "at most")


def history_share(book: Book) -> float | None:
    """Pages of history per plain route."""
    page, plain = (book.median(history.SUITE, load, STANDIN, "per_second") for load in (history.PAGE, history.PLAIN))
    return page / plain if page and plain else None


def _ratio(book: Book, suite: str, load: str, pair: tuple[str, str], name: str) -> float | None:
    ours, theirs = (book.median(suite, load, server, name) for server in pair)
    return ours / theirs if ours is not None and theirs else None


def _faults(book: Book) -> float | None:
    names = ("gaps", "disorder", "undelivered", "unacked", "refused", "lost_connections")
    ours = [s.values for s in book.samples if s.server.startswith("Standin") and "gaps" in s.values]
    return sum(values.get(name, 0) for values in ours for name in names) if ours else None
