"""What an idle connection costs: resident memory of the server over thousands of them, in kB each."""

from __future__ import annotations

from collections.abc import Sequence

from bench.clients import Person, Shape, connected
from bench.lab import Lab
from bench.population import populate
from bench.servers import FLASK_SOCKETIO, NODE, STANDIN, STANDIN_TRANSPORT, UVICORN, Running, running

SUITE = "idle"
TRANSPORT, FULL_APP = "transport only", "full app, 250 people"
SERVERS = (FLASK_SOCKETIO, UVICORN, NODE, STANDIN_TRANSPORT)
FIRST = 250  # connections that are there already: what is loaded or made once is not counted


def run(lab: Lab) -> None:
    count = lab.effort.idle_connections
    rooms = Shape("rooms of 50", count // 50, 50, 0).people()
    for server in SERVERS:
        with lab.book.attempt(f"idle, {server.name}"), running(lab, server) as started:
            _measure(lab, TRANSPORT, started, rooms)
    # Everyone has many tabs open: each connection is told of all people, so 5,000 people would need gigabytes.
    members = populate(lab, Shape("people", 5, 50, 0))
    people = [member.connection_to(STANDIN) for member in members]
    with lab.book.attempt("idle, full app"), running(lab, STANDIN) as started:
        _measure(lab, FULL_APP, started, people * (count // len(people)))


def _measure(lab: Lab, load: str, server: Running, people: Sequence[Person]) -> None:
    with connected(lab, server, people[:FIRST]):
        before = server.resident_kb()
        with connected(lab, server, people):
            after = server.resident_kb()
    values = {"kb": (after - before) / len(people), "connections": len(people), "total_mb": after / 1024}
    lab.book.note(SUITE, load, server.server.name, values)
