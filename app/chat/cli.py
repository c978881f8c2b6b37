"""Commands for whoever runs the server: `flask backup`, `flask restore`, `flask chat ...`."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click
from flask.cli import AppGroup, with_appcontext
from pymongo.errors import PyMongoError

from app.chat import backups, progress, transfer
from app.errors import StandinError

chat = AppGroup("chat", help="Export and import what was said.")

LAYOUTS = {"full": transfer.full, "original": transfer.original}
STANDARD_OUTPUT = "-"


@chat.command("export")
@click.option("--format", "layout", type=click.Choice(list(LAYOUTS)), default="full", show_default=True)
@click.argument("file", default=STANDARD_OUTPUT, type=click.Path(dir_okay=False, allow_dash=True))
def export(layout: str, file: str) -> None:
    """Write everything that was said to FILE, or to standard output (-).

    \b
    full      every user, room, membership and message as JSON lines, for `import`
    original  {"users": ..., "messages": ...} as the original project kept them

    The full format holds e-mail addresses and the HASHES OF PASSWORDS: keep it as safe as the database. A file is
    made readable by its owner only, and appears under its name when it is whole. The app may be in use meanwhile.
    """
    written = 0
    with _one_line_errors(file), _output(file) as output, progress.shown("Exporting", transfer.size()) as advance:
        for piece in LAYOUTS[layout]():
            written += output.write(piece.encode())
            advance(1)
    click.echo("Files themselves, and people's pictures, are not in it: back these up with MongoDB's tools", err=True)
    click.echo(f"Exported {written:,} bytes to {_named(file)}", err=True)


@chat.command("import")
@click.argument("file", type=click.File("rb"))
def import_(file: BinaryIO) -> None:
    """Read FILE, a full export, back.

    Every line is checked before anything is written. What is stored already stays as it is, so importing a file
    twice changes nothing. A document that would take the place of another one, say an e-mail address under another
    id, makes the file refused. Import into an app that nobody writes in.
    """
    if not file.seekable():
        raise click.ClickException("the file is read twice: give one that is not a pipe")
    with _one_line_errors(file.name), progress.shown("Importing", 2 * _length(file)) as advance:
        outcome = transfer.load(file, advance)
    for collection, new in outcome.new.items():
        click.echo(f"{collection}: {new:,} imported, {outcome.kept[collection]:,} were here already", err=True)


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@with_appcontext
def backup(file: str) -> None:
    """Write the whole database, with all files, to FILE, or to standard output (-).

    It is as of one moment, while the app is in use. It holds e-mail addresses, the HASHES OF PASSWORDS and all that was
    said: keep it as safe as the database.
    """
    with _one_line_errors(file), _output(file) as output, progress.shown("Backing up", backups.size()) as advance:
        counts = backups.write(output, advance)
    click.echo(f"Backed up {counts.total():,} documents to {_named(file)}", err=True)


@click.command("restore")
@click.argument("file", type=click.File("rb"))
@with_appcontext
def restore(file: BinaryIO) -> None:
    """Read FILE, a backup, into an empty database, before anybody uses it. People log in again afterwards.

    All of it is checked before anything is written.
    """
    if not file.seekable():
        raise click.ClickException("the file is read twice: give one that is not a pipe")
    with _one_line_errors(file.name), progress.shown("Restoring", 2 * _length(file)) as advance:
        counts = backups.restore(file, advance)
    click.echo(f"Restored {counts.total():,} documents", err=True)


@contextmanager
def _one_line_errors(file: str) -> Iterator[None]:
    try:
        yield
    except (transfer.Refused, StandinError) as error:
        raise click.ClickException(str(error)) from None
    except PyMongoError as error:
        raise click.ClickException(f"the database: {type(error).__name__}: {str(error)[:200]}") from error
    except BrokenPipeError:
        raise  # whoever read it has had enough: click ends quietly
    except OSError as error:
        raise click.ClickException(f"{_named(file)}: {error.strerror}") from error


@contextmanager
def _output(name: str) -> Iterator[BinaryIO]:
    """Where to write: standard output, a device or pipe as it is, or a private file that replaces `name` when whole."""
    path = Path(name)
    if name == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    elif path.exists() and not stat.S_ISREG(path.stat().st_mode):
        with path.open("wb") as file:
            yield file
    else:
        with _replacing(path.resolve()) as file:
            yield file


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # readable by its owner only
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _length(file: BinaryIO) -> int:
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    return length


def _named(file: str) -> str:
    return "standard output" if file == STANDARD_OUTPUT else file
