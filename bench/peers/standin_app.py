"""The full Standin, as it is served, with two things beside it that only the benchmark asks for, under /bench.

GET /bench/plain is a Flask route that does nothing, for the history page to be compared with. GET /bench/stall is the
longest time, in milliseconds, that the event loop has not come round since it was asked for last.
"""

from wsgi import app  # isort: skip  # patches first

import os
import time

import gevent
from flask import Flask, jsonify
from flask.typing import ResponseReturnValue
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from bench.peers.one_write import write_each_by_itself

TICK_SECONDS = 0.001

if os.environ.get("BENCH_ONE_WRITE"):
    write_each_by_itself()


class Ticker:
    """A greenlet that wants to run every millisecond, and notes when it could not."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._greenlet: gevent.Greenlet | None = None

    def take(self) -> float:
        """The longest stall since the last call; the first call starts the ticking."""
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._tick)
        longest, self.longest = self.longest, 0.0
        return longest

    def _tick(self) -> None:
        while True:
            began = time.monotonic()
            gevent.sleep(TICK_SECONDS)
            self.longest = max(self.longest, time.monotonic() - began - TICK_SECONDS)


plain = Flask("plain")
ticker = Ticker()


@plain.get("/plain")
def nothing() -> ResponseReturnValue:
    return jsonify(ok=True)


@plain.get("/stall")
def stall() -> ResponseReturnValue:
    return jsonify(longest_ms=ticker.take() * 1000)


app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/bench": plain})  # type: ignore[method-assign]
