"""The gunicorn worker.

gunicorn's master imports it, so it loads neither Flask nor anything else that gevent has to patch first.
"""

from __future__ import annotations

from geventwebsocket.gunicorn.workers import GeventWebSocketWorker


class Worker(GeventWebSocketWorker):  # type: ignore[misc]
    """gunicorn's gevent worker with this package's WebSocket handling."""
