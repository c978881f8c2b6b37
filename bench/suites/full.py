"""The full app: authenticated, each message stored with its journal before it is acknowledged and told to the room."""

from __future__ import annotations

from bench.clients import Load, Shape, drive, figures, saturate, steady
from bench.lab import Lab
from bench.population import populate
from bench.servers import NODE_DEFAULT, NODE_JOURNALED, STANDIN, STANDIN_FULL_ONE_WRITE, Server, running

SATURATION, OPEN_LOOP = "full app, saturation", "full app, open loop"

THOUSAND = Shape("1,000 in a room", 1, 1000, 25)
ROOMS = Shape("20 rooms of 50", 20, 50, 100)
PAIRS = Shape("100 rooms of two", 100, 2, 200)

# Messages per second that every server is offered: moderate loads, which all of them carry.
MODERATE = {THOUSAND: 20, ROOMS: 400, PAIRS: 1000}
WARM_UP = "saturate:1:1"  # opens the connections to the database: 100 of them, each with a login
# Longer than mongod takes from one checkpoint to the next: else some servers would have one in it, and some none.
MODERATE_SECONDS = 6
DURABLE = 20_000  # acknowledged messages per second, from 200 senders, which only Standin is asked for

COMPARED = (NODE_JOURNALED, STANDIN)
BESIDE = (NODE_DEFAULT, STANDIN_FULL_ONE_WRITE)  # of which no target speaks: measured once


def offered(shape: Shape, messages: int) -> str:
    """The name of an open-loop load."""
    return f"{shape.name}, {messages:,} messages/s"


def run(lab: Lab) -> None:
    for repetition in range(lab.effort.full_repetitions):
        for shape in MODERATE:
            for server in COMPARED if repetition else COMPARED + BESIDE:
                with lab.book.attempt(f"full app, {shape.name}, {server.name}"):
                    _measure(lab, server, shape)


def _measure(lab: Lab, server: Server, shape: Shape) -> None:
    moderate = MODERATE[shape]
    phases = [WARM_UP, steady(lab, moderate, MODERATE_SECONDS), saturate(lab)]
    if shape is PAIRS and server is STANDIN:  # last: a server that falls behind would not be done with it
        phases.append(steady(lab, DURABLE))
    members = populate(lab, shape)
    with running(lab, server) as started:
        people = [member.connection_to(server) for member in members]
        connecting, _, at_rate, saturated, *durable = drive(lab, started, Load(people, phases, shape.senders))
    per_second = {"per_second": connecting["connections"] / connecting["seconds"]}
    lab.book.note("connecting", f"full app, {shape.name}", server.name, per_second)
    lab.book.note(OPEN_LOOP, offered(shape, moderate), server.name, figures(at_rate))
    lab.book.note(SATURATION, shape.name, server.name, figures(saturated))
    for report in durable:
        lab.book.note(OPEN_LOOP, offered(shape, DURABLE), server.name, figures(report))
