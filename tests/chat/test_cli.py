from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.people import PASSWORD, Person, Socket
from tests.server import ROOT, Server

FLASK = [sys.executable, "-m", "flask", "--app", "wsgi", "chat"]


def environment(instance: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("STANDIN_", "MONGODB_"))}
    return {**inherited, "STANDIN_INSTANCE": str(instance)}


def run(instance: Path, *arguments: str | Path, **options: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*FLASK, *map(str, arguments)],
        cwd=ROOT,
        env=environment(instance),
        capture_output="stdout" not in options,
        timeout=60,
        check=False,
        **options,  # type: ignore[arg-type]
    )


def log_in(someone: Person, server: Server) -> None:
    """The same person on another server."""
    someone.url, someone.http = server.url, requests.Session()
    body = {"email": someone.email, "password": PASSWORD}
    answer = someone.http.post(f"{server.url}/users/login", json=body, timeout=20)
    assert answer.status_code == 200, answer.text
    someone.token = answer.json()["access_token"]


@pytest.fixture
def talk(server: Server, person: Callable[[str], Person], online: Callable[..., Socket]) -> tuple[Person, Socket]:
    """Ada on the running server, and a connection over which she has said something."""
    ada = person("Ada")
    socket = online(ada)
    socket.send(ada.lobby(), "Hello from a terminal 👋")
    return ada, socket


def test_only_data_goes_to_standard_output(server: Server, talk: tuple[Person, Socket]) -> None:
    ada, _ = talk
    done = run(server.instance, "export")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[0]["standin"] == 1
    assert lines[-1]["end"]["messages"] == sum(line.get("collection") == "messages" for line in lines)
    assert any(line.get("document", {}).get("email") == ada.email for line in lines)
    *_, files, last = done.stderr.decode().splitlines()
    assert files.startswith("Files themselves, and people's pictures, are not in it")
    assert last == f"Exported {len(done.stdout):,} bytes to standard output"


def test_the_original_format_holds_the_live_connection_and_what_it_said(
    server: Server, talk: tuple[Person, Socket]
) -> None:
    _, socket = talk
    done = run(server.instance, "export", "--format", "original", "-")
    assert done.returncode == 0, done.stderr
    whole = json.loads(done.stdout)
    ada = {"username": "Ada", "socketID": socket.id}
    assert whole["users"][socket.id] == ada
    assert {socket.id: ada, "message": "Hello from a terminal 👋"} in whole["messages"]


@pytest.mark.usefixtures("talk")
def test_a_file_goes_to_another_standin_and_back(server: Server, tmp_path: Path) -> None:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    assert run(server.instance, "export", first).returncode == 0
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    for expected in ("imported, 0 were here already", "0 imported, "):
        done = run(tmp_path / "other", "import", first)
        assert done.returncode == 0, done.stderr
        assert done.stdout == b""
        assert all(expected in line for line in done.stderr.decode().splitlines() if "already" in line)
    assert run(tmp_path / "other", "export", second).returncode == 0
    assert second.read_text("utf-8").splitlines()[1:] == first.read_text("utf-8").splitlines()[1:]


def test_the_imported_people_can_log_in_and_go_on_where_the_room_ended(
    server: Server, make_server: Callable[..., Server], talk: tuple[Person, Socket], tmp_path: Path
) -> None:
    ada, _ = talk
    file = tmp_path / "export.jsonl"
    assert run(server.instance, "export", file).returncode == 0
    other = make_server("other")
    assert run(other.instance, "import", file).returncode == 0
    other.start()
    log_in(ada, other)
    last = ada.messages(ada.lobby(), limit=1)[-1]
    socket = ada.connect()
    try:
        assert socket.send(ada.lobby(), "and on")["seq"] == last["seq"] + 1
    finally:
        socket.close()


def test_a_broken_file_gets_one_line_and_a_failure(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "broken.jsonl"
    file.write_text('{"standin": 1, "exported_at": "2026-01-31T09:30:00.000Z"}\nAda: hello\n', "utf-8")
    done = run(server.instance, "import", file)
    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.decode() == "Error: line 2: not a line of extended JSON\n"


def test_an_export_that_cannot_be_written_fails_in_one_line_and_leaves_nothing(server: Server, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere" / "export.jsonl"
    done = run(server.instance, "export", nowhere)
    assert (done.returncode, done.stderr.decode()) == (1, f"Error: {nowhere}: No such file or directory\n")
    with Path("/dev/full").open("wb") as full:
        done = run(server.instance, "export", stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert b"No space left on device" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_import_from_a_pipe_says_what_it_needs(server: Server) -> None:
    done = run(server.instance, "import", "-", input=b"")
    assert done.returncode == 1
    assert done.stderr.decode() == "Error: the file is read twice: give one that is not a pipe\n"


def test_on_a_terminal_a_bar_shows_how_far_it_is(server: Server, tmp_path: Path) -> None:
    screen, terminal = pty.openpty()
    try:
        done = run(server.instance, "export", tmp_path / "export.jsonl", stdout=subprocess.DEVNULL, stderr=terminal)
        assert done.returncode == 0
        assert "100%" in os.read(screen, 65536).decode()
    finally:
        os.close(screen)
        os.close(terminal)
