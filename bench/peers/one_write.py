"""Standin's transport without coalescing: for the benchmark only, so the transport itself has no switch for it."""

from __future__ import annotations

from collections.abc import Collection

from app.realtime.outbox import Backlog, Crowd, Outboxes, Writer, outboxes


class Eager(Outboxes):
    """Outboxes that wait for nothing: each frame is a write of its own, unless the kernel takes no more."""

    def put(self, writer: Writer, frames: bytes) -> None:
        if isinstance(writer.pending, Backlog):
            writer.pending.append(frames)
        else:
            writer.pending = [frames]
            writer.flush()

    def broadcast(self, crowd: Crowd, frames: bytes, skipped: Collection[Writer] = ()) -> None:
        for writer in crowd.writers:
            if writer not in skipped:
                self.put(writer, frames)


def write_each_by_itself() -> None:
    """Make the outboxes of this process eager. Every module holds this one object, so it changes its class."""
    outboxes.__class__ = Eager
