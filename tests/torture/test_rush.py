"""Everybody at once: they come back after a fall, many log in while others talk, and some only want to hold them up.

`make torture` does it with a thousand people (`STANDIN_RUSH`); a run of the tests with a few.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.chat.stored import add_room, open_database
from tests.chat.test_backups import flask, whole_room
from tests.chat.test_cli import log_in
from tests.people import PASSWORD, Person
from tests.server import Server
from tests.system.faults import kill_worker
from tests.torture.hostile import never_read, trickle_a_body, trickle_a_frame, trickle_a_head
from tests.torture.siege import A_ROOM, Siege, memories, people, say

RUSH = int(os.environ.get("STANDIN_RUSH", "24"))
LOGINS = max(RUSH // 10, 8)
IS_LONG = RUSH > 100
COST = "12" if IS_LONG else "4"
HOSTILE = max(RUSH // 20, 2)  # of each kind
SENT_AWAY = (never_read, trickle_a_head, trickle_a_body, trickle_a_frame) if IS_LONG else (never_read, trickle_a_head)
HOLD_SECONDS = 90.0  # at most: the longest that the server takes is an interval and a timeout of its pings, 45 s

pytestmark = [pytest.mark.torture, pytest.mark.timeout(240 + RUSH)]


@pytest.fixture(scope="module")
def siege(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siege]:
    folder = tmp_path_factory.mktemp("rush")
    server = Server(folder / "instance", STANDIN_MESSAGES_A_MINUTE="0").start()
    with open_database(server) as stored:
        besieged = Siege(server, stored, people(server, stored, RUSH), folder, pause=max(2.0, RUSH / 100))
        besieged.talk_seconds = 5.0 if IS_LONG else 1.0
        yield besieged
        besieged.leave()
        besieged.check_all()
    server.stop()


def told(siege: Siege, what: str) -> None:
    waits = sorted(acked - sent for sent, acked in siege.acks)
    say(
        f"{what} with {RUSH} people: {len(waits)} acks took {waits[len(waits) // 2] * 1000:.0f} ms in the middle, "
        f"{waits[-1] * 1000:.0f} ms at most; all settled after {siege.settling:.1f} s; {memories(siege.server)}"
    )


def test_everybody_comes_back_at_once(siege: Siege) -> None:
    say(f"before: {memories(siege.server)}")
    if IS_LONG:
        siege.strike("nothing", lambda _: None)
        told(siege, "talking")
    siege.strike("kill -9 of the worker", kill_worker)
    told(siege, "coming back at once")


def test_a_backup_taken_while_everybody_talks_goes_on_elsewhere_from_one_moment(siege: Siege, tmp_path: Path) -> None:
    promised, backup = set(siege.promises), tmp_path / "standin.backup"

    def blow(server: Server) -> None:
        began = time.monotonic()
        done = flask(server.instance, "backup", backup)
        assert done.returncode == 0, done.stderr
        say(f"a backup of {backup.stat().st_size / 1e6:.1f} MB took {time.monotonic() - began:.1f} s")

    siege.strike("a backup", blow)
    told(siege, "a backup")
    other = Server(tmp_path / "other")
    done = flask(other.instance, "restore", backup)
    assert done.returncode == 0, done.stderr
    other.start()
    try:
        kept = _restored_as_seen(siege, other)
    finally:
        other.stop()
    assert promised <= kept
    say(f"of {len(siege.promises)} messages, {len(promised)} of them promised before it began, it holds {len(kept)}")


def _restored_as_seen(siege: Siege, other: Server) -> set[str]:
    """Compare what one of each room sees there with what they see here; the keys of all that is there."""
    kept: set[str] = set()
    for given in siege.people[::A_ROOM]:
        here, there = (Person.__new__(Person) for _ in range(2))
        for person, server in ((here, siege.server), (there, other)):
            person.email = given["email"]
            log_in(person, server)
        after, now = (whole_room(person, given["room_id"]) for person in (there, here))
        assert after == now[: len(after)]
        kept |= {message["client_message_id"] for message in after}
    return kept


def test_who_never_reads_and_who_trickles_holds_up_nobody(siege: Siege) -> None:
    mallory = Person(siege.server.url, "Mallory")
    room_id = add_room(siege.stored, mallory)
    writing = mallory.connect()
    for number in range(30):
        writing.send(room_id, f"{number} " * 2000, f"hostile-{number}")
    writing.close()
    ends: dict[str, list[str]] = {}

    def blow(server: Server) -> None:
        with ThreadPoolExecutor(HOSTILE * len(SENT_AWAY)) as pool:
            running = {
                kind.__name__: [
                    pool.submit(kind, server.url, mallory.token, room_id, HOLD_SECONDS) for _ in range(HOSTILE)
                ]
                for kind in SENT_AWAY
            }
            ends.update({name: [one.result() for one in every] for name, every in running.items()})

    siege.strike("hostile clients", blow)
    told(siege, f"{HOSTILE} each who {', '.join(ends)}".replace("_", " "))
    assert {name: set(every) for name, every in ends.items()} == {kind.__name__: {"sent away"} for kind in SENT_AWAY}


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
    """Somebody whose password takes as long as in production, in the long form; everybody is back from the restart."""
    if siege.server.environment["STANDIN_BCRYPT_COST"] != COST:
        siege.server.stop()
        siege.server.environment["STANDIN_BCRYPT_COST"] = COST
        siege.server.start()
        siege.strike("a restart", lambda _: None)
    return Person(siege.server.url, "Real")
