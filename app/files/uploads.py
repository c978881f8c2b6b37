"""Taking a file in: from the body of a request into GridFS while it arrives, then recognised by what is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from bson import ObjectId
from flask import request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from app.files import kinds, names, pictures, store
from app.files.errors import BadUpload, FileTooLarge, NoFile, NotAPicture, TooManyUploads, TooMuchKept
from app.files.models import File, soon_forgotten
from app.realtime.body import expect_progress

SLOWEST = 4096  # bytes a second that an upload has to make
MOST_AT_ONCE = 6  # uploads of one user, in each process
AROUND = 64 * 1024  # what a form has beside its file
MB = 1024 * 1024

_under_way: Counter[ObjectId] = Counter()


class Sink(Protocol):
    """Where the bytes of a file go."""

    size: int

    def write(self, data: bytes) -> None: ...


class Memory:
    """Keeps a small file."""

    def __init__(self) -> None:
        self.size = 0
        self.pieces: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.size += len(data)
        self.pieces.append(data)


class Incoming:
    """What the parser of the form writes a file's bytes into."""

    def __init__(self, writer: Sink, name: str | None, most: int) -> None:
        self.name = names.cleaned(name)
        self.head = b""
        self.writer = writer
        self._most = most

    def write(self, data: bytes) -> int:
        if self.writer.size + len(data) > self._most:
            raise FileTooLarge(self._most // MB)
        if len(self.head) < kinds.HEAD:
            self.head += data[: kinds.HEAD - len(self.head)]
        self.writer.write(data)
        return len(data)

    def seek(self, _position: int) -> int:
        """The parser goes back to the beginning for whoever reads it next: nobody does."""
        return 0


def receive(owner: ObjectId, most_mb: int, all_mb: int = 0) -> tuple[File, dict[str, str]]:
    """Keep the one file of this request; also the text fields of its form.

    The file belongs to the owner and to no message yet. All that is theirs has `all_mb` at most; 0: any. Errors:
    `NoFile`, `BadUpload`, `FileTooLarge`, `PictureTooLarge`, `TooManyUploads`, `TooMuchKept`; after any of them nothing
    is kept.
    """
    with _one_of_few(owner):
        _check_all(owner, all_mb, (request.content_length or 0) - AROUND)
        file = _begun(owner)
        file.save(force_insert=True)
        try:
            writer = store.Writer(file.blobs[0])
            incoming, fields = _read_form(writer, most_mb * MB)
            file.sha256 = writer.close()
            _finish(file, incoming)
            _check_all(owner, all_mb)  # with it, and with what came at the same time: of two that do not fit both go
        except BaseException:  # also when the client is too slow, which is no Exception
            discard(file)
            raise
    return file, fields


def read_small(owner: ObjectId, most_mb: int) -> bytes:
    """The one file of this request, kept nowhere. Errors: as `receive`."""
    memory = Memory()
    with _one_of_few(owner):
        _read_form(memory, most_mb * MB)
    return b"".join(memory.pieces)


def discard(file: File) -> None:
    """Remove a file and all that was stored of it. What is cut short here is found again by its time."""
    store.remove(file.blobs)
    file.delete()


def _check_all(owner: ObjectId, most_mb: int, more: int = 0) -> None:
    if most_mb and File.objects(owner=owner).sum("size") + max(more, 0) > most_mb * MB:
        raise TooMuchKept(most_mb)


def _begun(owner: ObjectId) -> File:
    blobs = [ObjectId() for _ in range(3)]
    return File(owner=owner, name="", type=kinds.ANYTHING, blobs=blobs, expires_at=soon_forgotten())


def _read_form(sink: Sink, most: int) -> tuple[Incoming, dict[str, str]]:
    if request.content_length is not None and request.content_length > most + AROUND:
        raise FileTooLarge(most // MB)
    request.max_content_length = most + AROUND
    expect_progress(request.environ, SLOWEST)
    found: list[Incoming] = []

    def begin(*, filename: str | None = None, **_facts: Any) -> Any:
        if found:
            raise NoFile
        found.append(Incoming(sink, filename, most))
        return found[0]

    parser = FormDataParser(begin, max_form_memory_size=AROUND, max_form_parts=10, silent=False)  # type: ignore[arg-type]
    try:
        _, fields, files = parser.parse(
            request.stream, request.mimetype, request.content_length, request.mimetype_params
        )
    except RequestEntityTooLarge:
        raise FileTooLarge(most // MB) from None
    except (ValueError, OSError, ClientDisconnected):
        raise BadUpload from None
    # A part that began and never ended was not handed over: the form was cut off.
    if found and not files:
        raise BadUpload
    if not found or "file" not in files or found[0].writer.size == 0:
        raise NoFile
    return found[0], {name: str(value) for name, value in fields.items()}


def _finish(file: File, incoming: Incoming) -> None:
    """What is in it decides what it is. A picture that cannot be read is kept as a file that nobody is shown."""
    file.name, file.size = incoming.name, incoming.writer.size
    file.content = file.blobs[0]
    file.type = kinds.recognised(incoming.head)
    if file.type in kinds.PICTURES:
        try:
            _develop(file)
        except NotAPicture:
            file.type = kinds.ANYTHING
    file.is_whole = True
    file.save()


def _develop(file: File) -> None:
    if file.size > pictures.MOST_BYTES:
        raise NotAPicture
    original, anew, thumbnail = file.blobs
    picture = pictures.anew(store.read_all(original, file.size), file.owner)
    file.sha256 = store.put(anew, picture.data)
    file.type, file.size, file.content = picture.type, len(picture.data), anew
    file.width, file.height = picture.width, picture.height
    if picture.thumbnail:
        store.put(thumbnail, picture.thumbnail)
        file.thumbnail, file.thumbnail_size = thumbnail, len(picture.thumbnail)
    store.remove([original])


@contextmanager
def _one_of_few(owner: ObjectId) -> Iterator[None]:
    if _under_way[owner] >= MOST_AT_ONCE:
        raise TooManyUploads
    _under_way[owner] += 1
    try:
        yield
    finally:
        _under_way[owner] -= 1
        if not _under_way[owner]:
            del _under_way[owner]
