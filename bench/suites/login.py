"""Many logins at once: bcrypt computes for a third of a second each, and the event loop must not notice."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from bench.clients import Shape
from bench.lab import Lab
from bench.population import populate
from bench.servers import STANDIN, Running, running

SUITE = "login"
PASSWORD = "correct horse battery staple"  # noqa: S105 - of people who live for a minute
SETTLE_SECONDS = 2
IDLE = "nothing else"


def at_once(count: int) -> str:
    """The name of the load."""
    return f"{count} logins at once"


def run(lab: Lab) -> None:
    count = lab.effort.logins
    members = populate(lab, Shape("people", 1, count, 0), "--password", PASSWORD)
    with lab.book.attempt("login"), running(lab, STANDIN) as server:
        longest_stall(server)
        time.sleep(SETTLE_SECONDS)
        lab.book.note(SUITE, IDLE, STANDIN.name, {"longest_ms": longest_stall(server)})
        began = time.monotonic()
        _log_in(server, [member.email for member in members])
        values = {"longest_ms": longest_stall(server), "per_second": count / (time.monotonic() - began)}
        lab.book.note(SUITE, at_once(count), STANDIN.name, values)


def longest_stall(server: Running) -> float:
    """The longest stall of the loop since this was asked for last, in ms."""
    with urllib.request.urlopen(f"{server.url}/bench/stall", timeout=60) as answer:
        return float(json.load(answer)["longest_ms"])


def _log_in(server: Running, emails: Iterable[str]) -> None:
    def log_in(email: str) -> None:
        body = json.dumps({"email": email, "password": PASSWORD}).encode()
        request = urllib.request.Request(f"{server.url}/users/login", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=300) as answer:
            answer.read()

    addresses = list(emails)
    with ThreadPoolExecutor(len(addresses)) as people:
        list(people.map(log_in, addresses))
