"""Questions to the database that many ask at the same moment, asked as one.

After a restart everyone comes in at once and asks the same, each of an id of their own. A question costs the worker a
third of a millisecond, however much is asked by it: so whoever asks while one is under way shares the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

from pymongo import timeout

from app.realtime.group_commit import GroupCommit

READ_SECONDS = 5.0

Key = TypeVar("Key")
Answer = TypeVar("Answer")


class Together(Generic[Key, Answer]):
    """Asks `find` for all keys that are asked for at the same moment, each once; what it does not know it leaves out.

    An answer is never older than the question. Those who asked together get the same objects: nobody may change them.
    The asker's own deadline of pymongo's does not reach the question, which has one of its own; one of gevent's does.
    """

    def __init__(self, find: Callable[[list[Key]], Mapping[Key, Answer]]) -> None:
        self._find = find
        self._questions: GroupCommit[tuple[Key, ...], dict[Key, Answer]] = GroupCommit(self._ask)

    def ask(self, key: Key) -> Answer | None:
        """The answer for one key; None for none."""
        return self._questions.submit((key,)).get(key)

    def ask_all(self, keys: Iterable[Key]) -> dict[Key, Answer]:
        """The answers for several keys, as far as there are any."""
        return self._questions.submit(wanted) if (wanted := tuple(keys)) else {}

    def _ask(self, questions: list[tuple[Key, ...]]) -> list[dict[Key, Answer]]:
        with timeout(READ_SECONDS):  # the asker's own does not reach the greenlet that asks
            found = self._find(list(dict.fromkeys(key for keys in questions for key in keys)))
        return [{key: found[key] for key in keys if key in found} for keys in questions]
