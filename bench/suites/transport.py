"""Fan-out alone: nothing is stored, nobody logs in. At saturation, and in open loop at fixed rates."""

from __future__ import annotations

from bench.clients import Load, Shape, drive, figures, saturate, steady
from bench.lab import Lab
from bench.servers import (
    C_COALESCED,
    C_EACH,
    FLASK_SOCKETIO,
    NODE,
    STANDIN_ONE_WRITE,
    STANDIN_TRANSPORT,
    UVICORN,
    Running,
    Server,
    running,
)

SATURATION, OPEN_LOOP = "saturation", "open loop"

HUNDRED = Shape("100 in a room", 1, 100, 25)
THOUSAND = Shape("1,000 in a room", 1, 1000, 25)
ROOMS = Shape("20 rooms of 50", 20, 50, 100)
SHAPES = (HUNDRED, THOUSAND, ROOMS)

# Deliveries per second offered to 1,000 in a room; about as far as each server gets.
OFFERED: dict[Server, tuple[int, ...]] = {
    FLASK_SOCKETIO: (30_000, 60_000),
    UVICORN: (15_000,),
    NODE: (30_000, 60_000, 80_000),
    C_EACH: (60_000, 120_000),
    STANDIN_ONE_WRITE: (60_000, 120_000),
    C_COALESCED: (60_000, 250_000, 1_000_000, 1_500_000),
    STANDIN_TRANSPORT: (60_000, 250_000, 1_000_000, 1_500_000),
}


def offered(rate: int) -> str:
    """The name of an open-loop load."""
    return f"{rate:,} deliveries/s"


def run(lab: Lab) -> None:
    for _ in range(lab.effort.repetitions):
        for server in OFFERED:
            with lab.book.attempt(f"transport, {server.name}"), running(lab, server) as started:
                for shape in SHAPES:
                    _measure(lab, started, shape)


def _measure(lab: Lab, server: Running, shape: Shape) -> None:
    rates = OFFERED[server.server] if shape is THOUSAND else ()
    phases = [*(steady(lab, rate / shape.members) for rate in rates), saturate(lab)]
    reports = drive(lab, server, Load(shape.people(), phases, shape.senders))[1:]
    for rate, report in zip(rates, reports, strict=False):
        lab.book.note(OPEN_LOOP, offered(rate), server.server.name, figures(report))
    lab.book.note(SATURATION, shape.name, server.server.name, figures(reports[-1]))
