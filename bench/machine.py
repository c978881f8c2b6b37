"""What the kernel tells of processes, and what a reader wants to know of the machine."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = (
    "Flask-SocketIO",
    "python-socketio",
    "python-engineio",
    "gevent",
    "gevent-websocket",
    "gunicorn",
    "uvicorn",
    "uvloop",
    "websockets",
    "mongoengine",
    "pymongo",
)
PACKAGES_OF_NODE = ("socket.io", "ws", "mongoose")
HERE = Path(__file__).parent


def resident_kb(pids: list[int]) -> float:
    """The resident memory of some processes together, in kB."""
    return sum(float(_status(pid, "VmRSS")) for pid in pids)


def children(pid: int) -> list[int]:
    """The child processes of a process."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


def describe(mongod: Path) -> dict[str, Any]:
    """The machine and the versions of everything that takes part."""
    return {
        "when": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "kernel": f"{platform.system()} {platform.release()}",
        "versions": {
            "Python": platform.python_version(),
            **{name: version(name) for name in PACKAGES},
            "Node": _first_line("node", "--version").removeprefix("v"),
            **{name: _node_version(name) for name in PACKAGES_OF_NODE},
            "MongoDB": _first_line(str(mongod), "--version").removeprefix("db version v"),
            "C compiler": _first_line("cc", "--version"),
        },
    }


def _status(pid: int, name: str) -> str:
    found = re.search(rf"^{name}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text("utf-8"), re.MULTILINE)
    return found.group(1) if found else "0"


def _cpu() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
    return found.group(1) if found else platform.machine()


def _first_line(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]


def _node_version(package: str) -> str:
    text = (HERE / "node_modules" / package / "package.json").read_text("utf-8")
    found = re.search(r'"version":\s*"([^"]+)"', text)
    return found.group(1) if found else "unknown"
