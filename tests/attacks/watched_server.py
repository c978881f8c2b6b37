"""gunicorn as it serves the app, and beside it a note of how long its loop was held up.

Four times a second it writes a line of JSON: the longest time between two turns of the loop since the line before, and
how much of it this thread computed. The rest of it the machine gave to others. `GUNICORN_CMD_ARGS=--config=...` takes
this in place of gunicorn.conf.py.
"""

from __future__ import annotations

import json
import os
import runpy
import time
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
TURN_SECONDS, LINE_SECONDS = 0.002, 0.25
NOTES = "loop.jsonl"

served = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
globals().update({name: value for name, value in served.items() if not name.startswith("__")})


class Stall(NamedTuple):
    """Seconds: how long nobody else's turn came, and what of it was computing."""

    held_up: float
    computing: float


def post_worker_init(worker: Any) -> None:
    import gevent

    served["post_worker_init"](worker)
    gevent.spawn(_watch, Path(os.environ["STANDIN_INSTANCE"], NOTES))


def _watch(notes: Path) -> None:
    import gevent

    with notes.open("a", encoding="ascii") as file:
        while True:
            worst, until = Stall(0, 0), time.perf_counter() + LINE_SECONDS
            while (began := time.perf_counter()) < until:
                computed = time.thread_time()
                gevent.sleep(TURN_SECONDS)
                held_up = time.perf_counter() - began - TURN_SECONDS
                worst = max(worst, Stall(held_up, time.thread_time() - computed))
            file.write(json.dumps(worst) + "\n")
            file.flush()


def stalls(instance: Path, after: int = 0) -> list[Stall]:
    """What was noted, but for the first lines."""
    lines = (instance / NOTES).read_text("ascii").splitlines()[after:]
    return [Stall(*json.loads(line)) for line in lines if line.endswith("]")]
