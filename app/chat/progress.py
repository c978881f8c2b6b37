"""How far a long command is, on standard error: a bar on a terminal, elsewhere a plain line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

SECONDS_BETWEEN_LINES = 5.0

Advance = Callable[[int], None]


@contextmanager
def shown(title: str, total: int) -> Iterator[Advance]:
    """Show progress while the body runs, which calls what it is given with each amount that is done."""
    console = Console(stderr=True)
    with _bar(console, title, total) if console.is_terminal else _plain(title, total) as advance:
        yield advance


@contextmanager
def _bar(console: Console, title: str, total: int) -> Iterator[Advance]:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    # Without its thread, which would have to be told from a greenlet: it is drawn as the work goes on.
    with Progress(*columns, console=console, auto_refresh=False) as progress:
        task = progress.add_task(title, total=total)
        due = 0.0

        def advance(amount: int) -> None:
            nonlocal due
            progress.advance(task, amount)
            if time.monotonic() >= due:
                progress.refresh()
                due = time.monotonic() + 0.1

        yield advance
        progress.update(task, completed=total, refresh=True)


@contextmanager
def _plain(title: str, total: int) -> Iterator[Advance]:
    done, due = 0, time.monotonic() + SECONDS_BETWEEN_LINES

    def advance(amount: int) -> None:
        nonlocal done, due
        done += amount
        if time.monotonic() >= due:
            click.echo(f"{title}: {min(100, 100 * done // max(total, 1))} %", err=True)
            due = time.monotonic() + SECONDS_BETWEEN_LINES

    yield advance
