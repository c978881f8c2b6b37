"""How gunicorn serves the app: in each worker gevent carries every connection. WORKERS says how many there are.

The master reads this file before it forks. It imports neither the app nor anything that builds TLS contexts:
gevent has to patch ssl in the worker before such modules load.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import resource
import signal
import socket
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

APP_LOAD_ERROR = 4  # gunicorn's exit status for "do not start this worker again"
DEFAULT_PORTS = {"all": 3000, "auth": 4000, "chat": 3000}
OPEN_FILES = 65_536
PORT_SECONDS = 2.0


def _number(name: str, default: str, highest: int) -> str:
    """A number in the environment, without leading zeros; 0 and nothing are the default."""
    number = (os.environ.get(name) or "").lstrip("0") or default
    if not number.isdecimal() or int(number) > highest:
        sys.exit(f"standin: {name}: must be a number up to {highest}, not {number}")
    return number


role = os.environ.get("STANDIN_ROLE") or "all"
host = os.environ.get("HOST") or "127.0.0.1"
port = _number("PORT", str(DEFAULT_PORTS.get(role, 3000)), 65_535)

wsgi_app = "wsgi:app"
bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
proc_name = f"standin-{role}"
workers = int(_number("WORKERS", "1", 64))
worker_class = "app.realtime.worker.Worker"
worker_connections = 20_000
timeout = 60  # the first start of the embedded MongoDB happens in the worker
graceful_timeout = 15
control_socket_disable = True
loglevel = "warning"


def on_starting(server: Any) -> None:
    """Find a taken port early, allow many open connections, and say a failed start only once."""
    if not {"GUNICORN_FD", "LISTEN_FDS"} & os.environ.keys():  # a socket that is handed over is bound already
        _check_address()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    with contextlib.suppress(ValueError, OSError):  # macOS refuses more than its own maximum per process
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    server.log.error_log.addFilter(_is_news)
    os.environ["WORKERS"] = str(server.cfg.workers)  # gunicorn's own options may say otherwise
    if server.cfg.workers > 1 and role != "auth":
        _join_workers(server.cfg.workers)


def post_fork(server: Any, worker: Any) -> None:  # noqa: ARG001
    """Let every signal stop the worker gracefully, with time to close the database before it is killed.

    Ctrl-C reaches the worker twice, from the terminal and from the master. gunicorn's own handler of it
    ends the process from a greenlet, which cuts the shutdown short. Until the worker has handlers of its own
    it has the master's, which would only take note: then the signal may as well end it.
    """
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    worker.handle_quit = worker.handle_exit
    worker.cfg.set("graceful_timeout", graceful_timeout // 2)


def post_worker_init(worker: Any) -> None:
    """Begin what runs beside requests, and say where the app is as soon as it answers there."""
    import gevent

    from app.wiring import start_worker

    start_worker(worker.wsgi)
    if worker.age == 1:
        gevent.spawn(_announce, worker.log)


def worker_exit(server: Any, worker: Any) -> None:  # noqa: ARG001
    """Let go of what the worker holds; when it could not start, stop the master as well.

    The app ends a hopeless start with SystemExit and has then said why in one line.
    gunicorn would go on starting workers for any status but its own two.
    """
    if os.getpid() != worker.pid:  # the master calls this too, for a worker that is gone already
        return
    reason = sys.exc_info()[1]
    if worker.booted:
        from app.wiring import stop_worker

        stop_worker(worker.wsgi)
    elif isinstance(reason, SystemExit) and reason.code:
        if isinstance(reason.code, str):
            print(reason.code, file=sys.stderr, flush=True)
        raise SystemExit(APP_LOAD_ERROR)


def _check_address() -> None:
    """Exit with one line where gunicorn would try for five seconds and write eleven.

    A process that was killed a moment ago may still have the port: it is waited for.
    """
    deadline = time.monotonic() + PORT_SECONDS
    while True:
        try:
            return _try_address()
        except (OSError, OverflowError) as error:
            if getattr(error, "errno", None) == errno.EADDRINUSE and time.monotonic() < deadline:
                time.sleep(0.1)
                continue
            reason = getattr(error, "strerror", None) or error
            sys.exit(f"standin: cannot listen on HOST {host}, PORT {port}: {reason}")


def _try_address() -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)


def _join_workers(count: int) -> None:
    """Say what several workers mean to clients, and start a Redis where the environment names none."""
    from app.realtime import redis_server

    own = not os.environ.get("REDIS_URL")
    if own:
        instance = Path(os.environ.get("STANDIN_INSTANCE") or "instance")
        try:
            os.environ["REDIS_URL"] = redis_server.start(instance)
        except redis_server.RedisUnavailable as error:
            sys.exit(f"standin: WORKERS: {count} need a Redis, and {error}. Or set REDIS_URL")
    whose = "a Redis of their own" if own else "REDIS_URL"
    print(f"{count} workers joined by {whose}: clients connect by WebSocket only", flush=True)


def _announce(log: Any) -> None:
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
    connection = HTTPConnection(everywhere.get(host, host), int(port), timeout=timeout)
    with contextlib.suppress(OSError), contextlib.closing(connection):  # stopped before it could answer
        connection.request("GET", "/health")
        status = connection.getresponse().status
        if status < 500:
            print(f"Standin{'' if role == 'all' else f' ({role})'} is ready on http://{bind}", flush=True)
        else:
            log.error("The app answers on %s, but it is not healthy (%s)", bind, status)


def _is_news(record: logging.LogRecord) -> bool:
    """Drop what the master adds to the app's own line about a start that failed."""
    args = record.args if isinstance(record.args, tuple) else ()
    if record.msg == "Worker (pid:%s) exited with code %s.":
        return args[1] != APP_LOAD_ERROR
    return record.levelno < logging.ERROR or record.msg not in {"Shutting down: %s", "Reason: %s"}
