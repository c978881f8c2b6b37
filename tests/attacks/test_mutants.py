"""Mutated input never ends a worker, never ends in an error of ours, and is noticed by nobody else.

`STANDIN_MUTANTS=10000` sends as many as one likes; the figures of a long run are in docs/security.md.
"""

from __future__ import annotations

import os
import re
import threading
import time
from pathlib import Path

import pytest

from tests.attacks.mutants import mutants, send
from tests.attacks.watched_server import stalls
from tests.people import Person
from tests.report import report
from tests.server import Server

COUNT = int(os.environ.get("STANDIN_MUTANTS", "200"))


class Bystander(threading.Thread):
    """Somebody who chats meanwhile, and remembers the longest they had to wait for an answer."""

    def __init__(self, person: Person) -> None:
        super().__init__(daemon=True)
        self._socket = person.connect()
        self._over = threading.Event()
        self.asked = 0
        self.waits: list[float] = []

    def run(self) -> None:
        while not self._over.wait(0.01):
            began = time.perf_counter()
            assert self._socket.call("presence:active", {})["ok"]
            self.waits.append(time.perf_counter() - began)
            self.asked += 1

    def leave(self) -> bool:
        """Whether they were served to the end."""
        self._over.set()
        self.join()
        is_served = self._socket.client.connected and bool(self._socket.call("presence:active", {})["ok"])
        self._socket.close()
        return is_served


def workers(server: Server) -> str:
    assert server.process is not None
    pid = server.process.pid
    return Path(f"/proc/{pid}/task/{pid}/children").read_text()


@pytest.mark.torture
@pytest.mark.timeout(120 + COUNT // 10)
def test_mutated_requests_frames_and_packets_harm_nobody(attacked: Server) -> None:
    mallory, bystander = Person(attacked.url, "Mallory"), Bystander(Person(attacked.url, "Grace"))
    before, noted = workers(attacked), len(stalls(attacked.instance))
    bystander.start()
    upgraded = closed = errors = 0
    for mutant in mutants(7, COUNT, mallory.token, mallory.lobby()):
        came = send(mutant, attacked.url)
        upgraded += b" 101 " in came[:20]
        closed += b"\x88" in came
        errors += bool(re.match(rb"HTTP/1.1 5\d\d", came))
    assert bystander.leave()
    assert errors == 0
    assert workers(attacked) == before
    assert "Traceback" not in attacked.read_log()
    assert upgraded > COUNT / 2
    assert closed > COUNT / 10
    longest = max(bystander.waits) * 1000
    held_up = [stall.held_up * 1000 for stall in stalls(attacked.instance, noted)]
    computing = max(stall.computing * 1000 for stall in stalls(attacked.instance, noted))
    report(
        f"{COUNT} mutants: {upgraded} upgraded, {closed} closed by the server, {errors} errors of ours; "
        f"{bystander.asked} calls of a bystander took at most {longest:.0f} ms; "
        f"the loop was held up for at most {max(held_up):.0f} ms, of which it computed at most {computing:.0f} ms; "
        f"for more than 50 ms in {sum(one > 50 for one in held_up)} of {len(held_up)} quarters of a second"
    )
