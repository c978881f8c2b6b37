"""Sending while the provider of the stand-ins hangs: messages that call a busy member, against messages that do not."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from bench.clients import Load, Shape, drive, figures, steady
from bench.lab import Lab
from bench.population import populate
from bench.seed import BUSY_NAME
from bench.servers import STANDIN, running

SUITE = "provider"
SHAPE = Shape("20 in a room", 1, 20, 20)
MESSAGES = 200  # per second
QUIET, HANGING = "nobody is called", "a busy member is called, the provider hangs"


def run(lab: Lab) -> None:
    with _hanging_provider() as url:
        for _ in range(lab.effort.repetitions):
            for load, mention in ((QUIET, ""), (HANGING, f"@{BUSY_NAME} ")):
                with lab.book.attempt(f"provider, {load}"):
                    _measure(lab, url, load, mention)


def _measure(lab: Lab, provider: str, load: str, mention: str) -> None:
    members = populate(lab, SHAPE, "--busy")
    people = [member.connection_to(STANDIN) for member in members]
    phases = [steady(lab, MESSAGES)]
    with running(lab, STANDIN, OPENAI_API_KEY="none", OPENAI_BASE_URL=provider) as server:
        report = drive(lab, server, Load(people, phases, SHAPE.senders, ("--mention", mention)))[1]
    lab.book.note(SUITE, load, STANDIN.name, figures(report))


@contextmanager
def _hanging_provider() -> Iterator[str]:
    """Takes every connection and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(4096)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
