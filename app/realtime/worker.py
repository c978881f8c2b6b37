"""The gunicorn worker.

gunicorn's master imports it, so it loads neither Flask nor anything else that gevent has to patch first.
"""

from __future__ import annotations

import gc
from typing import Any

import gevent
from geventwebsocket.gunicorn.workers import GeventWebSocketWorker

from app.realtime import drain
from app.realtime.handler import Handler, Listener

GARBAGE_THRESHOLDS = (5_000, 10, 10)
"""When the collector looks at new objects, at those that outlived that, and at all. Python's own, 700, 10 and 10, took
a tenth of the time under load. A look takes a millisecond for 4,000 objects and holds everyone up: so no larger."""
END_SECONDS = 7  # with gunicorn's own steps of a second before and after, the process ends within ten


class Worker(GeventWebSocketWorker):  # type: ignore[misc]
    """gunicorn's gevent worker with this package's WebSocket handling, and an end that its clients hardly notice."""

    wsgi_handler = Handler

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._listeners: list[Listener] = []
        self._draining: gevent.Greenlet | None = None

    def server_class(self, *args: Any, **options: Any) -> Listener:
        """Make the server of one listening socket; gunicorn expects a class here."""
        listener = Listener(*args, **options)
        self._listeners.append(listener)
        return listener

    def load_wsgi(self) -> None:
        """Load the app, and spare the garbage collector from looking through it again and again."""
        super().load_wsgi()
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GARBAGE_THRESHOLDS)

    def run(self) -> None:
        """Serve until told to stop, then until the clients are gone."""
        if self.cfg.is_ssl:
            raise RuntimeError("WebSockets are written to plain sockets: let TLS end at a proxy in front")
        self.cfg.set("graceful_timeout", min(self.cfg.graceful_timeout, END_SECONDS))
        super().run()
        if self._draining is not None:
            self._draining.join()

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Begin to stop: SIGTERM."""
        super().handle_exit(sig, frame)
        if self._draining is None:
            self._draining = gevent.spawn(self._stop)

    def _stop(self) -> None:
        for listener in self._listeners:
            listener.close()
        drain.drain()
