"""The transport: Socket.IO on gevent, with our own WebSocket handling and fan-out. Knows nothing of rooms or users.

`SocketIO` is loaded when it is first asked for: gunicorn's master imports `app.realtime.worker` before it
forks, and must not load Flask and everything below it before gevent has patched the worker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.realtime.extension import SocketIO

__all__ = ["SocketIO"]


def __getattr__(name: str) -> Any:
    if name == "SocketIO":
        from app.realtime.extension import SocketIO

        return SocketIO
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
