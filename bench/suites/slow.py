"""Clients that do not read: what they do to the others' latency, and to the server's memory."""

from __future__ import annotations

from bench.clients import Load, Shape, drive, figures, steady
from bench.lab import Lab
from bench.servers import FLASK_SOCKETIO, NODE, STANDIN_TRANSPORT, Server, running

SUITE = "slow readers"
SHAPE = Shape("100 in a room", 1, 100, 25)
MESSAGES, BODY = 300, 2000  # per second; bytes: enough to fill what the kernel keeps in a few seconds
SLOW = 10
SERVERS = (FLASK_SOCKETIO, NODE, STANDIN_TRANSPORT)
NONE, SOME = "all read", f"{SLOW} of 100 do not read"


def run(lab: Lab) -> None:
    for server in SERVERS:
        for load, slow in ((NONE, 0), (SOME, SLOW)):
            with lab.book.attempt(f"slow readers, {server.name}"):
                _measure(lab, server, load, slow)


def _measure(lab: Lab, server: Server, load: str, slow: int) -> None:
    options = ("--body", str(BODY), "--slow", str(slow))
    phases = [steady(lab, MESSAGES, lab.effort.slow_seconds if slow else None), "slow"]
    with running(lab, server) as started:
        before = started.resident_kb()
        _, report, dropped = drive(lab, started, Load(SHAPE.people(), phases, SHAPE.senders, options))
        grown = started.resident_kb() - before
    lab.book.note(SUITE, load, server.name, figures(report) | {"dropped": dropped["dropped"], "grown_mb": grown / 1024})
