"""People talk, come, go, edit, search, upload, log in and ask a stand-in, for an hour: memory stays where it is.

`make torture` gives it an hour (`STANDIN_SOAK`, in seconds); a run of the tests a few rounds, which show that all of
this works beside a crowd and say nothing of memory.
"""

from __future__ import annotations

import itertools
import os
import statistics
import time
from collections.abc import Iterator

import pytest

from tests.ai_provider import start_provider
from tests.chat.busy import reply, set_status, set_up
from tests.chat.rooms import made
from tests.chat.stored import open_database
from tests.chat.test_cli import log_in
from tests.people import Person, Socket
from tests.server import Server, wait_for
from tests.system.faults import workers
from tests.torture.siege import Siege, memory, mongods, people, say

SECONDS = float(os.environ.get("STANDIN_SOAK", "3"))
IS_LONG = SECONDS >= 600
PEOPLE = 60 if IS_LONG else 12
ROUNDS = 6 if IS_LONG else 2  # of errands between two reckonings
ASKERS = 6 if IS_LONG else 2  # a stand-in answers nobody more than ten times in ten minutes
REST_SECONDS = 8.0 if IS_LONG else 0.0
DRIFT = 0.05


@pytest.fixture(scope="module")
def siege(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siege]:
    folder = tmp_path_factory.mktemp("soak")
    provider = start_provider([{"match": {}, "response": {"content": "Out until three."}}])
    environment = {
        "OPENAI_API_KEY": "sk-test",
        "OPENAI_BASE_URL": provider.base_url,
        "STANDIN_MESSAGES_A_MINUTE": "0",
        "STANDIN_REPLIES_A_DAY": "1000000",
        "STANDIN_TOKENS_A_DAY": "1000000000",
    }
    server = Server(folder / "instance", **environment).start()
    with open_database(server) as stored:
        besieged = Siege(server, stored, people(server, stored, PEOPLE), folder, pause=4.0 if IS_LONG else 2.0)
        try:
            yield besieged
        finally:
            besieged.leave()
            provider.stop()
        besieged.check_all()
    server.stop()


class Errands:
    """What one does besides talking. Each round is all of it, by one of a few people, in a room that ends with it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._askers = itertools.cycle([Person(server.url, f"Ada {number}") for number in range(ASKERS)])
        self._busy = Person(server.url, "Grace")
        set_up(self._busy, notes="Out until three.")
        socket = self._busy.connect()
        set_status(socket, "busy")
        socket.close()
        self._numbers = itertools.count(1)

    def round(self) -> None:
        """As on a new device, in a session of its own."""
        ada, number = next(self._askers), next(self._numbers)
        log_in(ada, self._server)
        socket = ada.connect()
        room_id = made(socket, "closed", f"Round {number}", self._busy)
        self._write(socket, room_id, number)
        self._send_a_file(ada, socket, room_id)
        asked = {"q": f"mended{number}"}
        wait_for(lambda: ada.get("/api/search", params=asked).json()["results"], "what was written to be found")
        assert ada.get(f"/rooms/{room_id}").status_code == 200
        socket.send(room_id, "@Grace are you there?")
        assert reply(socket, room_id)["body"] == "Out until three."
        assert socket.call("room:archive", {"room_id": room_id, "archived": True})["ok"]
        socket.close()
        assert ada.write("POST", "/users/logout").ok

    def _write(self, socket: Socket, room_id: str, number: int) -> None:
        said = socket.send(room_id, f"Round {number} of the soak")
        for event, change in (
            ("message:edit", {"body": f"Round {number}, mended{number}"}),
            ("message:react", {"emoji": "\N{THUMBS UP SIGN}", "on": True}),
            ("message:pin", {"on": True}),
        ):
            assert socket.call(event, {"message_id": said["id"], **change})["ok"]

    def _send_a_file(self, ada: Person, socket: Socket, room_id: str) -> None:
        upload = ada.write("POST", "/api/files", files={"file": ("plan.txt", b"x" * 50_000, "text/plain")})
        assert upload.status_code == 201, upload.text
        file = upload.json()["file"]
        sent = {"room_id": room_id, "client_message_id": file["id"], "file_ids": [file["id"]]}
        assert socket.call("message:send", sent)["ok"]
        assert len(ada.get(file["url"]).content) == 50_000


@pytest.mark.torture
@pytest.mark.timeout(120 + SECONDS * 1.5)
def test_memory_stays_where_it_is(siege: Siege) -> None:
    errands = Errands(siege.server)
    began, rounds = time.monotonic(), 0
    used: list[tuple[float, float, float]] = []
    siege.go()
    while time.monotonic() < began + SECONDS or rounds < ROUNDS:
        errands.round()
        rounds += 1
        used.append((time.monotonic() - began, memory(workers(siege.server)), memory(mongods(siege.server))))
        if rounds % ROUNDS == 0:
            assert siege.reckon(f"round {rounds}") > 0
            say(f"{rounds} rounds, {len(siege.promises)} messages; {used[-1][1]:.1f} and {used[-1][2]:.1f} MB")
            siege.go()
        time.sleep(REST_SECONDS)
    siege.reckon("the end")
    worker, mongod = (drift([(moment, one[part]) for moment, *one in used]) for part in (0, 1))
    say(
        f"{SECONDS / 60:.0f} minutes, {PEOPLE} people, {rounds} rounds, {len(siege.promises)} messages; memory in the "
        f"last tenth against the second: worker {worker:+.1%}, mongod {mongod:+.1%}"
    )
    assert worker < DRIFT or not IS_LONG


def drift(used: list[tuple[float, float]]) -> float:
    """By how much the last tenth of the time had more than the second."""
    end = used[-1][0]
    second = statistics.median([one for moment, one in used if end / 10 <= moment <= end / 5] or [used[0][1]])
    last = statistics.median([one for moment, one in used if moment >= end * 0.9])
    return last / second - 1


def test_drift_is_of_the_last_tenth_against_the_second() -> None:
    assert drift([(float(moment), 100.0 + moment) for moment in range(101)]) == pytest.approx(195 / 115 - 1)
    assert drift([(0.5, 100.0), (1.0, 110.0)]) == pytest.approx(0.1)
