"""The folder of the embedded mongod: private, and free to lie at any path."""

from __future__ import annotations

import importlib.util
import socket
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.database import guardian
from app.database.embedded import EmbeddedMongo
from app.database.errors import DatabaseUnavailable
from app.database.folder import make_private

from .conftest import guardians, read, servers, wait_for, write


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder whose server runs."""
    folder = tmp_path_factory.mktemp("instance") / "mongodb"
    mongo = EmbeddedMongo(folder)
    mongo.ensure_running()
    yield folder
    mongo.release()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_can_enter_the_folder(running: Path) -> None:
    assert mode(running) == mode(running / "data") == 0o700


def test_the_secrets_can_be_read_by_the_owner_only_and_written_by_nobody(running: Path) -> None:
    assert mode(running / "keyfile") == mode(running / "credentials.json") == 0o400


def test_every_socket_is_the_owners_alone(running: Path) -> None:
    sockets = list(running.glob("*.sock"))
    assert {path.name for path in sockets} >= {"mongod.sock", "guardian.sock"}
    assert all(mode(path) & 0o077 == 0 for path in sockets)
    assert mode(running / "mongod.sock") == 0o600


def test_the_logs_are_the_owners_alone(running: Path) -> None:
    assert mode(running / "mongod.log") == mode(running / "guardian.log") == 0o600


def test_the_server_listens_on_no_tcp_port(running: Path) -> None:
    (server,) = servers(running)
    held = {str(path.readlink()) for path in Path(f"/proc/{server}/fd").iterdir() if path.is_symlink()}
    connections = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{server}/net/{table}").read_text().splitlines()[1:]
    ]
    assert held & {f"socket:[{fields[9]}]" for fields in connections} == set()


def test_a_large_log_is_set_aside_while_the_server_runs(running: Path) -> None:
    log = running / "mongod.log"
    with log.open("a") as file:
        file.write("x" * guardian.LARGEST_LOG)
    wait_for((running / "mongod.log.1").exists)
    wait_for(lambda: log.exists() and 0 < log.stat().st_size < guardian.LARGEST_LOG)
    assert len(servers(running)) == 1


def test_a_process_that_dies_while_it_leaves_does_not_disturb_the_server(running: Path) -> None:
    before = servers(running), guardians(running)
    for _ in range(3):
        with socket.socket(socket.AF_UNIX) as leaver:
            leaver.connect(str(running / "guardian.sock"))
    with socket.socket(socket.AF_UNIX) as leaver:
        leaver.connect(str(running / "guardian.sock"))
        assert leaver.recv(1) == b""
    assert (servers(running), guardians(running)) == before


def test_a_folder_open_to_others_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert mode(make_private(tmp_path)) == 0o700


def test_a_link_in_the_place_of_a_private_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sockets").symlink_to(tmp_path)
    with pytest.raises(DatabaseUnavailable, match="must be a folder of this user's own"):
        make_private(tmp_path / "sockets")


@pytest.mark.parametrize("name", ["long" * 30, "Capital letters, spaces: and a colon"])
def test_a_path_that_cannot_be_a_sockets_gets_a_private_folder_for_its_sockets(tmp_path: Path, name: str) -> None:
    mongo = EmbeddedMongo(tmp_path / name)
    uri = mongo.ensure_running()
    sockets = (tmp_path / name / "sockets").resolve()
    assert sockets.parent == Path(tempfile.gettempdir()).resolve()
    assert mode(sockets) == 0o700
    write(uri, "kept")
    assert read(uri) == ["kept"]
    mongo.release()
    assert not sockets.exists()


def test_a_file_in_the_folders_place_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "instance").write_text("not a folder")
    with pytest.raises(DatabaseUnavailable, match=r"^cannot keep the database in .*: check STANDIN_INSTANCE$"):
        EmbeddedMongo(tmp_path / "instance" / "mongodb").ensure_running()


def test_a_platform_without_the_embedded_server_is_sent_to_mongodb_uri(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(DatabaseUnavailable, match=r"^.*Linux only: set MONGODB_URI.*$"):
        EmbeddedMongo(tmp_path).ensure_running()


def test_a_missing_package_sends_to_mongodb_uri(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(DatabaseUnavailable, match=r"^.*not installed.*: set MONGODB_URI.*$"):
        EmbeddedMongo(tmp_path).ensure_running()
