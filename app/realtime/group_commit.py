"""Group commit: what many greenlets want written goes out as one write, without making a lone one wait.

One batch is in flight at a time. While it is, others gather; when it is done, they are the next batch. There is
no timer: an idle system writes at once, a busy one writes in ever larger batches. Source: the group commit of
databases, DeWitt et al., "Implementation Techniques for Main Memory Database Systems", SIGMOD 1984.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeVar, cast

import gevent
from gevent import get_hub

from app.realtime.later import Done, Later

Item = TypeVar("Item")
Result = TypeVar("Result")


class GroupCommit(Generic[Item, Result]):
    """Runs `write` over batches of submitted items, in the order of submission.

    `write` gets 1 to `largest` items and returns, item by item, a result or the error of that one alone. If it
    raises, the error goes to every item of the batch and to no other. It runs in a greenlet of its own, so that no
    deadline of a submitter reaches it: it must set its own.
    """

    def __init__(self, write: Callable[[list[Item]], Sequence[Result | Exception]], largest: int = 500) -> None:
        self._write = write
        self._largest = largest
        self._waiting: deque[tuple[Item, Done]] = deque()
        self._is_writing = False

    def submit(self, item: Item) -> Result:
        """Wait until `item` is written. Returns its result or raises its error."""
        return self.later(item).wait()

    def later(self, item: Item) -> Later[Result]:
        """The same without waiting: `item` is submitted when that is begun."""
        return Later(partial(self._begin, item), _result)

    def _begin(self, item: Item, done: Done) -> None:
        self._waiting.append((item, done))
        if not self._is_writing:
            # A greenlet of its own: should the submitter be killed, the others' items are still written.
            self._is_writing = True
            gevent.spawn(self._drain)

    def _drain(self) -> None:
        try:
            while self._waiting:
                size = min(len(self._waiting), self._largest)
                self._write_batch([self._waiting.popleft() for _ in range(size)])
        finally:
            self._is_writing = False

    def _write_batch(self, batch: list[tuple[Item, Done]]) -> None:
        outcomes = self._outcomes([item for item, _ in batch])
        get_hub().loop.run_callback(_answer, [done for _, done in batch], outcomes)

    def _outcomes(self, items: list[Item]) -> Sequence[Result | Exception]:
        try:
            outcomes = self._write(items)
        except Exception as error:  # noqa: BLE001 - every submitter is told of it
            return [error] * len(items)
        if len(outcomes) != len(items):  # whom each belongs to is anybody's guess
            return [RuntimeError(f"{len(outcomes)} outcomes for {len(items)} items")] * len(items)
        return outcomes


def _answer(submitters: list[Done], outcomes: Sequence[object]) -> None:
    """Let the submitters go on, one after the other, in the hub: in a row, without a turn of the loop for each."""
    for done, outcome in zip(submitters, outcomes, strict=True):
        done(outcome)


def _result(outcome: object) -> Result:  # type: ignore[type-var]
    if isinstance(outcome, Exception):
        raise outcome
    return cast("Result", outcome)
