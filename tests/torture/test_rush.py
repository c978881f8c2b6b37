"""Everybody at once: they come back after a fall, and many log in while others talk.

`make torture` does it with a thousand people (`STANDIN_RUSH`); a run of the tests with a few.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.chat.stored import open_database
from tests.people import PASSWORD, Person
from tests.server import Server
from tests.system.faults import kill_worker
from tests.torture.siege import Siege, memory, people, say

RUSH = int(os.environ.get("STANDIN_RUSH", "24"))
LOGINS = max(RUSH // 10, 8)
COST = "12" if RUSH > 100 else "4"

pytestmark = [pytest.mark.torture, pytest.mark.timeout(240 + RUSH)]


@pytest.fixture(scope="module")
def siege(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siege]:
    folder = tmp_path_factory.mktemp("rush")
    server = Server(folder / "instance", STANDIN_MESSAGES_A_MINUTE="0").start()
    with open_database(server) as stored:
        besieged = Siege(server, stored, people(server, stored, RUSH), folder, pause=max(2.0, RUSH / 100))
        besieged.talk_seconds = 5.0 if RUSH > 100 else 1.0
        yield besieged
        besieged.leave()
        besieged.check_all()
    server.stop()


def told(siege: Siege, what: str) -> None:
    waits = sorted(siege.waits)
    say(
        f"{what} with {RUSH} people: {len(waits)} acks took {waits[len(waits) // 2] * 1000:.0f} ms in the middle, "
        f"{waits[-1] * 1000:.0f} ms at most; all settled after {siege.settling:.1f} s; {memory(siege.server)}"
    )


def test_everybody_comes_back_at_once(siege: Siege) -> None:
    say(f"before: {memory(siege.server)}")
    if RUSH > 100:
        siege.strike("nothing", lambda _: None)
        told(siege, "talking")
    siege.strike("kill -9 of the worker", kill_worker)
    told(siege, "coming back at once")


def test_many_log_in_at_once_while_others_talk(siege: Siege) -> None:
    someone = _with_a_real_hash(siege)
    seconds: list[float] = []

    def log_in(_: int) -> int:
        began = time.monotonic()
        given = {"email": someone.email, "password": PASSWORD}
        status = requests.post(f"{siege.server.url}/users/login", json=given, timeout=120).status_code
        seconds.append(time.monotonic() - began)
        return status

    def blow(_: Server) -> None:
        with ThreadPoolExecutor(LOGINS) as pool:
            statuses.extend(pool.map(log_in, range(LOGINS)))

    statuses: list[int] = []
    siege.strike(f"{LOGINS} logins at once", blow)
    told(siege, f"{LOGINS} logins at once, each within {max(seconds):.1f} s")
    assert statuses.count(200) + statuses.count(503) == LOGINS, statuses
    assert statuses[0] == 200
    say(f"{statuses.count(200)} logins were let in, {statuses.count(503)} were asked to come again")


def _with_a_real_hash(siege: Siege) -> Person:
    """Somebody whose password takes as long as in production, in the long form."""
    if siege.server.environment["STANDIN_BCRYPT_COST"] != COST:
        siege.server.stop()
        siege.server.environment["STANDIN_BCRYPT_COST"] = COST
        siege.server.start()
    return Person(siege.server.url, "Real")
