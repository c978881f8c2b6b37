"""Hundreds of people in one process of their own, told what to do by lines on its standard input.

`settle` makes them say no more and answers with what each was promised and sees, once everything is acknowledged and
everyone is up to date, or after `PATIENCE`; `go` makes them forget that and talk again. Answers are lines of JSON.
Run by `python -m gevent.monkey --module tests.torture.crowd FILE`.
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import gevent

from tests.torture.client import Client

PATIENCE = 60.0


class Crowd:
    """All of them, and whether they talk: each every `pause` seconds, about."""

    def __init__(self, people: list[dict[str, str]], url: str, pause: float) -> None:
        self._pause = pause
        self.clients = [Client(url, **person) for person in people]
        self.is_talking = False

    def start(self) -> None:
        for client in self.clients:
            client.start()
            gevent.spawn(self._chatter, client)

    def settle(self) -> dict[str, Any]:
        """How long it took until all had what they wanted; and who they are, what they have, what they see."""
        self.is_talking = False
        began = time.monotonic()
        while not all(client.is_settled for client in self.clients) and time.monotonic() < began + PATIENCE:
            gevent.sleep(0.05)
        unsettled = [client.name for client in self.clients if not client.is_settled]
        gevent.joinall([gevent.spawn(client.catch_up) for client in self.clients if client.is_settled], PATIENCE)
        return {
            "seconds": time.monotonic() - began,
            "unsettled": unsettled,
            "clients": [_told(c) for c in self.clients],
        }

    def go(self) -> None:
        for client in self.clients:
            client.turn_the_page()
        self.is_talking = True

    def _chatter(self, client: Client) -> None:
        while True:
            gevent.sleep(random.uniform(0.25, 2.0) * self._pause)
            if self.is_talking:
                client.say()


def _told(client: Client) -> dict[str, Any]:
    return {
        "name": client.name,
        "room_id": client.room_id,
        "said": client.said,
        "acked": client.acked,
        "view": client.view(),
        "faults": client.faults,
        "connects": client.connects,
        "acks": client.acks,
    }


def main() -> None:
    given = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    crowd = Crowd(**given)
    crowd.start()
    # In a thread of its own: here it would hold up everybody while it waits.
    while line := gevent.get_hub().threadpool.apply(sys.stdin.readline):
        answer = crowd.settle() if line == "settle\n" else crowd.go()
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
