"""Scheduled messages and reminders with several processes, and with one that dies at the worst moment."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from subprocess import PIPE

from bson import ObjectId

from tests.chat.stored import Documents, add_room, open_database
from tests.people import Person, Socket
from tests.server import ROOT, Server, wait_for

MANY = 60


class Claimer:
    """A process that claims scheduled messages and does not come to send them."""

    def __init__(self, server: Server) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.chat.claimer", str(server.instance)],
            cwd=ROOT,
            stdin=PIPE,
            stdout=PIPE,
            text=True,
        )
        assert self._line() == "ready"

    def begin(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def claimed(self) -> list[str]:
        return list(iter(self._line, "done"))

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def _line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()


def due(documents: Documents, author: Person, room_id: str, count: int) -> list[str]:
    """Let messages of the author be due."""
    moment = datetime.now(UTC)
    one = {"user": ObjectId(author.id), "room": ObjectId(room_id), "at": moment, "state": "waiting", "claims": 0}
    documents["scheduled"].insert_many(
        {**one, "body": f"Number {number}", "client_message_id": f"due-{number}", "created_at": moment}
        for number in range(count)
    )
    return [str(found["_id"]) for found in documents["scheduled"].find({"room": ObjectId(room_id)})]


def test_two_processes_claim_each_message_once(make_server: Callable[..., Server]) -> None:
    server = make_server().start()
    ada = Person(server.url, "Ada")
    with open_database(server) as documents, ExitStack() as ending:
        claimers = [Claimer(server) for _ in range(2)]
        for claimer in claimers:
            ending.callback(claimer.kill)
        den = add_room(documents, ada)
        server.kill()
        ids = due(documents, ada, den, MANY)
        for claimer in claimers:
            claimer.begin()
        claimed = [claimer.claimed() for claimer in claimers]
        assert sorted(one for each in claimed for one in each) == sorted(ids)


def test_a_process_that_dies_between_claim_and_send_neither_loses_a_message_nor_doubles_it(
    make_server: Callable[..., Server],
) -> None:
    server = make_server().start()
    ada = Person(server.url, "Ada")
    with open_database(server) as documents:
        claimer = Claimer(server)
        den = add_room(documents, ada)
        server.kill()
        due(documents, ada, den, 3)
        claimer.begin()
        assert len(claimer.claimed()) == 3
        claimer.kill()
        # One of them it had sent already, and died before it could say so.
        stored = documents["scheduled"].find_one({"client_message_id": "due-1"})
        assert stored
        server.start()
        reader = ada.connect()
        first = reader.send(den, stored["body"], stored["client_message_id"])
        # The claims run out, sooner than they do by themselves.
        documents["scheduled"].update_many({}, {"$set": {"claimed_until": datetime.now(UTC)}})
        wait_for(lambda: documents["scheduled"].count_documents({}) == 0, "all to be sent")
        assert sorted(message["body"] for message in ada.messages(den)) == ["Number 0", "Number 1", "Number 2"]
        assert first in ada.messages(den)
        reader.close()


def test_two_servers_send_each_message_once_and_tell_each_reminder_once(make_server: Callable[..., Server]) -> None:
    first, second = make_server().start(), make_server().start()  # in one folder, so on one database
    ada = Person(first.url, "Ada")
    sockets = [ada.connect(), Socket(second.url, {"token": ada.token})]
    with open_database(first) as documents:
        den = add_room(documents, ada)
        messages = [sockets[0].send(den, f"Message {number}") for number in range(MANY)]
        one = {"user": ObjectId(ada.id), "room": ObjectId(den), "note": "", "state": "waiting"}
        moment = datetime.now(UTC)
        at = moment + timedelta(seconds=2)
        documents["reminders"].insert_many(
            {**one, "message": ObjectId(message["id"]), "at": at, "created_at": moment} for message in messages
        )
        due(documents, ada, den, MANY)
        wait_for(lambda: documents["scheduled"].count_documents({}) == 0, "all to be sent", 30)
        wait_for(lambda: documents["reminders"].count_documents({"state": "waiting"}) == 0, "all to be told", 30)
        bodies = [message["body"] for message in ada.messages(den, after=MANY, limit=100)]
        assert sorted(bodies) == sorted(f"Number {number}" for number in range(MANY))
        wait_for(lambda: len(told(sockets)) >= MANY, "the reminders to be heard")
        assert sorted(told(sockets)) == sorted(message["id"] for message in messages)
    for socket in sockets:
        socket.close()


def told(sockets: list[Socket]) -> list[str]:
    """The messages that reminders were told of; without Redis each server tells its own clients only."""
    return [
        payload["reminder"]["message"]["id"]
        for socket in sockets
        for event, payload in list(socket.heard)
        if event == "reminder:due"
    ]
