"""Who is in which room, and the fan-out to them."""

from __future__ import annotations

import socketio


class Manager(socketio.Manager):  # type: ignore[misc]
    """Rooms of one process."""


class RedisManager(socketio.RedisManager, Manager):  # type: ignore[misc]
    """Rooms of many processes: Redis carries one copy of a broadcast to each, the fan-out in each is ours."""
