"""Ten thousand connections on one worker: how it bears them, and what a message that a few of them get takes then."""

from __future__ import annotations

from bench.clients import Load, Shape, drive, figures, steady
from bench.lab import Lab
from bench.servers import NODE, STANDIN_TRANSPORT, running

SUITE = "crowd"
ROOM, MESSAGES = 50, 20  # members of each room; messages a second, each to one room
SERVERS = (NODE, STANDIN_TRANSPORT)


def run(lab: Lab) -> None:
    shape = Shape("rooms", lab.effort.crowd // ROOM, ROOM, MESSAGES)
    seconds = lab.effort.crowd_seconds  # long enough for heartbeats
    for server in SERVERS:
        with lab.book.attempt(f"crowd, {server.name}"), running(lab, server) as started:
            load = Load(shape.people(), [steady(lab, MESSAGES, seconds)], shape.senders)
            connecting, calm = drive(lab, started, load)
            values = {
                **figures(calm),
                "connections": connecting["connections"],
                "per_second": connecting["connections"] / connecting["seconds"],
                "total_mb": started.resident_kb() / 1024,
            }
            lab.book.note(SUITE, f"rooms of {ROOM}, {MESSAGES} messages/s", server.name, values)
