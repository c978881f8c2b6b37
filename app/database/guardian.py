"""The guardian of an embedded mongod: starts it, restarts it after a crash, stops it after its last user.

Run by path in an isolated interpreter (`python -I -S guardian.py FOLDER MONGOD`), so it imports nothing but
the standard library. It detaches itself, and is then the parent of mongod. Linux only: the kernel sends
mongod a SIGTERM when the guardian dies (PR_SET_PDEATHSIG).

Who is alive is told by flocks in FOLDER and never by process ids:
- users.lock: shared by each user. To get it alone proves that nobody is left; newcomers wait meanwhile.
- guardian.lock: held by this process.
- server.lock: held by this process and, inherited, by mongod. A second mongod would unlink the socket of the
  first before it notices, so the next guardian waits for this lock.

A process that leaves connects to guardian.sock and waits until the connection is closed: at once if others
remain, otherwise when mongod has stopped and this process is going.
"""

from __future__ import annotations

import ctypes
import fcntl
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

POLL_SECONDS = 0.2
LINGER_SECONDS = 3.0
LOCK_SECONDS = 40.0
STOP_SECONDS = 30.0
SOUND_UPTIME_SECONDS = 3.0  # one that cannot go on, as on a full disk, ends earlier
RESTART_DELAYS = (0.1, 0.5, 1.0)
LATER_RESTART_DELAY = 3.0
LARGEST_LOG = 5_000_000
PR_SET_PDEATHSIG = 1

log = logging.getLogger("guardian")


def main(folder: Path, mongod: Path) -> None:
    os.umask(0o077)
    os.chdir("/")
    redirect_output(folder / "guardian.log")
    guardian_lock = open_locked(folder / "guardian.lock")
    server_lock = open_locked(folder / "server.lock")
    listener = listen(folder / "sockets" / "guardian.sock")
    if os.fork():
        os._exit(0)  # whoever started this now knows that the guardian is there
    Guardian(folder, mongod, guardian_lock, server_lock, listener).run()


class Guardian:
    """One mongod, from its first start to the end of its last user."""

    def __init__(
        self, folder: Path, mongod: Path, guardian_lock: int, server_lock: int, listener: socket.socket
    ) -> None:
        self.folder = folder
        self.mongod = mongod
        self.guardian_lock = guardian_lock
        self.server_lock = server_lock
        self.listener = listener
        self.users_lock = os.open(folder / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.server: subprocess.Popen[bytes] | None = None
        self.started_at = self.next_start = time.monotonic()
        self.crashes = 0
        self.has_served = False
        self.told_to_stop = False

    def run(self) -> None:
        signal.signal(signal.SIGTERM, self.remember_to_stop)
        alone_since: float | None = None
        while not self.is_orphaned() and self.keep_server_running():
            leaver = self.next_leaver()
            if not self.take_users_lock():
                alone_since = None
                if leaver:
                    leaver.close()
                continue
            alone_since = alone_since or time.monotonic()
            if leaver or self.told_to_stop or time.monotonic() - alone_since > LINGER_SECONDS:
                break
            fcntl.flock(self.users_lock, fcntl.LOCK_UN)
        self.stop()

    def remember_to_stop(self, *_: object) -> None:
        """SIGTERM, as at a shutdown of the machine: stop as soon as the last user has gone, do not linger."""
        self.told_to_stop = True

    def is_orphaned(self) -> bool:
        """Tell whether the folder was moved or deleted: a server that went on would hinder the next one."""
        try:
            return not os.path.samestat(os.stat(self.folder / "guardian.lock"), os.fstat(self.guardian_lock))
        except OSError:
            return True

    def take_users_lock(self) -> bool:
        try:
            fcntl.flock(self.users_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def next_leaver(self) -> socket.socket | None:
        """Wait a moment for a process that leaves."""
        if not select.select([self.listener], [], [], POLL_SECONDS)[0]:
            return None
        return self.listener.accept()[0]

    def keep_server_running(self) -> bool:
        """Start the server if it is due; False if it cannot start at all.

        One that has served is started again for as long as it has users: what ends it may pass, as a full disk does.
        """
        now = time.monotonic()
        if self.server and not self.has_served:
            self.has_served = listens(self.folder / "sockets" / "mongod.sock")
        if self.server and (code := self.server.poll()) is not None:
            self.server = None
            self.crashes = 1 if now - self.started_at > SOUND_UPTIME_SECONDS else self.crashes + 1
            has_tried_enough = self.crashes > len(RESTART_DELAYS)
            if has_tried_enough and not self.has_served:
                log.error("mongod ended with code %d again; giving up, its log says why", code)
                return False
            log.warning("mongod ended with code %d; starting it again", code)
            self.next_start = now + (LATER_RESTART_DELAY if has_tried_enough else RESTART_DELAYS[self.crashes - 1])
        if not self.server and now >= self.next_start:
            try:
                self.server = self.start()
            except OSError as error:
                log.error("cannot run mongod: %s", error)  # noqa: TRY400 - one line will do
                return False
            self.started_at = now
        elif self.server and rotate(self.folder / "mongod.log"):
            self.server.send_signal(signal.SIGUSR1)  # reopen the log
        return True

    def start(self) -> subprocess.Popen[bytes]:
        rotate(self.folder / "mongod.log")
        guardian = os.getpid()
        libc = ctypes.CDLL(None)

        def die_with_guardian() -> None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != guardian:  # it died before the line above
                os._exit(1)

        return subprocess.Popen(
            command(self.folder, self.mongod),
            stdin=subprocess.DEVNULL,
            pass_fds=(self.server_lock,),
            preexec_fn=die_with_guardian,  # noqa: PLW1509 - there are no threads here
        )

    def stop(self) -> None:
        """End mongod. The users' lock, if held, outlasts the others: a newcomer finds all of them free.

        One that does not listen yet is killed. A SIGTERM while it replays its journal can make it hang, and as nobody
        has reached it, there is nothing that the next replay would not find.
        """
        if self.server:
            if listens(self.folder / "sockets" / "mongod.sock"):
                self.server.terminate()
            else:
                self.server.kill()
            try:
                self.server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                log.error("mongod does not stop; killing it")  # noqa: TRY400 - one line will do
                self.server.kill()
                self.server.wait()
        remove_socket(self.folder, self.listener)
        os.close(self.server_lock)
        os.close(self.guardian_lock)


def command(folder: Path, mongod: Path) -> list[str]:
    """No TCP listener and no compressors: this mongod is old, see docs/adr/0001-embedded-mongodb.md."""
    sockets = (folder / "sockets").resolve()
    options: dict[str, str | Path] = {
        "--dbpath": folder / "data",
        "--bind_ip": sockets / "mongod.sock",
        "--unixSocketPrefix": sockets,
        "--filePermissions": "0600",
        "--port": "27017",  # names a second socket; nothing listens on it
        "--replSet": "rs0",
        "--keyFile": folder / "keyfile",
        "--oplogSize": "128",
        # A write that waits for the journal may wait for another, older one that is not done yet when the journal is
        # written, and then until it is written again: by itself every 100 ms.
        "--journalCommitInterval": "10",
        # What was written since the last checkpoint is replayed after a crash, before anything is answered. With one a
        # minute, as by default, a mongod that is killed again and again takes longer each time, up to ten seconds.
        "--syncdelay": "5",
        "--wiredTigerCacheSizeGB": "0.25",
        "--networkMessageCompressors": "disabled",
        "--logpath": folder / "mongod.log",
        "--logRotate": "reopen",
    }
    parameters = {
        "diagnosticDataCollectionEnabled": "false",
        # Freed memory that each thread keeps for itself: by default an eighth of the machine's, up to a gigabyte.
        "tcmallocMaxTotalThreadCacheBytes": str(32 * 2**20),
    }
    pairs = [str(part) for option in options.items() for part in option]
    settings = [part for name, value in parameters.items() for part in ("--setParameter", f"{name}={value}")]
    return [str(mongod), "--auth", "--logappend", "--quiet", *pairs, *settings]


def open_locked(path: Path) -> int:
    """Take the lock alone, waiting for the guardian or the mongod that still holds it to end."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                sys.exit(f"{path} stays locked by another process")
            time.sleep(0.01)
        else:
            return descriptor


def listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path.resolve()))
    listener.listen(64)
    return listener


def listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path.resolve()))
        except OSError:
            return False
    return True


def remove_socket(folder: Path, listener: socket.socket) -> None:
    """Close guardian.sock, and remove the folder of the sockets if it is one of its own."""
    path = Path(listener.getsockname())
    listener.close()
    path.unlink(missing_ok=True)
    if path.parent != folder and path.parent.exists():
        for left_by_a_crash in path.parent.glob("*.sock"):
            left_by_a_crash.unlink()
        path.parent.rmdir()


def redirect_output(path: Path) -> None:
    rotate(path)
    logging.basicConfig(filename=path, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.close(descriptor)


def rotate(path: Path) -> bool:
    """Set a large log aside, in place of the one before, so that logs cannot fill the disk."""
    if not path.exists() or path.stat().st_size < LARGEST_LOG:
        return False
    path.rename(path.with_name(f"{path.name}.1"))
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
