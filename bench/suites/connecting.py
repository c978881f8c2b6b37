"""How many clients per second can connect, 64 at once: TCP, handshake, Engine.IO, namespace, room."""

from __future__ import annotations

from bench.clients import Load, Shape, drive
from bench.lab import Lab
from bench.servers import C_EACH, FLASK_SOCKETIO, NODE, STANDIN_TRANSPORT, UVICORN, running

SUITE = "connecting"
SERVERS = (FLASK_SOCKETIO, UVICORN, NODE, C_EACH, STANDIN_TRANSPORT)


def run(lab: Lab) -> None:
    shape = Shape("rooms of 50", lab.effort.connects // 50, 50, 0)
    for _ in range(lab.effort.repetitions):
        for server in SERVERS:
            with lab.book.attempt(f"connecting, {server.name}"), running(lab, server) as started:
                report = drive(lab, started, Load(shape.people()))[0]
                per_second = {"per_second": report["connections"] / report["seconds"]}
                lab.book.note(SUITE, "transport, rooms of 50", server.name, per_second)
