"""A provider that writes what the test tells it to, when the test tells it to."""

from __future__ import annotations

import queue
from collections.abc import Iterator

from tests.ai.raw_provider import STREAM_HEAD, event

BREAK_OFF, FINISH = object(), object()


class Pen:
    """Each answer is written by `write`, piece by piece, until `finish` or `break_off`."""

    def __init__(self) -> None:
        self._steps: queue.Queue[object] = queue.Queue()
        self.begun: queue.Queue[None] = queue.Queue()

    def write(self, *pieces: str) -> None:
        for piece in pieces:
            self._steps.put(piece)

    def finish(self, *pieces: str) -> None:
        self.write(*pieces)
        self._steps.put(FINISH)

    def break_off(self) -> None:
        self._steps.put(BREAK_OFF)

    def _next(self) -> object:
        try:
            return self._steps.get(timeout=60)
        except queue.Empty:
            return BREAK_OFF

    def answer(self) -> Iterator[bytes]:
        self.begun.put(None)
        yield STREAM_HEAD
        while (step := self._next()) is not BREAK_OFF:
            if step is FINISH:
                yield event("", "stop") + b"data: [DONE]\n\n"
                return
            yield event(str(step))
