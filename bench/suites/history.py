"""Pages of history over HTTP, against a Flask route that does nothing on the same worker."""

from __future__ import annotations

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

from bench.clients import Shape
from bench.lab import Lab
from bench.population import populate
from bench.servers import STANDIN, Running, running

SUITE = "history"
PAGE, PLAIN = "a page of 50 messages", "a plain Flask route"
CLIENTS = 8
SHAPE = Shape("a room of ten", 1, 10, 0)


def run(lab: Lab) -> None:
    member = populate(lab, SHAPE, "--history", "500")[0]
    headers = {"Authorization": f"Bearer {member.token}"}
    paths = {PLAIN: "/bench/plain", PAGE: f"/api/rooms/{member.room}/messages?limit=50"}
    with lab.book.attempt("history"), running(lab, STANDIN) as server:
        for _ in range(lab.effort.repetitions):
            for load, path in paths.items():
                _fetch(server, path, headers, 0.3)
                per_second = _fetch(server, path, headers, lab.effort.seconds)
                lab.book.note(SUITE, load, STANDIN.name, {"per_second": per_second})


def _fetch(server: Running, path: str, headers: dict[str, str], seconds: float) -> float:
    """Requests per second of all clients together, each on one connection that it keeps."""
    deadline = time.monotonic() + seconds
    began = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as clients:
        counts = clients.map(_client, repeat(server.port, CLIENTS), repeat(path), repeat(headers), repeat(deadline))
        total = sum(counts)
    return total / (time.monotonic() - began)


def _client(port: int, path: str, headers: dict[str, str], deadline: float) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    count = 0
    while time.monotonic() < deadline:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"{path} answered {response.status}: {body[:200]!r}")
        count += 1
    connection.close()
    return count
