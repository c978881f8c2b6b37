"""What is not there yet, and what is to be done with it: waiting that needs no greenlet.

A handler that returns a `Later` has begun something. Its client's next event may be handled meanwhile, and a hundred
that wait like this keep no stack each: one after the other they are done with by the same greenlet, out of warm caches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from gevent import get_hub
from gevent.hub import Waiter

Value = TypeVar("Value")
More = TypeVar("More")
Done = Callable[[Any], object]
Begin = Callable[[Done], object]
"""Begins something, and calls what it is given with the outcome, once, in the hub."""


class Later(Generic[Value]):
    """The value that follows, step by step, from the outcome of something that was not begun yet.

    As few objects as can be: under load there are hundreds, and the garbage collector looks at each.
    """

    __slots__ = ("begin", "guard", "steps")

    def __init__(self, begin: Begin, *steps: Callable[[Any], Any]) -> None:
        self.begin = begin
        self.steps = steps
        self.guard: Callable[..., Any] | None = None
        """Calls a function with an argument, and has a word for what it raises."""

    @classmethod
    def of(cls, value: Value) -> Later[Value]:
        """A value that is there."""
        return cls(lambda done: get_hub().loop.run_callback(done, value))

    def followed_by(self, step: Callable[[Value], More]) -> Later[More]:
        """Make this one what `step` makes of its value."""
        self.steps = (*self.steps, step)
        return cast("Later[More]", self)

    def read(self, outcome: Any) -> Value:
        """The value of this outcome, or an error; in a greenlet."""
        for step in self.steps:
            outcome = step(outcome)
        return cast("Value", outcome)

    def read_guarded(self, outcome: Any) -> Any:
        """The same, with the guard's word for an error, where there is a guard."""
        return self.read(outcome) if self.guard is None else self.guard(self.read, outcome)

    def wait(self) -> Value:
        """Begin, and wait for it in this greenlet."""
        waiter = Waiter()
        self.begin(waiter.switch)
        value: Value = self.read_guarded(waiter.get())
        return value
