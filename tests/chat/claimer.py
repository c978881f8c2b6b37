# ruff: noqa: E402
"""A process of its own that claims scheduled messages: `claimer.py INSTANCE`.

Prints "ready", waits for a line, then claims all that is due and prints the id of each. It sends none, and lives until
it is killed: as a process does that dies between the one and the other.
"""

from __future__ import annotations

from gevent import monkey  # isort: skip

monkey.patch_all()

import sys
from pathlib import Path

import gevent

from app import database
from app.auth.models import now
from app.chat import scheduling
from config import load_settings


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(instance: str) -> None:
    database.connect(load_settings(instance=Path(instance)))
    tell("ready")
    sys.stdin.readline()
    while claimed := scheduling.claim(state="waiting", at__lte=now()):
        tell(str(claimed.id))
    tell("done")
    gevent.sleep(600)


main(*sys.argv[1:])
