"""Two worker processes joined by a real Redis: what holds across them, and what survives when one of all these dies."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from bson import ObjectId
from playwright.sync_api import Page, expect
from pymongo import MongoClient

from app.database.embedded import EmbeddedMongo
from tests.ai.raw_provider import serve
from tests.chat.busy import replies, set_status, set_up
from tests.chat.rooms import code, members_of
from tests.chat.stand_in.pen import Pen
from tests.people import Person, Socket
from tests.redis_server import PROGRAM, RedisServer
from tests.server import PATIENCE, Server, wait_for
from tests.system.conftest import log_in
from tests.system.pages import Chat
from tests.system.talk import Talk, check_that_nothing_is_lost, heard, let_go
from tests.system.watch import Watch

TO_COME, TO_GO = "room:invite", "room:remove"
TOLD = ("room:added", "room:removed")

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="redis-server is not installed")


class Workers:
    """The server under test, and which of its workers holds which connection."""

    def __init__(self, server: Server, connections: Any) -> None:
        self.server = server
        self._connections = connections

    def holder(self, **connection: Any) -> str:
        """The worker of a stored connection, as the app names it."""
        found = wait_for(lambda: self._connections.find_one(connection), f"the connection {connection}")
        return str(found["server"])

    def let_administer(self, person: Person) -> None:
        self._connections.database["users"].update_one(
            {"_id": ObjectId(person.id)}, {"$set": {"role": "administrator"}}
        )

    def connect_apart(self, *people: Person, from_worker: str = "") -> list[Socket]:
        """A socket for each of these people, of which no two neighbours are on the same worker."""
        sockets: list[Socket] = []
        for person in people:
            sockets.append(self._connect_away_from(from_worker, person))
            from_worker = self.holder(socket_id=sockets[-1].id)
        return sockets

    def _connect_away_from(self, worker: str, person: Person) -> Socket:
        rejected = []
        for _ in range(60):
            socket = person.connect()
            if self.holder(socket_id=socket.id) != worker:
                break
            rejected.append(socket)
        else:
            raise AssertionError("every connection came to the same worker")
        for other in rejected:
            other.close()
        return socket

    def processes(self) -> list[int]:
        assert self.server.process is not None
        pid = self.server.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    running = RedisServer(tmp_path_factory.mktemp("redis")).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def desk() -> list[Pen]:
    """What the AI will write with: a pen for each answer, the next one first."""
    return []


@pytest.fixture(scope="module")
def provider(desk: list[Pen]) -> Iterator[dict[str, str]]:
    with serve(lambda: desk.pop(0).answer()) as running:
        yield {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": running.base_url}


@pytest.fixture(scope="module")
def workers(
    redis: RedisServer, provider: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workers]:
    server = Server(tmp_path_factory.mktemp("workers"), REDIS_URL=redis.url, WORKERS="2", **provider).start()
    mongo = EmbeddedMongo(server.instance / "mongodb")
    with MongoClient[dict[str, Any]](mongo.ensure_running()) as client:
        yield Workers(server, client["standin"]["connections"])
    mongo.release()
    assert server.stop() == 0
    assert "Traceback" not in server.read_log()


@pytest.fixture
def meet(workers: Workers) -> Callable[[str], Person]:
    return lambda name: Person(workers.server.url, name)


@pytest.fixture
def apart(workers: Workers) -> Iterator[Callable[..., list[Socket]]]:
    """Connect people to different workers, and disconnect them after the test: `apart(ada, grace)`."""
    sockets: list[Socket] = []

    def connect(*people: Person, **options: str) -> list[Socket]:
        found = workers.connect_apart(*people, **options)
        sockets.extend(found)
        return found

    yield connect
    for socket in sockets:
        let_go(socket)


def test_a_message_reaches_the_clients_of_both_workers_once(workers: Workers, meet: Any, apart: Any) -> None:
    ada, grace = meet("Ada"), meet("Grace")
    sockets = apart(ada, grace, ada, grace)
    room = ada.lobby()
    sent = [sockets[0].send(room, "first"), sockets[1].send(room, "second"), sockets[0].send(room, "third")]
    for socket in sockets:
        socket.wait_for("message:created", id=sent[-1]["id"])
        mine = [message for message in heard(socket, "message:created") if message["seq"] >= sent[0]["seq"]]
        assert mine == sent


def test_only_websockets_are_offered(workers: Workers) -> None:
    answer = requests.get(f"{workers.server.url}/socket.io/?EIO=4&transport=polling", timeout=10)
    assert answer.status_code == 400
    assert "2 workers joined by REDIS_URL: clients connect by WebSocket only" in workers.server.read_log()


def test_who_comes_and_goes_is_told_once_on_both_workers(workers: Workers, meet: Any, apart: Any) -> None:
    watchers = apart(meet("Ada"), meet("Alan"))
    grace, passer = meet("Grace"), meet("Passer")
    first, second, passing = workers.connect_apart(grace, grace, passer)
    for watcher in watchers:
        watcher.wait_for("user:connected", id=grace.id)
    first.close()
    passing.close()
    for watcher in watchers:  # had Grace been told to be gone, it would have been before him
        watcher.wait_for("user:disconnected", id=passer.id)
        assert heard(watcher, "user:disconnected", id=grace.id) == []
    second.close()
    for watcher in watchers:
        watcher.wait_for("user:disconnected", id=grace.id)
        assert len(heard(watcher, "user:connected", id=grace.id)) == 1
        assert len(heard(watcher, "user:disconnected", id=grace.id)) == 1


def test_a_status_and_its_end_are_told_once_on_both_workers(meet: Any, apart: Any) -> None:
    ada, grace = meet("Ada"), meet("Grace")
    sockets = apart(ada, grace)
    until = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    assert sockets[0].call("status:set", {"status": "away", "until": until})["ok"]
    for socket in sockets:
        socket.wait_for("status:changed", id=ada.id, status="available")
    assert sockets[1].call("status:set", {"status": "away"})["ok"]
    for socket in sockets:
        socket.wait_for("status:changed", id=grace.id)
        told = heard(socket, "status:changed", id=ada.id)
        assert [user["status"] for user in told] == ["away", "available"]


def test_a_logout_closes_the_sockets_on_both_workers(meet: Any, apart: Any) -> None:
    ada, grace = meet("Ada"), meet("Grace")
    sockets = apart(ada, ada, grace)
    assert ada.write("POST", "/users/logout").status_code == 200
    for socket in sockets[:2]:
        wait_for(lambda socket=socket: not socket.client.connected, "the connection to end")
    assert sockets[2].client.connected


def test_an_away_line_is_posted_once_for_messages_on_both_workers(meet: Any, apart: Any) -> None:
    ada, grace, alan = meet("Ada Once"), meet("Grace"), meet("Alan")
    sockets = apart(grace, grace, alan)
    room = ada.lobby()
    [owner] = apart(ada)
    assert owner.call("status:set", {"status": "busy"})["ok"]
    left = {"room_id": room, "body": "@Ada Once no hurry", "client_message_id": "left"}
    first = sockets[0].call("message:send", {**left, "leave": True})["message"]
    assert sockets[1].call("message:send", left)["message"]["leave"], (
        "the other worker knows that nobody is to answer it"
    )
    for socket in sockets[:2]:
        socket.send(room, "@Ada Once are you there?")
    owner.wait_for("message:created", origin="standin")
    sockets[0].send(room, "@Ada Once and now?")
    sockets[2].send(room, "@Ada Once it is me")  # has a line of its own coming, after the bursts of the others
    owner.wait_for("message:created", origin="standin")
    lines = [m for m in grace.messages(room) if (m["on_behalf_of"] or {}).get("id") == ada.id]
    assert len(lines) == 2
    needs = ada.get("/api/stand-in/digest").json()["needs_you"]
    assert [need["message"]["id"] for need in needs if need["reason"] == "left"] == [first["id"]]
    assert len(heard(owner, "message:created", origin="standin")) == 2


def ask_alone(socket: Socket, pen: Pen) -> dict[str, Any]:
    """Ask the AI in the room where one is alone with it. Returns the answer that has begun."""
    own = socket.call("assistant:open", {})["room"]["id"]
    socket.send(own, "Where is the plan?")
    pen.begun.get(timeout=PATIENCE)
    begun: dict[str, Any] = socket.wait_for("message:created", room_id=own, origin="standin")["message"]
    return begun


def test_what_is_left_of_a_stopped_answer_does_not_end_the_one_that_another_worker_writes(
    redis: RedisServer, desk: list[Pen], meet: Any, apart: Any
) -> None:
    grace = meet("Grace")
    near, far = apart(grace, grace)
    old, new = Pen(), Pen()
    desk.extend([old, new])
    begun = ask_alone(near, old)
    room, that = begun["room_id"], {"message_id": begun["id"]}
    redis.freeze()  # so that the worker that writes hears of nothing until later
    try:
        assert far.call("standin:stop", that)["message"]["state"] == "stopped"
        assert far.call("assistant:retry", that)["message"]["state"] == "streaming"
        new.begun.get(timeout=PATIENCE)

        def has_given_up() -> bool:
            old.write("old ")
            return "stopped" in [call["outcome"] for call in grace.get("/api/stand-in/audit").json()["calls"]]

        wait_for(has_given_up, "the first worker to find that its answer is stopped")
        assert (grace.messages(room)[-1]["state"], grace.messages(room)[-1]["body"]) == ("streaming", "")
    finally:
        redis.thaw()
    near.wait_for("message:edited", id=begun["id"])  # now it has heard of all that
    new.finish("In the wiki.")
    wait_for(lambda: grace.messages(room)[-1]["state"] != "streaming", "the answer to end")
    assert (grace.messages(room)[-1]["state"], grace.messages(room)[-1]["body"]) == ("done", "In the wiki.")
    old.finish()


def test_an_owner_who_is_back_or_types_on_another_worker_ends_what_is_written_for_them(
    desk: list[Pen], meet: Any, apart: Any
) -> None:
    ada, grace = meet("Ada Away"), meet("Grace")
    asker, owner = apart(grace, ada)
    set_up(ada)
    for comes_back in (lambda _room: set_status(owner, "available"), lambda room: typed(owner, room)):
        set_status(owner, "busy")
        room, pen = make_room(owner, grace), Pen()
        desk.append(pen)
        asker.wait_for("room:added", id=room)
        asker.send(room, "@Ada Away where is the plan?")
        pen.begun.get(timeout=PATIENCE)
        wait_for(lambda pen=pen, room=room: pen.write("so ") or replies(grace, room), "the answer to begin")
        comes_back(room)
        # The AI writes no further word meanwhile, from which its worker could see it.
        assert asker.wait_for("message:completed", room_id=room)["message"]["state"] == "stopped"
        pen.finish()


def typed(socket: Socket, room_id: str) -> None:
    assert socket.call("typing:start", {"room_id": room_id})["ok"]


def test_the_switch_stops_what_every_worker_writes_and_holds_on_all(
    workers: Workers, desk: list[Pen], meet: Any, apart: Any
) -> None:
    root, ada, grace = meet("Root"), meet("Ada"), meet("Grace")
    workers.let_administer(root)
    sockets, pens, answers = apart(ada, grace), [Pen(), Pen()], []
    for socket, pen in zip(sockets, pens, strict=True):
        desk.append(pen)
        answers.append(ask_alone(socket, pen))
    assert root.write("PUT", "/api/stand-in/admin", json={"enabled": False}).json()["is_enabled"] is False
    for socket, pen, answer in zip(sockets, pens, answers, strict=True):
        pen.write("and so on ")
        ended = socket.wait_for("message:completed", id=answer["id"])["message"]
        assert ended["state"] == "stopped"
        question = {"room_id": answer["room_id"], "question": "And now?", "client_message_id": "now"}
        assert code(socket.call("assistant:ask", question)) == "assistant_unavailable"
        assert code(socket.call("assistant:retry", {"message_id": answer["id"]})) == "assistant_unavailable"
        pen.finish()
    assert root.write("PUT", "/api/stand-in/admin", json={"enabled": True}).json()["is_enabled"] is True
    for socket, answer in zip(sockets, answers, strict=True):
        pen = Pen()
        desk.append(pen)
        assert socket.call("assistant:retry", {"message_id": answer["id"]})["ok"]
        pen.finish("In the wiki.")
        assert socket.wait_for("message:completed", id=answer["id"], state="done")


def test_a_worker_that_is_killed_loses_nothing_and_its_clients_go_on(workers: Workers, meet: Any, apart: Any) -> None:
    ada, grace = meet("Ada"), meet("Grace")
    room = ada.lobby()
    talks = [Talk(p, s, room) for p, s in zip((ada, grace), apart(ada, grace), strict=True)]
    listeners = apart(ada, grace)
    for talk in talks:
        talk.wait_for_more()
    os.kill(workers.processes()[0], signal.SIGKILL)
    wait_for(lambda: not all(s.client.connected for s in listeners), "the connections of the worker to end")
    for talk in talks:
        talk.wait_for_more()
        talk.stop()
    [survivor] = [socket for socket in listeners if socket.client.connected]
    check_that_nothing_is_lost(talks, survivor)
    wait_for(lambda: len(workers.processes()) == 2, "the worker to be replaced")


def test_a_redis_that_is_killed_delays_nobody_and_all_are_up_to_date_when_it_is_back(
    redis: RedisServer, workers: Workers, meet: Any, apart: Any
) -> None:
    ada, grace = meet("Ada"), meet("Grace")
    room = ada.lobby()
    listeners = apart(ada, grace)
    near, far = listeners
    senders = apart(ada, grace, from_worker=workers.holder(socket_id=far.id))  # on the workers of near, and of far
    talks = [Talk(person, socket, room) for person, socket in zip((ada, grace), senders, strict=True)]
    talks[0].wait_for_more()
    redis.kill()
    for talk in talks:
        talk.wait_for_more()
    assert talks[0].socket.call("status:set", {"status": "away", "note": "Redis is away"})["ok"]
    for talk in talks:
        talk.stop()
    for listener, talk in zip(listeners, talks, strict=True):  # those of the same worker heard all the same
        listener.wait_for("message:created", id=talk.acked[-1]["id"])
    assert heard(far, "status:changed", id=ada.id) == []
    redis.start()
    for listener in listeners:
        check_that_nothing_is_lost(talks, listener)
    wait_for(lambda: note_of(ada, far) == "Redis is away", "a client to be told how everyone is")
    sent = near.send(room, "as before")
    far.wait_for("message:created", id=sent["id"])


def note_of(person: Person, socket: Socket) -> str | None:
    """The note of somebody's status, by the last users:changed."""
    users = [user for name, payload in list(socket.heard) if name == "users:changed" for user in payload["users"]]
    return next((user["status_note"] for user in reversed(users) if user["id"] == person.id), None)


def test_a_redis_that_hangs_delays_nobody(redis: RedisServer, meet: Any, apart: Any) -> None:
    ada, grace = meet("Ada"), meet("Grace")
    room = ada.lobby()
    near, far, sender = apart(ada, grace, ada)
    talk = Talk(ada, sender, room)
    redis.freeze()
    try:
        for _ in range(3):
            talk.wait_for_more()
        talk.stop()
    finally:
        redis.thaw()
    for listener in (near, far):
        check_that_nothing_is_lost([talk], listener)


def test_the_page_shows_what_redis_lost(
    redis: RedisServer, workers: Workers, meet: Any, apart: Any, browse: Callable[..., Page]
) -> None:
    ada, grace = meet("Ada"), meet("Grace")
    page = browse(workers.server.url)
    log_in(page.context, grace)
    page.goto("/")
    chat = Chat(page)
    chat.expect_connection("Connected")
    [sender] = apart(ada, from_worker=workers.holder(user=ObjectId(grace.id)))
    redis.kill()
    sender.send(ada.lobby(), "said while Redis was away")
    assert sender.call("status:set", {"status": "away", "note": "at lunch"})["ok"]
    expect(chat.message("said while Redis was away")).to_have_count(0)
    redis.start()
    expect(chat.message("said while Redis was away")).to_have_count(1)
    expect(chat.people("Online").filter(has_text="at lunch")).to_have_count(1)


def test_the_page_goes_on_when_all_workers_are_killed(
    workers: Workers, meet: Any, apart: Any, browse: Callable[..., Page], watch: Watch
) -> None:
    page = browse(workers.server.url)
    grace = meet("Grace")
    log_in(page.context, grace)
    page.goto("/")
    chat = Chat(page)
    chat.expect_connection("Connected")
    watch.allow("socket.io")
    for process in workers.processes():
        os.kill(process, signal.SIGKILL)
    chat.say_and_see("said to a worker that was not there yet")
    chat.expect_connection("Connected")
    assert len(apart(grace, grace)) == 2  # both are there again


def make_room(owner: Socket, *members: Person) -> str:
    answer = owner.call("room:create", {"kind": "closed", "name": "Den", "member_ids": [one.id for one in members]})
    assert answer["ok"], answer
    room_id: str = answer["room"]["id"]
    return room_id


def of_room(socket: Socket, room_id: str) -> list[str]:
    """The events of a room that this client heard, by their names."""
    return [name for name, payload in list(socket.heard) if name.startswith("message:") and room_id in str(payload)]


def test_nothing_of_a_room_reaches_whoever_was_removed_on_another_worker(meet: Any, apart: Any) -> None:
    ada, grace = meet("Ada"), meet("Grace")
    owner, far = apart(ada, grace)
    den = make_room(owner, grace)
    far.wait_for("room:added", id=den)
    first = owner.send(den, "For both")
    far.wait_for("message:created", id=first["id"])
    assert owner.call("room:remove", {"room_id": den, "user_ids": [grace.id]})["user_ids"] == [grace.id]
    far.wait_for("room:removed")
    before = of_room(far, den)
    owner.call("message:edit", {"message_id": first["id"], "body": "For me"})
    owner.send(den, "Alone")
    later = owner.send(ada.lobby(), "For all")
    far.wait_for("message:created", id=later["id"])
    assert of_room(far, den) == before
    late = {"room_id": den, "body": "!", "client_message_id": "late"}
    assert far.call("message:send", late)["error"]["code"] == "room_not_found"


def last_told(socket: Socket, room_id: str) -> str | None:
    """What a client was told last of whether it is in a room."""
    told = [name for name, payload in list(socket.heard) if name in TOLD and room_id in str(payload)]
    return told[-1] if told else None


def test_who_is_invited_and_removed_on_two_workers_at_once_hears_in_the_end_what_the_database_says(
    meet: Any, apart: Any
) -> None:
    ada, bob, grace = meet("Ada"), meet("Bob"), meet("Grace")
    owner, other = apart(ada, bob)
    listeners = apart(grace, grace)
    for _ in range(3):
        den = make_room(owner, bob)
        her = {"room_id": den, "user_ids": [grace.id]}
        answers: list[Any] = []

        def insist(socket: Socket, event: str, payload: Any = her, answers: list[Any] = answers) -> None:
            answers.extend(socket.call(event, payload) for _ in range(12))

        threads = [threading.Thread(target=insist, args=pair) for pair in ((owner, TO_GO), (other, TO_COME))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(answer["ok"] for answer in answers)
        is_member = grace.id in members_of(ada, den)
        expected = "room:added" if is_member else "room:removed"
        for listener in listeners:
            told = partial(last_told, listener, den)
            wait_for(lambda told=told, expected=expected: told() == expected, "a client to be told how it ended")
        sent = owner.send(den, "Who hears this?")
        last = owner.send(ada.lobby(), "For all")
        for listener in listeners:
            listener.wait_for("message:created", id=last["id"])
            assert bool(heard(listener, "message:created", id=sent["id"])) is is_member
            assert last_told(listener, den) == expected


def test_an_archived_room_takes_nothing_more_on_another_worker(meet: Any, apart: Any) -> None:
    ada, grace = meet("Ada"), meet("Grace")
    owner, far = apart(ada, grace)
    den = make_room(owner, grace)
    far.wait_for("room:added", id=den)
    far.send(den, "Still open")  # from now on the other worker knows the room without asking
    assert owner.call("room:archive", {"room_id": den, "archived": True})["ok"]
    far.wait_for("room:changed", id=den, is_archived=True)
    late = {"room_id": den, "body": "!", "client_message_id": "late"}
    assert far.call("message:send", late)["error"]["code"] == "room_archived"


def test_who_is_in_a_room_is_put_right_when_redis_is_back(redis: RedisServer, meet: Any, apart: Any) -> None:
    ada, grace = meet("Ada"), meet("Grace")
    owner, far = apart(ada, grace)
    den = make_room(owner, grace)
    far.wait_for("room:added", id=den)
    redis.kill()
    assert owner.call("room:remove", {"room_id": den, "user_ids": [grace.id]})["user_ids"] == [grace.id]
    attic = make_room(owner, grace)
    assert heard(far, "room:added", id=attic) == []
    redis.start()
    far.wait_for("room:removed", 20)
    far.wait_for("room:added", id=attic)
    owner.send(den, "Not for Grace")
    hers = owner.send(attic, "For Grace")
    far.wait_for("message:created", id=hers["id"])
    assert of_room(far, den) == []
