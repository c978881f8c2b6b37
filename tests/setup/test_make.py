"""`make run` and `make run-split`, from the prompt to nothing left running."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.people import Person
from tests.server import ROOT, free_port, wait_for
from tests.setup.conftest import MAKE, Foreground, answers, clean_environment

Make = Callable[..., Foreground]


def ready(port: int, role: str = "") -> str:
    return f"Standin{role} is ready on http://127.0.0.1:{port}"


@pytest.fixture
def split(make: Make) -> tuple[Foreground, int, int]:
    """`make run-split` that has said that both processes are ready, with their ports."""
    auth, chat = free_port(), free_port()
    running = make("run-split", AUTH_PORT=str(auth), CHAT_PORT=str(chat))
    running.wait_for_line(ready(auth, " (auth)"))
    running.wait_for_line(ready(chat, " (chat)"))
    return running, auth, chat


def test_the_app_answers_at_the_address_that_make_run_prints(make: Make, port: int) -> None:
    running = make("run", PORT=str(port))
    running.wait_for_line(ready(port))
    assert answers(port).json() == {"ok": True}


def test_a_second_run_installs_nothing(make: Make, port: int) -> None:
    running = make("run", PORT=str(port))
    running.wait_for_line(ready(port))
    assert running.read_log().splitlines() == ["==> Starting Standin (Ctrl-C stops it)", ready(port)]


def test_ctrl_c_stops_everything_without_a_word(make: Make, port: int) -> None:
    running = make("run", PORT=str(port))
    running.wait_for_line(ready(port))
    someone = Person(f"http://127.0.0.1:{port}", "Ada").connect()
    someone.wait_for("session:ready")
    said = running.read_log()
    running.press_ctrl_c()
    wait_for(lambda: not running.left_running(), "every process to end")
    more = running.read_log().removeprefix(said)
    assert not re.search("Traceback|ERROR|WARNING", more), more


def test_sigterm_to_make_stops_everything(make: Make, port: int) -> None:
    running = make("run", PORT=str(port))
    running.wait_for_line(ready(port))
    assert running.terminate() in {-signal.SIGTERM, 128 + signal.SIGTERM}
    wait_for(lambda: not running.left_running(), "every process to end")
    assert "Traceback" not in running.read_log()


def test_ctrl_c_during_the_start_leaves_nothing_running(make: Make, port: int) -> None:
    running = make("run", PORT=str(port))
    wait_for((running.instance / "mongodb").exists, "the database to be on its way")
    running.press_ctrl_c()
    wait_for(lambda: not running.left_running(), "every process to end", 20)
    assert "Traceback" not in running.read_log()


def test_two_instances_run_side_by_side(make: Make) -> None:
    ports = {"one": free_port(), "two": free_port()}
    running = [make("run", name, PORT=str(port)) for name, port in ports.items()]
    for started, port in zip(running, ports.values(), strict=True):
        started.wait_for_line(ready(port))
    account = {"name": "Ada", "email": "ada@example.com", "password": "correct horse battery staple"}
    for port in ports.values():  # the second instance does not know the account of the first
        assert requests.post(f"http://127.0.0.1:{port}/users", json=account, timeout=20).status_code == 201


def test_the_split_layout_serves_accounts_and_chat_on_ports_of_their_own(
    split: tuple[Foreground, int, int],
) -> None:
    _, auth, chat = split
    assert answers(auth, "/users/login").status_code == 200
    to_login = answers(chat, "/")
    assert to_login.status_code == 302
    assert to_login.headers["Location"].startswith(f"http://127.0.0.1:{auth}/users/login")


def test_an_account_made_on_one_process_is_known_to_the_other(split: tuple[Foreground, int, int]) -> None:
    _, auth, chat = split
    account = {"name": "Ada", "email": "ada@example.com", "password": "correct horse battery staple"}
    token = requests.post(f"http://127.0.0.1:{auth}/users", json=account, timeout=20).json()["access_token"]
    rooms = requests.get(f"http://127.0.0.1:{chat}/api/rooms", headers={"Authorization": f"Bearer {token}"}, timeout=20)
    assert [room["name"] for room in rooms.json()["rooms"]] == ["Lobby"]


def test_ctrl_c_stops_both_processes_and_their_database(split: tuple[Foreground, int, int]) -> None:
    running, _, _ = split
    running.press_ctrl_c()
    wait_for(lambda: not running.left_running(), "every process to end", 20)
    assert not re.search("Traceback|ERROR", running.read_log()), running.read_log()


def test_when_one_of_the_two_ends_the_other_is_stopped_and_make_fails(make: Make) -> None:
    taken = str(free_port())
    running = make("run-split", AUTH_PORT=taken, CHAT_PORT=taken)
    assert running.process.wait(30) != 0
    wait_for(lambda: not running.left_running(), "every process to end", 20)
    assert f"standin: cannot listen on HOST 127.0.0.1, PORT {taken}: Address already in use" in running.read_log()


@pytest.mark.parametrize(
    ("python", "advice"),
    [
        ("exit 1", "needs Python 3.11 or newer"),
        ('case "$2" in *ensurepip*) exit 1;; esac', "cannot make virtual environments"),
    ],
    ids=["too old", "without venv"],
)
def test_a_python_that_cannot_be_used_is_named_in_one_line(tmp_path: Path, python: str, advice: str) -> None:
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    (tmp_path / "requirements.txt").touch()
    unusable = tmp_path / "python"
    unusable.write_text(f"#!/bin/sh\n{python}\n")
    unusable.chmod(0o755)
    result = subprocess.run(
        [MAKE, "run", f"PYTHON={unusable}"],
        check=False,
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert result.returncode != 0
    assert advice in result.stderr
    assert str(unusable) in result.stderr
    assert not (tmp_path / ".venv" / "pyvenv.cfg").exists()


def test_every_target_is_listed_by_help() -> None:
    listed = subprocess.run(
        [MAKE], cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=True
    ).stdout
    targets = re.findall(r"^\.PHONY: (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert re.findall(r"^make (\S+) ", listed, re.MULTILINE) == targets
