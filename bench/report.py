"""RESULTS.md: every figure of a run, the targets with met or not met, and how to read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from bench import servers
from bench.book import Book
from bench.suites import connecting, crowd, full, history, idle, login, provider, search, slow, transport, workers
from bench.tables import count, plain, ratio, table
from bench.targets import NODE, Target, all_targets, history_share

MET = {True: "met", False: "**not met**", None: "not measured"}
DETAILS = ("p50", "p99", "p999")


def write(book: Book) -> str:
    """The whole page, in Markdown."""
    parts = [
        "# Benchmark results",
        _machine(book),
        HOW,
        "## What it must show\n\n" + _targets(all_targets(book)),
        *_shortfalls(all_targets(book)),
        *_failures(book),
        "![Deliveries at saturation, and latency at fixed rates](results.svg)",
        "## Transport only, at saturation\n\n" + SATURATION + "\n\n" + _saturation(book, transport.SATURATION, NODE),
        "## Transport only, open loop, 1,000 in a room\n\n"
        + OPEN_LOOP
        + "\n\n"
        + _open_loop(book, transport.OPEN_LOOP),
        "## The full app, at saturation\n\n"
        + FULL
        + "\n\n"
        + _saturation(book, full.SATURATION, servers.NODE_JOURNALED.name),
        "## The full app, open loop\n\n" + WHERE + "\n\n" + _full_open_loop(book),
        "## Connections\n\n" + _connections(book),
        "## Ten thousand connections\n\n" + CROWD + "\n\n" + _crowd(book),
        "## Slow readers\n\n" + SLOW + "\n\n" + _slow(book),
        "## Two workers with Redis\n\n" + WORKERS + "\n\n" + _workers(book),
        "## HTTP, logins, and a provider that hangs\n\n" + _others(book),
    ]
    return "\n\n".join(parts) + "\n"


HOW = """\
`make bench` measures all of this in one run and writes this page; `make bench ARGS=--quick` tries it out.

The server has one core, the clients another (taskset), over loopback. mongod and Redis run on the clients' core, for
every stack that uses them, so that a server's core shows the server's work only. Repetitions are interleaved and the
figures are medians. CPU is the server process's, user and system, from /proc. Bodies are of 120 bytes. One in twenty
clients, and every sender that waits for its own message, reads each frame and checks order and gaps; the others
count. In open loop, latency runs from the moment a message was *due*, whether or not it could be sent then.

**Much of the lead over Node is coalescing.** Standin writes all that one turn of its loop makes for a client at once;
under load that is many messages per write, and a write costs more than everything else about a delivery. The rows
"one write each" show the same server without it: that is what its Python costs against Node's JavaScript. At light
load nothing is coalesced, and the two rows are alike."""

SATURATION = """\
Closed loop: each sender sends its next message when its last has come back; 25 senders in a room of 100 or 1,000, 5 in
each room of 50. In brackets: times Node, and CPU seconds per million deliveries."""

OPEN_LOOP = "Rates are fixed, from 25 senders in turn. A server that falls behind is measured all the same."

FULL = """\
Standin: logged in, parsed, looked up in the membership, stored with its journal, then acknowledged and told to the
room. The peers: socket.io with mongoose saving each message, the original's stack, without logins or memberships.
Ratios are against mongoose with Standin's write concern (majority, journal); mongoose's default is beside it. On a
replica set the default (majority) waits for the journal as well, so the two differ little."""

WHERE = f"""\
What bounds durable messages a second here is two cores. mongod takes 25 to 40 µs for a message: for the document, four
indexes, the replication log and the journal, and more for the search entry a moment later. It shares its core with the
load client. The server's core does all the rest: to read and parse a message, to look up who may write, to store it
with those that came meanwhile, and to write it to its readers and its sender. docs/adr/0005-transport.md has what each
step takes, one at a time. A Python that was built with --enable-shared takes 10 to 20 % more for all of it.

A moderate load is measured for {full.MODERATE_SECONDS} s, from the end of the warm-up on: mongod makes a checkpoint
every 5 s, and what it writes then comes to everyone."""

CROWD = f"""\
On one worker, in rooms of {crowd.ROOM}: {crowd.MESSAGES} messages a second, each to one room, and the heartbeats of
all."""

SLOW = f"""\
{slow.SLOW} of 100 clients stop reading while {slow.MESSAGES} messages of {slow.BODY} bytes a second go to the room.
"dropped" is how many of them the server let go of by the end, "grown" what its memory gained."""

WORKERS = """\
The transport with two worker processes joined by Redis, against one without. On a machine with two cores both workers
share the server's core, so this shows what the way through Redis costs, not what a second core gains."""


def _machine(book: Book) -> str:
    machine = book.machine
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (
        f"{machine['when']}. {machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB, "
        f"{machine['kernel']}. Servers on core {machine['server_core']}, clients, mongod and Redis on core "
        f"{machine['client_core']}; {machine['repetitions']} repetition(s) of {machine['seconds']:g} s. {versions}."
        + _earlier(machine.get("earlier"))
    )


def _earlier(earlier: dict[str, Any] | None) -> str:
    if not earlier or not earlier["suites"]:
        return ""
    return f" Not measured again, but taken over from {earlier['when']}: {', '.join(earlier['suites'])}."


def _targets(targets: Iterable[Target]) -> str:
    rows = [
        [target.what, plain(target.value, target.unit), f"{target.sense} {plain(target.bound)}", MET[target.is_met]]
        for target in targets
    ]
    return table(["target", "measured", "wanted", ""], rows)


def _shortfalls(targets: Iterable[Target]) -> list[str]:
    """Each reason once, with the targets that it is the reason of."""
    missed: dict[str, list[str]] = {}
    for target in targets:
        if target.is_met is False:
            missed.setdefault(target.why or "Not looked into yet.", []).append(target.what)
    lines = [f"- **{'; '.join(whats)}.** {' '.join(why.split())}" for why, whats in missed.items()]
    return ["Where one falls short, this is where the time goes:\n\n" + "\n".join(lines)] if lines else []


def _failures(book: Book) -> list[str]:
    if not book.failures:
        return []
    return ["Could not be measured:\n\n" + "\n".join(f"- {' '.join(failure.split())}" for failure in book.failures)]


def _saturation(book: Book, suite: str, base: str) -> str:
    loads = book.loads(suite)
    rows = []
    for server in book.servers(suite):
        cells = [server]
        for load in loads:
            rate = book.median(suite, load, server, "rate")
            times = ratio(rate, book.median(suite, load, base, "rate"))
            cpu = plain(book.median(suite, load, server, "cpu_per_million"))
            p99 = plain(book.median(suite, load, server, "p99"))
            cells.append(f"{count(rate)} [{times}, {cpu} s], p99 {p99} ms")
        rows.append(cells)
    return table(["deliveries per second", *loads], rows)


def _open_loop(book: Book, suite: str) -> str:
    heads = ["offered", "server", "delivered/s", "p50 ms", "p99 ms", "p99.9 ms", "CPU s per million", "frames per read"]
    rows = []
    for load in sorted(book.loads(suite), key=lambda name: int(name.split()[0].replace(",", ""))):
        for server in book.servers(suite, load):
            figure = _figures(book, suite, load, server)
            rows.append([load, server, count(figure("rate")), *map(plain, map(figure, DETAILS))])
            rows[-1] += [plain(figure("cpu_per_million")), plain(figure("per_read"))]
    return table(heads, rows)


def _full_open_loop(book: Book) -> str:
    heads = ["load", "server", "acked/s", "ack p50 ms", "ack p99 ms", "delivered/s", "p50 ms", "p99 ms", "server CPU"]
    rows = []
    for load in book.loads(full.OPEN_LOOP):
        for server in book.servers(full.OPEN_LOOP, load):
            figure = _figures(book, full.OPEN_LOOP, load, server)
            acks = [count(figure("acked")), plain(figure("ack_p50")), plain(figure("ack_p99"))]
            rows.append([load, server, *acks, count(figure("rate")), plain(figure("p50")), plain(figure("p99"))])
            rows[-1].append(_share(figure("server_busy")))
    return table(heads, rows)


def _connections(book: Book) -> str:
    rows = [
        [load, server, count(book.median(connecting.SUITE, load, server, "per_second")), "", ""]
        for load in book.loads(connecting.SUITE)
        for server in book.servers(connecting.SUITE, load)
    ]
    for load in book.loads(idle.SUITE):
        for server in book.servers(idle.SUITE, load):
            figure = _figures(book, idle.SUITE, load, server)
            rows.append([f"{figure('connections'):,.0f} idle, {load}", server, ""])
            rows[-1] += [plain(figure("kb")), plain(figure("total_mb"))]
    return table(["load", "server", "connected/s", "kB each", "server MB"], rows)


def _crowd(book: Book) -> str:
    rows = []
    for server in book.servers(crowd.SUITE):
        for load in book.loads(crowd.SUITE):
            figure = _figures(book, crowd.SUITE, load, server)
            cells = [f"{figure('connections') or 0:,.0f}", count(figure("per_second"))]
            cells += [
                plain(figure("p50")),
                plain(figure("p99")),
                _share(figure("server_busy")),
                plain(figure("total_mb")),
            ]
            rows.append([server, *cells])
    return table(["server", "connections", "connected/s", "p50 ms", "p99 ms", "server CPU", "server MB"], rows)


def _slow(book: Book) -> str:
    rows = []
    for server in book.servers(slow.SUITE):
        for load in book.loads(slow.SUITE):
            figure = _figures(book, slow.SUITE, load, server)
            cells = [plain(figure(name)) for name in ("p50", "p99", "max", "dropped", "grown_mb")]
            rows.append([server, load, *cells])
    return table(["server", "load", "p50 ms", "p99 ms", "max ms", "dropped", "grown MB"], rows)


def _workers(book: Book) -> str:
    rows = []
    for load in book.loads(workers.SUITE):
        for server in book.servers(workers.SUITE, load):
            figure = _figures(book, workers.SUITE, load, server)
            cells = [
                count(figure("rate")),
                plain(figure("p50")),
                plain(figure("p99")),
                plain(figure("cpu_per_million")),
            ]
            rows.append([load, server, *cells])
    return table(["load", "server", "delivered/s", "p50 ms", "p99 ms", "CPU s per million"], rows)


def _others(book: Book) -> str:
    name = servers.STANDIN.name
    rows = []
    for load in book.loads(history.SUITE):
        per_second = book.median(history.SUITE, load, name, "per_second")
        rows.append([f"GET, {load}", f"{count(per_second)} requests/s"])
    rows.append(["a page of history, against the plain route", plain(history_share(book), "x")])
    for load in book.loads(login.SUITE):
        figure = _figures(book, login.SUITE, load, name)
        rows.append([f"longest stall of the loop, {load}", plain(figure("longest_ms"), "ms")])
        if per_second := figure("per_second"):
            rows.append([f"{load}: logins", f"{per_second:.1f}/s"])
    for load in book.loads(provider.SUITE):
        figure = _figures(book, provider.SUITE, load, name)
        rows.append([f"ack, {load}", f"p50 {plain(figure('ack_p50'))} ms, p99 {plain(figure('ack_p99'))} ms"])
    for load in book.loads(search.SUITE):
        figure = _figures(book, search.SUITE, load, name)
        if per_second := figure("per_second"):
            rows.append([f"{load} for search", f"{count(per_second)} messages/s"])
        elif longest := figure("longest_ms"):
            rows.append([load, plain(longest, "ms")])
        else:
            rows.append([f"search: {load}", f"p50 {plain(figure('p50'))} ms, p99 {plain(figure('p99'))} ms"])
    return table(["what", "measured"], rows)


def _figures(book: Book, suite: str, load: str, server: str) -> Callable[[str], float | None]:
    return lambda name: book.median(suite, load, server, name)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"
