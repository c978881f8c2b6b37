"""What waits to be written: a list of frames per connection, written once per turn of the event loop.

All that a turn makes for one client leaves in one write. A write on a socket costs 5 microseconds of the kernel's time,
ten times what everything else about a delivery does. Nothing waits for a timer: an idle system writes at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from gevent import get_hub


class Writer(Protocol):
    """Something with frames to write. Only `pending.append` puts one there."""

    pending: list[bytes]

    def flush(self) -> None:
        """Write what is pending without blocking; must not raise."""


class Backlog(list[bytes]):
    """The pending frames of a connection for which the kernel takes no more. Bounded: `overflow` is called beyond it.

    It also knows how old its contents are: `marked` bytes of it were there when `mark` was last called.
    """

    __slots__ = ("_limit", "_overflow", "marked", "size")

    def __init__(self, rest: bytes, limit: int, overflow: Callable[[], None]) -> None:
        super().__init__((rest,))
        self.size = len(rest)
        self.marked = self.size
        self._limit = limit
        self._overflow = overflow

    def append(self, frame: bytes) -> None:
        """Add a frame; the caller does not learn that it was one too many, since it is in the midst of a broadcast."""
        super().append(frame)
        self.size += len(frame)
        if self.is_too_big:
            self._overflow()

    @property
    def is_too_big(self) -> bool:
        return self.size > self._limit

    def sent(self, data: bytes, count: int) -> None:
        """Note that `count` bytes of `data`, which was everything, are gone."""
        self[:] = [data[count:]]
        self.size -= count
        self.marked -= count

    def mark(self) -> None:
        """Start counting anew how much of what is here now is still waiting."""
        self.marked = self.size


class Discard(list[bytes]):
    """The pending frames of a connection that is gone: it takes everything and keeps nothing."""

    __slots__ = ()

    def __bool__(self) -> bool:  # so that nobody lists the connection for writing
        return True

    def append(self, frame: bytes) -> None:
        """Forget the frame."""


DISCARD = Discard()


class Outboxes:
    """The connections of this process that have something to write at the end of the turn."""

    def __init__(self) -> None:
        self._due: list[Writer] = []

    def put(self, writer: Writer, frames: bytes) -> None:
        """Give one connection frames to write."""
        pending = writer.pending
        if not pending:
            self._schedule()
            self._due.append(writer)
        pending.append(frames)

    def broadcast(self, writers: Iterable[Writer], frames: bytes, skipped: Collection[Writer] = ()) -> None:
        """Give the same frames to many connections, in the shortest loop that Python allows."""
        self._schedule()
        due = self._due
        for writer in writers:
            if skipped and writer in skipped:
                continue
            pending = writer.pending
            if not pending:
                due.append(writer)
            pending.append(frames)

    def _schedule(self) -> None:
        if not self._due:
            get_hub().loop.run_callback(self._flush)

    def _flush(self) -> None:
        due, self._due = self._due, []
        due.reverse()
        try:
            while due:
                due.pop().flush()
        finally:
            if due:  # one of them broke its promise; the others are not to wait for it
                self._schedule()
                self._due += due


outboxes = Outboxes()
"""The one of this process. Every byte to a WebSocket goes through it, or frames of two senders would mix."""
