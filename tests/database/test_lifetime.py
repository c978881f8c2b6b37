"""How long the embedded mongod lives: from its first user to its last, whatever happens to either."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from app.database import guardian, locks
from app.database.embedded import EmbeddedMongo
from app.database.errors import DatabaseUnavailable

from .conftest import User, guardians, read, servers, wait_for, write

StartUser = Callable[..., User]


def test_a_second_process_adopts_the_server_and_outlives_the_first(folder: Path, user: StartUser) -> None:
    first = user(folder)
    write(first.uri(), "from the first")
    server = servers(folder)
    second = user(folder)
    uri = second.uri()
    first.leave()
    assert servers(folder) == server
    assert read(uri) == ["from the first"]
    second.leave()
    assert not servers(folder)


def test_processes_that_start_at_once_share_one_server(folder: Path, user: StartUser) -> None:
    together = [user(folder) for _ in range(3)]
    assert len({one.uri() for one in together}) == 1
    assert len(servers(folder)) == 1
    assert len(guardians(folder)) == 1


@pytest.mark.parametrize("kind", ["plain", "gevent"])
def test_ctrl_c_stops_the_server_before_the_process_ends(folder: Path, user: StartUser, kind: str) -> None:
    one = user(folder, kind)
    write(one.uri(), "kept")
    one.interrupt()
    assert not servers(folder)


def test_a_killed_user_leaves_a_server_that_is_adopted_or_else_stops(folder: Path, user: StartUser) -> None:
    killed = user(folder)
    write(killed.uri(), "kept")
    server = servers(folder)
    killed.kill()
    adopter = user(folder)
    assert read(adopter.uri()) == ["kept"]
    assert servers(folder) == server
    adopter.kill()
    wait_for(lambda: not servers(folder) and not guardians(folder))


def test_a_start_while_the_server_stops_waits_and_starts_it_anew(folder: Path, user: StartUser) -> None:
    first = user(folder)
    write(first.uri(), "kept")
    server = servers(folder)
    first.begin_to_leave()
    wait_for(lambda: locks.is_locked(folder / "users.lock"))
    assert read(user(folder).uri()) == ["kept"]
    assert servers(folder) != server


def test_a_killed_server_is_started_again_and_its_clients_go_on(folder: Path, mongo: EmbeddedMongo) -> None:
    uri = mongo.ensure_running()
    write(uri, "before")
    (server,) = servers(folder)
    os.kill(server, signal.SIGKILL)
    wait_for(lambda: servers(folder) not in ([], [server]))
    write(uri, "after")
    assert read(uri) == ["after", "before"]
    assert "starting it again" in (folder / "guardian.log").read_text()


def test_a_server_that_still_recovers_does_not_hold_up_the_end(folder: Path, user: StartUser) -> None:
    last = user(folder)
    uri = last.uri()
    for number in range(40):  # so that there is something to recover
        write(uri, f"word {number}", f"words {number}")
    (server,) = servers(folder)
    os.kill(server, signal.SIGKILL)
    wait_for(lambda: "Starting recovery oplog application" in (folder / "mongod.log").read_text())
    last.leave()
    wait_for(lambda: not servers(folder) and not guardians(folder))
    assert "does not stop" not in (folder / "guardian.log").read_text()
    assert read(user(folder).uri(), "words 39") == ["word 39"]


def test_a_killed_guardian_takes_the_server_along_and_the_next_start_recovers(
    folder: Path, mongo: EmbeddedMongo
) -> None:
    write(mongo.ensure_running(), "kept")
    (server,) = servers(folder)
    (guardian,) = guardians(folder)
    os.kill(guardian, signal.SIGKILL)
    assert read(mongo.ensure_running()) == ["kept"]
    assert servers(folder) != [server]
    assert len(servers(folder)) == len(guardians(folder)) == 1


def test_a_server_told_to_stop_at_a_shutdown_waits_for_its_users(
    folder: Path, mongo: EmbeddedMongo, user: StartUser
) -> None:
    uri = mongo.ensure_running()
    (guardian,) = guardians(folder)
    os.kill(guardian, signal.SIGTERM)
    user(folder).uri()
    write(uri, "still there")
    assert read(uri) == ["still there"]


def test_the_last_user_leaves_nothing_running_and_the_folder_can_move_with_its_data(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    short = tmp_path_factory.mktemp("moves")  # in a long path the socket would be kept elsewhere
    folder = short / "mongodb"
    before, after = EmbeddedMongo(folder), EmbeddedMongo(short / "elsewhere" / "mongodb")
    write(before.ensure_running(), "moved along")
    before.release()
    assert not servers(folder)
    after.folder.parent.mkdir()
    folder.rename(after.folder)
    uri = after.ensure_running()
    assert "elsewhere" in uri
    assert read(uri) == ["moved along"]
    after.release()


def test_a_deleted_folder_stops_its_server_and_a_new_one_can_start_there(folder: Path, mongo: EmbeddedMongo) -> None:
    write(mongo.ensure_running(), "lost")
    shutil.rmtree(folder)
    wait_for(lambda: not servers(folder) and not guardians(folder))
    again = EmbeddedMongo(folder)
    assert read(again.ensure_running()) == []
    again.release()


def test_a_server_that_cannot_start_is_given_up_with_one_line(folder: Path, mongo: EmbeddedMongo) -> None:
    (folder / "data").mkdir(parents=True)
    (folder / "keyfile").write_text("readable by everybody, which mongod refuses")
    (folder / "keyfile").chmod(0o644)
    with pytest.raises(DatabaseUnavailable, match=r"^the embedded MongoDB did not start: see mongod\.log .*$"):
        mongo.ensure_running()
    assert "giving up" in (folder / "guardian.log").read_text()


def test_a_server_that_has_served_is_started_again_however_often_it_ends(folder: Path, mongo: EmbeddedMongo) -> None:
    uri = mongo.ensure_running()
    for number in range(len(guardian.RESTART_DELAYS) + 1):
        write(uri, f"word {number}")
        (server,) = servers(folder)
        os.kill(server, signal.SIGKILL)
        wait_for(lambda killed=server: servers(folder) not in ([], [killed]))
    assert len(read(uri)) == len(guardian.RESTART_DELAYS) + 1


def test_passwords_that_do_not_fit_the_data_are_told_in_one_line(folder: Path, mongo: EmbeddedMongo) -> None:
    mongo.ensure_running()
    mongo.release()
    (folder / "credentials.json").unlink()
    with pytest.raises(DatabaseUnavailable, match=r"^the passwords in .*credentials\.json do not fit its data$"):
        mongo.ensure_running()
    assert not servers(folder)
