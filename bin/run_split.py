#!/usr/bin/env python3
"""Run Standin as two processes on one database: accounts on one port, chat on the other.

AUTH_PORT (4000) and CHAT_PORT (3000) move them; PORT can name only one and is not used.
Both stop on Ctrl-C and on SIGTERM. When one ends by itself, the other is stopped and the exit status is 1.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GUNICORN = Path(sys.executable).with_name("gunicorn")
PORTS = {"auth": os.environ.get("AUTH_PORT") or "4000", "chat": os.environ.get("CHAT_PORT") or "3000"}


def main() -> int:
    signals: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _frame: signals.append(received))
    processes = [subprocess.Popen([GUNICORN], cwd=ROOT, env=environment(role)) for role in PORTS]
    while not signals and all(process.poll() is None for process in processes):
        time.sleep(0.1)
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait()  # the master of each kills what outstays its graceful_timeout
    return 0 if signals else 1


def environment(role: str) -> dict[str, str]:
    """The environment of one process. Addresses that the caller gave, say those of a proxy, win."""
    host = os.environ.get("HOST") or "127.0.0.1"
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    reachable = f"[{host}]" if ":" in host else host
    addresses = {f"STANDIN_{name.upper()}_URL": f"http://{reachable}:{port}" for name, port in PORTS.items()}
    return {**addresses, **os.environ, "STANDIN_ROLE": role, "PORT": PORTS[role]}


if __name__ == "__main__":
    sys.exit(main())
