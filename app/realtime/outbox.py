"""What waits to be written: frames by connection, written once per turn of the event loop.

All that a turn makes for one client leaves in one write. A write on a socket costs several microseconds of the kernel's
time, far more than everything else about a delivery does. Nothing waits for a timer: an idle system writes at once.

Who has nothing else to write shares one list with all the others that a broadcast reaches, and parts from it with the
first frame that is for fewer: so another broadcast to the same crowd is one `append`, and is joined once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from gevent import get_hub

FEW = 8  # connections up to which sharing costs more than it saves

NOTHING: tuple[bytes, ...] = ()
"""What is pending for a connection that has nothing to write."""


class Writer(Protocol):
    """Something with frames to write. Only `Outboxes` puts any there."""

    pending: list[bytes] | tuple[bytes, ...]
    send_some: Callable[[bytes], int]
    """Give the kernel some bytes; returns how many it took, or raises OSError."""

    def flush(self) -> None:
        """Write what is pending without blocking; must not raise."""

    def not_sent(self, data: bytes, count: int, error: OSError | None) -> None:
        """Learn that of what was shared only `count` bytes were taken; must not raise."""


class Crowd:
    """Connections that get the same broadcasts."""

    __slots__ = ("shared", "writers")

    def __init__(self, writers: Sequence[Writer] = ()) -> None:
        self.writers = writers
        self.shared: Shared | None = None


class Shared(list[bytes]):
    """The pending frames of all who belong to a crowd and have nothing else to write in this turn.

    It is the `pending` of each of them. `apart` are the others of the crowd, who have lists of their own.
    """

    __slots__ = ("apart", "crowd")

    def __init__(self, frames: bytes, crowd: Crowd) -> None:
        super().__init__((frames,))
        self.crowd = crowd
        self.apart: list[Writer] = []


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
        self._shared: list[Shared] = []
        self._is_scheduled = False

    def put(self, writer: Writer, frames: bytes) -> None:
        """Give one connection frames to write."""
        pending = writer.pending
        if pending.__class__ is Shared:
            self._part(writer, pending)
            pending = writer.pending
        if pending:
            pending.append(frames)  # type: ignore[union-attr]
        else:
            writer.pending = [frames]
            self._due.append(writer)
            if not self._is_scheduled:
                self._schedule()

    def broadcast(self, crowd: Crowd, frames: bytes, skipped: Collection[Writer] = ()) -> None:
        """Give the same frames to many connections."""
        shared = crowd.shared
        if shared is not None:
            for writer in skipped:
                if writer.pending is shared:
                    self._part(writer, shared)
            shared.append(frames)
            others: Sequence[Writer] = shared.apart
        else:
            others = crowd.writers if len(crowd.writers) <= FEW else self._share(crowd, frames, skipped)
        for writer in others:
            if not skipped or writer not in skipped:
                self.put(writer, frames)

    def _share(self, crowd: Crowd, frames: bytes, skipped: Collection[Writer]) -> list[Writer]:
        """Let all share the frames who can; returns the others."""
        shared = crowd.shared = Shared(frames, crowd)
        apart = shared.apart
        for writer in crowd.writers:
            if writer.pending or (skipped and writer in skipped):
                apart.append(writer)
            else:
                writer.pending = shared
        self._shared.append(shared)
        if not self._is_scheduled:
            self._schedule()
        return apart

    def _part(self, writer: Writer, shared: list[bytes] | tuple[bytes, ...]) -> None:
        """Give a writer a list of its own, with what it had to write in common with others."""
        assert isinstance(shared, Shared)  # noqa: S101 - for the type checker
        shared.apart.append(writer)
        writer.pending = list(shared)
        self._due.append(writer)

    def _schedule(self) -> None:
        self._is_scheduled = True
        get_hub().loop.run_callback(self._flush)

    def _flush(self) -> None:
        self._is_scheduled = False
        due, self._due = self._due, []
        all_shared, self._shared = self._shared, []
        for shared in all_shared:
            shared.crowd.shared = None
        try:
            while all_shared:
                _write_shared(all_shared[-1])
                all_shared.pop()
            due.reverse()
            while due:
                due.pop().flush()
        finally:
            if due or all_shared:  # one of them broke its promise; the others are not to wait for it
                self._due += due
                self._shared += all_shared
                if not self._is_scheduled:
                    self._schedule()


def _write_shared(shared: Shared) -> None:
    """Write to all who still share. The shortest loop that Python allows: it runs once for each delivery."""
    data = shared[0] if len(shared) == 1 else b"".join(shared)
    size = len(data)
    for writer in shared.crowd.writers:
        if writer.pending is shared:
            writer.pending = NOTHING
            try:
                count = writer.send_some(data)
            except OSError as error:
                writer.not_sent(data, 0, error)
            else:
                if count != size:
                    writer.not_sent(data, count, None)


outboxes = Outboxes()
"""The one of this process. Every byte to a WebSocket goes through it, or frames of two senders would mix."""
