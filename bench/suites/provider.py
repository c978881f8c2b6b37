"""Sending while the provider of the stand-ins hangs: messages that call a busy member, against the same messages while
she is there, so that nobody answers for her. What it costs to call anybody is shown beside it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from bench.clients import Load, Shape, drive, figures, steady
from bench.lab import Lab
from bench.population import populate
from bench.seed import GRACE
from bench.servers import STANDIN, running

SUITE = "provider"
SHAPE = Shape("20 in a room", 1, 20, 20)
MESSAGES, SECONDS = 200, 10  # per second; long enough for bursts to end, which is when the provider is asked
QUIET, THERE = "nobody is called", "a member is called who is there"
HANGING = "she is busy, and the provider hangs"
LOADS = ((QUIET, "available", ""), (THERE, "available", f"@{GRACE} "), (HANGING, "busy", f"@{GRACE} "))


def run(lab: Lab) -> None:
    with _hanging_provider() as url:
        for _ in range(lab.effort.repetitions):
            for load, status, mention in LOADS:
                with lab.book.attempt(f"provider, {load}"):
                    _measure(lab, url, load, (status, mention))


def _measure(lab: Lab, provider: str, load: str, grace: tuple[str, str]) -> None:
    status, mention = grace
    members = populate(lab, SHAPE, "--grace", status)
    people = [member.connection_to(STANDIN) for member in members]
    phases = [steady(lab, MESSAGES, SECONDS)]
    with running(lab, STANDIN, OPENAI_API_KEY="none", OPENAI_BASE_URL=provider) as server:
        report = drive(lab, server, Load(people, phases, SHAPE.senders, ("--mention", mention)))[1]
    values = figures(report)
    if status == "busy":  # the lines that say she is away are nobody's of the load client, which takes them for faults
        del values["undelivered"], values["disorder"]
    lab.book.note(SUITE, load, STANDIN.name, values)


@contextmanager
def _hanging_provider() -> Iterator[str]:
    """Takes every connection and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(4096)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
