"""A way in for many who come at once: those who wait go together, when all who went before are through.

They stay abreast, so what they have in common is done once for all of them. More at a time would each take too long
among all the others; one after the other each would pay for everything alone.
"""

from __future__ import annotations

from collections import deque

from gevent.event import Event


class Ferry:
    """Takes at most `seats` at a time. Whoever comes while nobody is aboard does not wait."""

    def __init__(self, seats: int) -> None:
        self._seats = seats
        self._aboard = 0
        self._waiting: deque[Event] = deque()

    def board(self, seconds: float) -> bool:
        """Wait for a place, at most so long; whether there was one. Whoever got one has to `leave`."""
        if not self._aboard:
            self._aboard = 1
            return True
        call = Event()
        self._waiting.append(call)
        try:
            call.wait(seconds)
        except BaseException:
            if call.is_set():  # called, and killed at the same moment
                self.leave()
            raise
        finally:
            if not call.is_set():
                self._waiting.remove(call)
        return bool(call.is_set())

    def leave(self) -> None:
        """Be through. The last one calls those who wait."""
        self._aboard -= 1
        if not self._aboard:
            self._aboard = min(self._seats, len(self._waiting))
            for _ in range(self._aboard):
                self._waiting.popleft().set()
