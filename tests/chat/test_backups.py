"""A backup of a Standin in use, and another Standin that goes on from there."""

from __future__ import annotations

import gzip
import io
import stat
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.auth.models import User
from app.chat import backups
from app.chat.backups import BadBackup, NotEmpty
from tests.attacks.world import World, build
from tests.chat.rooms import made
from tests.chat.stored import Documents
from tests.chat.test_cli import environment, log_in
from tests.people import Person, Socket
from tests.server import ROOT, Server, wait_for

FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]


def flask(instance: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*FLASK, *map(str, arguments)],
        cwd=ROOT,
        env=environment(instance),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


class Talker(threading.Thread):
    """Somebody who goes on talking until they are stopped."""

    def __init__(self, socket: Socket, room_id: str) -> None:
        super().__init__(daemon=True)
        self._socket, self._room_id, self._over = socket, room_id, threading.Event()
        self.acked: list[dict[str, Any]] = []

    def run(self) -> None:
        while not self._over.is_set():
            self.acked.append(self._socket.send(self._room_id, f"number {len(self.acked) + 1}"))

    def stop(self) -> None:
        self._over.set()
        self.join()


@pytest.fixture
def room(ada: Person, bob: Person) -> Iterator[tuple[str, dict[str, Any], Socket]]:
    """A room with a file, an edited message and a pin in it; the file; and Ada's connection."""
    socket = ada.connect()
    room_id = made(socket, "closed", "Archive", bob)
    upload = ada.write("POST", "/api/files", files={"file": ("note.txt", b"kept " * 100_000, "text/plain")}).json()
    sent = {"room_id": room_id, "client_message_id": "with-a-file", "file_ids": [upload["file"]["id"]]}
    assert socket.call("message:send", sent)["ok"]
    first = socket.send(room_id, "the first")
    assert socket.call("message:edit", {"message_id": first["id"], "body": "the first, **edited**"})["ok"]
    assert socket.call("message:pin", {"message_id": first["id"], "on": True})["ok"]
    yield room_id, upload["file"], socket
    socket.close()


def test_a_backup_taken_while_people_talk_goes_on_elsewhere_from_that_moment(
    server: Server,
    make_server: Callable[..., Server],
    ada: Person,
    eve: Person,
    room: tuple[str, dict[str, Any], Socket],
    documents: Documents,
    tmp_path: Path,
) -> None:
    room_id, file, socket = room
    world = build(server, documents)
    wait_for(lambda: world.ada.get(SEARCH).json()["results"], "the search to have read it")
    seen = {person.id: _views(person, world) for person in (world.ada, world.bob)}
    talker, backup = Talker(socket, room_id), tmp_path / "standin.backup"
    talker.start()
    done = flask(server.instance, "backup", backup)
    promised = len(talker.acked)
    talker.stop()
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1].startswith("Backed up ")
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    before = {message["seq"]: message for message in whole_room(ada, room_id)}
    world.close()

    other = make_server("other")
    done = flask(other.instance, "restore", backup)
    assert done.returncode == 0, done.stderr
    other.start()
    there, outsider = _as_on(other, ada), _as_on(other, eve)
    after = whole_room(there, room_id)
    assert [message["seq"] for message in after] == list(range(1, len(after) + 1))
    assert 2 < len(after) <= promised + 2 + 1  # one more may have been stored before it was acknowledged
    assert all(message == before[message["seq"]] for message in after)
    assert there.get(file["url"]).content == b"kept " * 100_000
    assert [one["id"] for one in there.get(f"/api/rooms/{room_id}/pins").json()["messages"]] == [after[1]["id"]]
    assert outsider.get(f"/api/rooms/{room_id}/messages").status_code in {403, 404}
    for person in (world.ada, world.bob):
        twin = _as_on(other, person)
        wait_for(lambda: twin.get(SEARCH).json()["results"], "the search to have read all of it again")  # noqa: B023
        assert _views(twin, world) == seen[person.id]
    connection = there.connect()
    try:
        assert connection.send(room_id, "and on")["seq"] == len(after) + 1
    finally:
        connection.close()


SEARCH = "/api/search?q=plum"


def _views(person: Person, world: World) -> dict[str, Any]:
    """Everything that somebody can look at, but for who is connected, when it was asked, and what goes on elsewhere."""
    room, file = (f"/api/rooms/{world.ids['room_id']}", f"/api/files/{world.ids['file_id']}")
    paths = ["/users/me", "/users/me/notifications", "/api/rooms", f"{room}/messages", f"{room}/pins", f"{room}/files"]
    paths += [f"{room}/bookmarks", f"{room}/members", "/api/bookmarks", "/api/scheduled", "/api/reminders"]
    paths += ["/api/mentions", "/api/users", f"/api/users/{world.ada.id}", SEARCH, "/api/stand-in"]
    paths += ["/api/stand-in/drafts", "/api/stand-in/audit", f"/api/messages/{world.ids['message_id']}"]
    paths += [f"/api/stand-in/digest?since=2026-01-01T00:00:00Z&room_id={world.ids['room_id']}"]
    found = {path: _at_rest(person.get(path).json()) for path in paths}
    assert not [path for path, view in found.items() if "error" in view]
    return {**found, file: person.get(file).content}


def _at_rest(view: Any) -> Any:
    if isinstance(view, list):
        return [_at_rest(one) for one in view]
    if not isinstance(view, dict):
        return view
    passing = {"is_online", "is_away", "since", "until"}
    return {name: _at_rest(value) for name, value in view.items() if name not in passing}


def _as_on(server: Server, person: Person) -> Person:
    """The same person on another server; there they have to log in."""
    twin: Person = object.__new__(Person)
    twin.__dict__ |= person.__dict__
    assert twin.http.get(f"{server.url}/users/me", timeout=20).status_code == 401
    log_in(twin, server)
    return twin


def whole_room(person: Person, room_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while page := person.messages(room_id, after=len(found), limit=100):
        found += page
    return found


@pytest.fixture
def whole(app: Flask) -> bytes:
    """A backup of somebody's account, with nobody in the database any more."""
    User(name="Ada", email="ada@example.com", email_key="ada@example.com", password_hash="x").save()
    output = io.BytesIO()
    assert backups.write(output, lambda _amount: None)["users"] == 1
    User.objects.delete()
    return output.getvalue()


def restored(data: bytes) -> Counter[str]:
    return backups.restore(io.BytesIO(data), lambda _amount: None)


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _without_its_end(data: bytes) -> bytes:
    content = gzip.decompress(data)
    return gzip.compress(content[: content.rindex(b"\x03end\0") - 4])


def _flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :]


def _of_a_later_version(data: bytes) -> bytes:
    content = gzip.decompress(data)
    name = b"standin_backup\0"
    at = content.index(name) + len(name)
    return gzip.compress(content[:at] + b"\x63" + content[at + 1 :])


BROKEN: list[Callable[[bytes], bytes]] = [
    _cut,
    _without_its_end,
    _flipped,
    _of_a_later_version,
    lambda _data: b"",
    lambda _data: b"hello, I am no backup\n",
    lambda _data: gzip.compress(b"hello, I am no backup either\n"),
]


@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_what_is_no_whole_backup_is_refused_and_nothing_is_written(whole: bytes, number: int) -> None:
    with pytest.raises(BadBackup, match="backup"):
        restored(BROKEN[number](whole))
    assert User.objects.count() == 0
    assert restored(whole)["users"] == 1
    assert User.objects.get().name == "Ada"


def test_nothing_is_restored_over_people_and_messages(whole: bytes) -> None:
    restored(whole)
    User.objects.update(name="Ada Lovelace")
    with pytest.raises(NotEmpty):
        restored(whole)
    assert User.objects.get().name == "Ada Lovelace"


def test_what_cannot_be_restored_is_said_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "broken.backup"
    file.write_bytes(b"hello, I am no backup")
    done = flask(tmp_path / "instance", "restore", file)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("Error: The backup is damaged")
