"""The order of a room: no hole, no place twice, and everyone sees the same."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from subprocess import PIPE
from typing import Any

import gevent
import pytest
import websocket
from bson import ObjectId
from flask import Flask
from pymongo.database import Database
from pymongo.errors import AutoReconnect
from pymongo.write_concern import WriteConcern

from app.auth.models import now
from app.chat import message_log, places
from app.chat.documents import StoredMessage
from app.chat.models import Message
from config import Settings
from tests.chat.stored import Connect, Documents, MakeRoom
from tests.people import Person, Socket
from tests.server import ROOT, wait_for

WIRE = "/socket.io/?EIO=4&transport=websocket"


def draft(room: ObjectId, **changes: Any) -> StoredMessage:
    message: StoredMessage = {
        "_id": ObjectId(),
        "room": room,
        "seq": 0,
        "changes": [],
        "sender": ObjectId(),
        "origin": "person",
        "on_behalf_of": None,
        "body": "Hello",
        "client_message_id": "key",
        "socket_id": None,
        "created_at": now(),
    }
    return {**message, **changes}  # type: ignore[typeddict-item]


def heard_seqs(socket: Socket, room_id: str) -> list[int]:
    messages = [payload["message"] for event, payload in list(socket.heard) if event == "message:created"]
    return [message["seq"] for message in messages if message["room_id"] == room_id]


def seqs_on_the_wire(someone: Person, room_id: str) -> Iterator[int]:
    """0 when the connection is let in, then the seq of each message of the room as it comes."""
    for packet in packets(someone):
        event, payload = json.loads(packet.removeprefix("42/chat,"))
        if event == "session:ready":
            yield 0
        elif event == "message:created" and payload["message"]["room_id"] == room_id:
            yield payload["message"]["seq"]


def packets(someone: Person) -> Iterator[str]:
    """The events of the namespace as they come over the wire."""
    wire = websocket.create_connection(f"{someone.url.replace('http', 'ws')}{WIRE}", timeout=20)
    try:
        wire.send(f"40/chat,{json.dumps({'token': someone.token})}")
        while True:
            packet = str(wire.recv())
            if packet == "2":
                wire.send("3")
            elif packet.startswith("42/chat,"):
                yield packet
    finally:
        wire.close()


def test_fifty_senders_at_once_get_one_order_without_holes_that_everyone_hears(
    ada: Person, bob: Person, eve: Person, room: MakeRoom, online: Connect
) -> None:
    den = room(ada, bob, eve)
    sockets = [online(someone) for someone in (ada, bob, eve, ada, bob) for _ in range(10)]
    witness = seqs_on_the_wire(ada, den)
    assert next(witness) == 0
    together = threading.Barrier(len(sockets))
    acked: dict[int, list[int]] = {}

    def talk(index: int) -> None:
        together.wait()
        acked[index] = [sockets[index].send(den, f"Message {number}")["seq"] for number in range(4)]

    threads = [threading.Thread(target=talk, args=[index]) for index in range(len(sockets))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = list(range(1, 201))
    assert sorted(seq for seqs in acked.values() for seq in seqs) == everything
    assert all(seqs == sorted(seqs) for seqs in acked.values())
    for socket in sockets:
        wait_for(lambda socket=socket: len(heard_seqs(socket, den)) >= 200, "everybody to hear everything")
        assert sorted(heard_seqs(socket, den)) == everything
    # The client library hands each packet to a thread of its own, so what came in which order is seen on the wire.
    assert [next(witness) for _ in everything] == everything
    pages = [ada.messages(den, after=after, limit=100) for after in (0, 100)]
    assert [message["seq"] for page in pages for message in page] == everything


def test_what_one_connection_sends_without_waiting_keeps_its_order(
    ada: Person, room: MakeRoom, online: Connect
) -> None:
    den, socket = room(ada), online(ada)
    for number in range(50):
        payload = {"room_id": den, "body": str(number), "client_message_id": f"{den}-{number}"}
        socket.client.emit("message:send", payload, namespace="/chat")
    socket.wait_for("message:created", room_id=den, seq=50)
    assert [message["body"] for message in ada.messages(den, limit=100)] == [str(number) for number in range(50)]


@pytest.fixture
def appenders(app: Flask, settings: Settings) -> Iterator[Any]:
    """Start processes that append to a room; `appenders(room, senders)` returns what each of them was told."""
    processes: list[subprocess.Popen[str]] = []

    def run(room: ObjectId, senders: list[ObjectId], count: int = 300, greenlets: int = 20) -> list[list[list[str]]]:
        for sender in senders:
            arguments = [str(settings.instance), str(room), str(sender), str(count), str(greenlets)]
            command = [sys.executable, "-m", "tests.chat.appender", *arguments]
            processes.append(subprocess.Popen(command, cwd=ROOT, text=True, stdin=PIPE, stdout=PIPE))
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        return [[line.split() for line in process.communicate(timeout=60)[0].splitlines()] for process in processes]

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def test_two_processes_that_append_to_one_room_share_one_order_without_holes(appenders: Any) -> None:
    room = ObjectId()
    told = appenders(room, [ObjectId(), ObjectId()])
    seqs = sorted(int(seq) for lines in told for seq, _, _ in lines)
    assert seqs == list(range(1, 601))
    assert sorted(Message.objects(room=room).scalar("seq")) == seqs


def test_two_processes_that_append_the_same_messages_store_each_once(appenders: Any) -> None:
    room, sender = ObjectId(), ObjectId()
    told = appenders(room, [sender, sender])
    places = [{key: int(seq) for seq, key, _ in lines} for lines in told]
    assert places[0] == places[1]
    assert sorted(places[0].values()) == list(range(1, 301))
    assert sum(is_new == "True" for lines in told for _, _, is_new in lines) == 300


def test_a_write_is_acknowledged_by_the_majority_with_its_journal(app: Flask) -> None:
    concern: WriteConcern = Message._get_collection().write_concern
    assert concern.document == {"w": "majority", "j": True}


def test_a_message_that_cannot_be_stored_fails_alone(app: Flask) -> None:
    room = ObjectId()
    bodies = ["1", "half a pair \ud83d", "2", "3", "another \ud83d", "4"]
    sending = [gevent.spawn(message_log.append, draft(room, body=body)) for body in bodies]
    gevent.joinall(sending)
    assert [isinstance(one.exception, UnicodeEncodeError) for one in sending] == ["\ud83d" in body for body in bodies]
    stored = [one.value[0] for one in sending if one.successful()]
    assert [(one["body"], one["seq"]) for one in stored] == [("1", 1), ("2", 2), ("3", 3), ("4", 4)]


def test_more_than_one_command_holds_is_stored_in_several(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_log, "MOST_CHARACTERS", 10)
    room = ObjectId()
    sending = [gevent.spawn(message_log.append, draft(room, body="x" * size)) for size in (4, 4, 4, 20, 1)]
    gevent.joinall(sending)
    assert [one.value[0]["seq"] for one in sending] == [1, 2, 3, 4, 5]


def test_a_batch_whose_connection_is_lost_is_stored_once_and_told(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it had been stored already or not: here it had."""
    room, store = ObjectId(), Database.command

    def lose(*args: Any, **options: Any) -> Any:
        store(*args, **options)
        raise AutoReconnect("as if the network had gone")

    with monkeypatch.context() as patch:
        patch.setattr(Database, "command", lose)
        stored, is_new = message_log.append(draft(room))
    assert (stored["seq"], is_new) == (1, True)
    assert message_log.append(draft(room))[0]["seq"] == 2
    assert Message.objects(room=room).count() == 2


def test_a_room_whose_end_another_process_has_moved_goes_on_behind_it(app: Flask) -> None:
    room = ObjectId()
    message_log.append(draft(room))
    Message._get_collection().insert_one({**draft(room), "seq": 2, "changes": [{"n": 2, "kind": "created"}]})
    assert message_log.append(draft(room))[0]["seq"] == 3
    assert places.last_seqs([room, ObjectId()]) == {room: 3}
    assert places.end(room) == places.End(3, 3)


def test_an_acknowledged_message_is_stored_when_its_ack_arrives(
    ada: Person, room: MakeRoom, online: Connect, documents: Documents
) -> None:
    den, socket = room(ada), online(ada)
    for number in range(20):
        sent = socket.send(den, str(number))
        assert documents["messages"].count_documents({"_id": ObjectId(sent["id"])}) == 1
