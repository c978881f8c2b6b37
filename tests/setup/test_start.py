"""Starting gunicorn: what it refuses, in how many words, and what its master may not load."""

from __future__ import annotations

import runpy
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config import DEFAULT_PORTS
from tests.server import ROOT, free_port
from tests.setup.conftest import clean_environment

# Each builds TLS contexts or opens sockets; loaded before gevent patches the worker, they would block every greenlet.
MUST_BE_PATCHED_FIRST = {"flask", "pymongo", "openai", "urllib3", "asyncio", "pydantic_settings", "concurrent.futures"}


def refused_start(tmp_path: Path, **environment: str) -> list[str]:
    """What gunicorn writes when it is started with these settings and gives up, line by line."""
    result = subprocess.run(
        [sys.executable, "-m", "gunicorn"],
        check=False,
        cwd=ROOT,
        env=clean_environment(**{"STANDIN_INSTANCE": str(tmp_path), "PORT": str(free_port()), **environment}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode != 0
    assert result.stdout == ""
    return result.stderr.splitlines()


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"PORT": "http"}, "standin: PORT"),
        ({"PORT": "70000"}, "standin: PORT"),
        ({"HOST": "nowhere.invalid"}, "standin: cannot listen on HOST nowhere.invalid"),
        ({"STANDIN_ROLE": "both"}, "standin: STANDIN_ROLE"),
        ({"STANDIN_ENV": "production", "STANDIN_SECRET_KEY": "s" * 32}, "standin: STANDIN_JWT_SECRET_KEY"),
        ({"MONGODB_URI": "mongodb://127.0.0.1:1/standin"}, "standin: MongoDB at mongodb://127.0.0.1:1/standin"),
        ({"MONGODB_URI": "localhost"}, "standin: MONGODB_URI"),
        ({"STANDIN_INSTANCE": "/dev/null"}, "standin: STANDIN_INSTANCE"),
    ],
    ids=lambda value: " ".join(f"{name}={text}" for name, text in value.items()) if isinstance(value, dict) else "",
)
def test_a_start_that_cannot_work_ends_with_one_line(tmp_path: Path, environment: dict[str, str], reason: str) -> None:
    lines = refused_start(tmp_path, **environment)
    assert len(lines) == 1, "\n".join(lines)
    assert lines[0].startswith(reason)


def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        lines = refused_start(tmp_path, PORT=str(port))
    assert lines == [f"standin: cannot listen on HOST 127.0.0.1, PORT {port}: Address already in use"]


def test_the_master_loads_nothing_that_gevent_must_patch_first() -> None:
    program = (
        "import runpy, sys; from gunicorn.arbiter import Arbiter; from gunicorn.util import load_class;"
        "load_class(runpy.run_path('gunicorn.conf.py')['worker_class']); print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=True
    ).stdout.split()
    assert not MUST_BE_PATCHED_FIRST & set(loaded)


def test_gunicorn_and_the_app_agree_on_the_default_ports() -> None:
    assert runpy.run_path(str(ROOT / "gunicorn.conf.py"))["DEFAULT_PORTS"] == DEFAULT_PORTS
