"""Run by test_under_gevent.py as a process of its own: `under_gevent.py SCENE BASE_URL` prints one JSON object."""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

import json  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402

from app.ai import ProviderFailed, client  # noqa: E402

ASKERS = 8


def reason_of(ask: Callable[[], object]) -> str:
    try:
        ask()
    except ProviderFailed as failure:
        return str(failure.reason)
    return "none"


def hang() -> dict[str, Any]:
    """Ask a provider that never finishes, whole and streamed, while another greenlet counts turns of the loop."""
    client.warm_up()
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            gevent.sleep(0.01)

    ticking = gevent.spawn(tick)
    whole = reason_of(lambda: client.generate_chat_completion("Hello"))
    streamed = reason_of(lambda: list(client.stream_chat_completion("Hello")))
    ticking.kill()
    return {"whole": whole, "streamed": streamed, "ticks": ticks}


def crowd() -> dict[str, Any]:
    """Several greenlets ask at once, and the first of them builds the client."""
    askers = [gevent.spawn(client.generate_chat_completion, f"in-pieces {number}") for number in range(ASKERS)]
    gevent.joinall(askers, raise_error=True)
    return {"answers": [asker.value for asker in askers]}


def dawdle() -> dict[str, Any]:
    """A reader who is still busy with a piece when the time is over: the reader's own work is not cut off."""
    client.warm_up()
    stream = client.stream_chat_completion("Hello")
    piece = next(stream)
    gevent.sleep(1.2)
    return {"piece": piece, "then": reason_of(lambda: next(stream))}


if __name__ == "__main__":
    scene, base_url = sys.argv[1:]
    play, timeout_seconds = {"hang": (hang, 0.6), "crowd": (crowd, 20.0), "dawdle": (dawdle, 1.0)}[scene]
    client.configure(client.ProviderSettings("sk-test", base_url, "test-model", timeout_seconds, max_retries=0))
    print(json.dumps(play()))  # noqa: T201
