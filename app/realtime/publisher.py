"""What this process tells the others, sent by a greenlet of its own."""

from __future__ import annotations

import json
from collections.abc import Callable

import gevent
from gevent.event import Event
from redis.exceptions import RedisError

BEAT_SECONDS = 1.0
RETRY_SECONDS = 1.0
MOST_MESSAGES = 200
"""Of one publication: so many at once hold up nobody who receives them."""
LARGEST_BACKLOG = 8 * 1024 * 1024
"""Characters that may wait while a publication is under way."""


class Publisher:
    """Sends messages in numbered publications: whoever has one never waits for Redis, and does not fail with it.

    What comes while a publication is under way goes out together, as the next one. Without anything to send, an empty
    one goes out every second. What cannot be sent is dropped and leaves a hole in the numbers, so that the others know.
    """

    def __init__(self, sender: str, send: Callable[[str], object], report: Callable[[RedisError | None], None]) -> None:
        """`send` blocks, for a bounded time, and raises RedisError; `report` gets the error of a try, or None."""
        self._sender = json.dumps(sender)
        self._send = send
        self._report = report
        self._waiting: list[str] = []
        self._size = 0
        self._number = 0
        self._has_work = Event()

    def put(self, message: str) -> None:
        """Send a message, a JSON text, soon. Returns at once."""
        if self._size + len(message) > LARGEST_BACKLOG:
            self._drop()
        self._waiting.append(message)
        self._size += len(message)
        self._has_work.set()

    def run(self) -> None:
        """Send until killed."""
        while True:
            self._has_work.wait(BEAT_SECONDS)
            try:
                self._send(self._next())
            except RedisError as error:
                self._report(error)
                gevent.sleep(RETRY_SECONDS)
                # Old news would undo newer that the others have made meanwhile.
                self._drop()
            else:
                self._report(None)

    def _next(self) -> str:
        batch, self._waiting = self._waiting[:MOST_MESSAGES], self._waiting[MOST_MESSAGES:]
        self._size -= sum(map(len, batch))
        if not self._waiting:
            self._has_work.clear()
        self._number += 1
        return f'{{"host_id":{self._sender},"number":{self._number},"messages":[{",".join(batch)}]}}'

    def _drop(self) -> None:
        self._waiting.clear()
        self._size = 0
        self._number += 1
        self._has_work.clear()
