"""What Lighthouse says of the pages: `python -m bench.lighthouse`, on a phone and on a desktop.

Needs Debian's chromium, what the tests need, and `make bench` for Lighthouse itself. Speed is measured by `bench.page`,
on pages that are full; here it is accessibility and best practices that count, and each should be 100.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from bench.page import Figure, _house
from tests.system.conftest import CHROMIUM, FLAGS, log_in

PROGRAM = Path(__file__).parent / "node_modules/lighthouse/cli/index.js"
CATEGORIES = {"accessibility": "accessibility", "best-practices": "best practices"}
FORMS = {"phone": ["--form-factor=mobile"], "desktop": ["--preset=desktop"]}
PATIENCE = 120


def main() -> None:
    missed = 0
    with _house() as (_, reader, room), sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        flags = [*FLAGS, f"--remote-debugging-port={port}"]
        context = playwright.chromium.launch_persistent_context(folder, executable_path=CHROMIUM, args=flags)
        pages = {
            "login": "/users/login",
            "chat": f"/rooms/{room}",
            "settings": "/settings/profile",
            "administration": "/settings/stand-ins",
        }
        for name, path in pages.items():
            if name == "chat":
                log_in(context, reader)
            for line in _judged(name, reader.url + path, port):
                missed += line.value < 100
                print(f"{line.name:<44} {line.value:>5,.0f}  {'ok' if line.value == 100 else 'MISSED'}", flush=True)
        context.close()
    sys.exit(missed)


def _judged(name: str, url: str, port: int) -> Iterator[Figure]:
    for form, options in FORMS.items():
        report = _report(url, port, options)
        assert report["finalDisplayedUrl"] == url, f"{report['finalDisplayedUrl']} in place of {url}"
        for category, words in CATEGORIES.items():
            yield Figure(f"{name}, {form}: {words}", round(report["categories"][category]["score"] * 100), "")
            _tell(report, category)


def _report(url: str, port: int, options: list[str]) -> dict[str, Any]:
    """Without a new profile for each: whoever is logged in stays so."""
    command = [_node(), str(PROGRAM), url, f"--port={port}", "--disable-storage-reset", "--quiet", "--output=json"]
    command += [f"--only-categories={','.join(CATEGORIES)}", "--throttling-method=provided"]
    command += ["--no-enable-error-reporting"]
    done = subprocess.run([*command, *options], capture_output=True, timeout=PATIENCE, check=False)
    if done.returncode:
        sys.exit(done.stderr.decode() or "Lighthouse said nothing")
    return dict(json.loads(done.stdout))


def _tell(report: dict[str, Any], category: str) -> None:
    """What cost points, and where."""
    for each in report["categories"][category]["auditRefs"]:
        audit = report["audits"][each["id"]]
        if each["weight"] and audit["score"] is not None and audit["score"] < 1:
            print(f"  {audit['title']}")
            for item in audit.get("details", {}).get("items", []):
                print(f"    {item.get('node', {}).get('snippet') or item}")


def _node() -> str:
    return shutil.which("node") or str(Path(sys.executable).parent / "node")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    if not PROGRAM.is_file():
        sys.exit("Lighthouse is not there. `make bench` installs it.")
    main()
