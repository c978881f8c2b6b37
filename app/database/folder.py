"""The private folder of the embedded MongoDB: what lies where, who may read it, and its secrets."""

from __future__ import annotations

import base64
import errno
import hashlib
import os
import re
import secrets
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ValidationError

from app.database.errors import DatabaseUnavailable

# The longest path a Unix socket can have on Linux, less the terminating NUL (unix(7)).
LONGEST_SOCKET_PATH = 107
LONGEST_SOCKET_NAME = "mongodb-27017.sock"
# mongod parses a socket's path as a host, and PyMongo puts a host it is told of into lower case.
PLAIN_PATH = re.compile(r"[a-z0-9/._-]+")


class Credentials(BaseModel, frozen=True):
    """The passwords of the two users of the embedded server, made once and kept beside the data."""

    root_password: str
    app_password: str


@dataclass(frozen=True)
class MongoFolder:
    """Names in the folder. `sockets` is a link to the folder that holds the sockets: most often this one."""

    path: Path

    @property
    def users_lock(self) -> Path:
        """Shared by every process that uses the server; taken alone by the guardian before it stops it."""
        return self.path / "users.lock"

    @property
    def start_lock(self) -> Path:
        """Held by the one process that starts or sets up the server."""
        return self.path / "start.lock"

    @property
    def guardian_lock(self) -> Path:
        """Held by the guardian for as long as it lives: the only proof of its life that is trusted."""
        return self.path / "guardian.lock"

    @property
    def sockets(self) -> Path:
        return (self.path / "sockets").resolve()

    @property
    def server_socket(self) -> Path:
        return self.sockets / "mongod.sock"

    @property
    def guardian_socket(self) -> Path:
        return self.sockets / "guardian.sock"

    def prepare(self) -> None:
        """Make what is missing. Call it only while holding the start lock, with no guardian alive."""
        make_private(self.path / "data")
        _link_sockets(self.path)
        if not (self.path / "keyfile").exists():
            _write_new(self.path / "keyfile", base64.b64encode(secrets.token_bytes(512)), mode=0o400)
        if not (self.path / "credentials.json").exists():
            fresh = Credentials(root_password=secrets.token_hex(32), app_password=secrets.token_hex(32))
            _write_new(self.path / "credentials.json", fresh.model_dump_json().encode(), mode=0o400)

    def credentials(self) -> Credentials:
        path = self.path / "credentials.json"
        try:
            return Credentials.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise DatabaseUnavailable(f"cannot read the embedded MongoDB's passwords from {path}") from error


def make_private(folder: Path) -> Path:
    """Make a folder that only its owner can enter (0700), with its parents.

    Raises DatabaseUnavailable if it cannot be made, is no folder, or belongs to another user.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
            raise DatabaseUnavailable(f"{folder} must be a folder of this user's own: check STANDIN_INSTANCE")
        if stat.S_IMODE(status.st_mode) != 0o700:
            folder.chmod(0o700)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "not writable")
    except OSError as error:
        message = f"cannot keep the database in {folder} ({error.strerror}): check STANDIN_INSTANCE"
        raise DatabaseUnavailable(message) from error
    return folder


def _link_sockets(folder: Path) -> None:
    """Point `sockets` to where the sockets of the next server will be.

    That is the folder itself, or, if its path cannot be a socket's, a private one among the temporary files.
    It is written down as a link because another process may have another TMPDIR.
    """
    link = folder / "sockets"
    fits = len(os.fsencode(folder / LONGEST_SOCKET_NAME)) <= LONGEST_SOCKET_PATH
    is_plain = PLAIN_PATH.fullmatch(str(folder)) is not None
    link.unlink(missing_ok=True)
    link.symlink_to(Path() if fits and is_plain else make_private(_runtime_folder(folder)))


def _runtime_folder(folder: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path(tempfile.gettempdir()).resolve() / f"standin-{os.geteuid()}-{digest}"


def _write_new(path: Path, content: bytes, *, mode: int) -> None:
    """Write a file that is either whole or absent, also after a crash."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
