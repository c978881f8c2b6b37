"""A real HTTP server that speaks OpenAI's protocol, for tests: npm's @copilotkit/aimock, started as a child.

Fixtures are aimock's: `{"match": {"userMessage": "lunch"}, "response": {"content": "At noon."}}`, the first match wins.
A request that matches none is answered with 503.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tests.server import TIED

LLMOCK = Path(__file__).parents[1] / "node_modules" / ".bin" / "llmock"
START_SECONDS = 30.0


@dataclass(frozen=True)
class Provider:
    """A running provider. `base_url` is what OPENAI_BASE_URL takes."""

    base_url: str
    process: subprocess.Popen[bytes]
    folder: tempfile.TemporaryDirectory[str]

    def journal(self) -> list[dict[str, Any]]:
        """Every request so far, oldest first: `{method, path, headers, body, response: {status, ...}, ...}`."""
        with urlopen(self.base_url.removesuffix("/v1") + "/__aimock/journal", timeout=10) as response:  # noqa: S310
            entries: list[dict[str, Any]] = json.load(response)
        return entries

    def requests_about(self, words: str) -> list[dict[str, Any]]:
        """The bodies of the chat completions asked for so far in which some message holds `words`."""
        bodies = [entry["body"] for entry in self.journal() if entry["path"].endswith("/chat/completions")]
        return [body for body in bodies if any(words in message["content"] for message in body["messages"])]

    def stop(self) -> None:
        """End the server. What it was sent is gone with it."""
        self.process.terminate()
        self.process.wait(timeout=10)
        self.folder.cleanup()


def start_provider(fixtures: list[dict[str, Any]]) -> Provider:
    """Start a provider with these fixtures on a free port of 127.0.0.1, and return when it answers."""
    if not LLMOCK.exists():
        raise RuntimeError(f"{LLMOCK} is missing: `make test` installs it")
    folder = tempfile.TemporaryDirectory(prefix="standin-provider-")
    fixture_file, log = Path(folder.name, "fixtures.json"), Path(folder.name, "log")
    fixture_file.write_text(json.dumps({"fixtures": fixtures}), encoding="utf-8")
    # Where Node came with a package of the virtual environment, `node` is beside its Python.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*TIED, str(LLMOCK), "-p", "0", "-f", str(fixture_file), "--strict"],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PATH": path},
        )
    try:
        return Provider(f"{_address(process, log)}/v1", process, folder)
    except BaseException:
        process.kill()
        process.wait()
        folder.cleanup()
        raise


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """The address that the server prints once it listens."""
    latest = time.monotonic() + START_SECONDS
    while time.monotonic() < latest and process.poll() is None:
        if found := re.search(r"listening on (http://\S+)", log.read_text(encoding="utf-8")):
            return found[1]
        time.sleep(0.02)
    raise RuntimeError(f"the provider did not start: {log.read_text(encoding='utf-8')}")
