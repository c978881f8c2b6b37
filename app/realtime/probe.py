"""The upgrade of a session from polling to a WebSocket: the probe, and the packet that completes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engineio import packet
from gevent import get_hub

from app.realtime import frames
from app.realtime.connection import Connection
from app.realtime.limits import Limits

if TYPE_CHECKING:
    from app.realtime.session import Session


class Probe:
    """Receives what comes over a new WebSocket until the session moves to it.

    The client sends `2probe`, is answered `3probe`, waits for its last poll to return, which a NOOP sees to, and sends
    `5`. Anything else, or too long a wait, ends the WebSocket and leaves the session on polling.
    """

    def __init__(self, session: Session, connection: Connection, limits: Limits) -> None:
        self._session = session
        self._connection = connection
        self._timer: Any = get_hub().loop.timer(limits.upgrade_seconds)
        self._timer.start(self._give_up, frames.POLICY)

    def received(self, message: str | bytes) -> None:
        """Take one packet of the exchange."""
        session = self._session
        if message == "2probe" and not session.upgrading:
            session.upgrading = True
            self._connection.send("3probe")
            session.queue.put(packet.Packet(packet.NOOP))
        elif message == "5" and session.upgrading:
            self._stop()
            session.move(self._connection)
        else:
            self._give_up(frames.POLICY)

    def lost(self, reason: str) -> None:  # noqa: ARG002 - the session goes on, so nobody asks
        """The new WebSocket is gone."""
        self._give_up(frames.NORMAL)

    def cancel(self) -> None:
        """The session ends."""
        self._stop()
        self._connection.close(frames.GOING_AWAY)

    def _give_up(self, code: int) -> None:
        self._stop()
        self._session.probe = None
        self._session.upgrading = False
        self._connection.close(code)

    def _stop(self) -> None:
        self._timer.stop()
        self._timer.close()
