"""A small Flask-SocketIO app for the tests of the transport; it runs in the server they start."""

from __future__ import annotations

import gc
import json
import logging
import os
import time
from pathlib import Path
from typing import Any

import flask
import gevent
from flask import Flask, request
from flask_socketio import ConnectionRefusedError, close_room, disconnect, emit, join_room, leave_room

from app.realtime import SocketIO
from app.realtime.body import expect_progress
from app.realtime.connection import Connection
from app.realtime.later import Done, Later
from app.realtime.limits import Limits

logging.basicConfig(format="%(name)s: %(message)s")
app = Flask(__name__)
app.secret_key = "not a secret"
limits = Limits(**json.loads(os.environ["TRANSPORT_LIMITS"]))
socketio = SocketIO(limits=limits, **json.loads(os.environ["TRANSPORT_OPTIONS"]))

disconnected: list[tuple[str, str]] = []
callbacks: list[Any] = []
handled: list[Any] = []
awaited: list[tuple[Done, Any]] = []


@socketio.on("connect")
@socketio.on("connect", namespace="/custom")
def connect(auth: dict[str, Any] | None = None) -> None:
    auth = auth or {}
    join_room("all")
    emit("auth", auth)
    if auth.get("refuse"):
        raise ConnectionRefusedError("refused", auth)
    gevent.sleep(auth.get("sleep", 0))
    emit("auth:again", auth)


@socketio.on("disconnect")
@socketio.on("disconnect", namespace="/custom")
def on_disconnect(reason: str) -> None:
    disconnected.append((request.sid, reason))


@socketio.on("message")
@socketio.on("message", namespace="/custom")
def message(*args: Any) -> None:
    emit("message-back", args)


@socketio.on("message-with-ack")
def message_with_ack(*args: Any) -> tuple[Any, ...]:
    return args


@socketio.on("*")
def any_other(event: str, *args: Any) -> dict[str, Any]:
    return {"event": event, "args": args}


@socketio.on("bare", with_context=False)
def bare(sid: str, *args: Any) -> dict[str, Any]:
    return {"sid": sid, "args": args, "has_context": flask.has_request_context()}


@socketio.on("fail")
def fail() -> None:
    raise LookupError("as asked")


@socketio.on("fail:bare", with_context=False)
def fail_bare(sid: str) -> None:
    raise LookupError("as asked")


@socketio.on_error_default
def on_error(error: Exception) -> dict[str, str]:
    return {"error": str(error)}


@socketio.on("join")
def join(room: str) -> str:
    join_room(room)
    return room


@socketio.on("leave")
def leave(room: str) -> str:
    leave_room(room)
    return room


@socketio.on("close_room")
def close(room: str) -> None:
    close_room(room)


@socketio.on("say", with_context=False)
def say(sid: str, room: str, body: Any, options: dict[str, Any] | None = None) -> int:
    """Emit to a room; `skip` leaves out the sender."""
    skip = sid if (options or {}).get("skip") else None
    socketio.emit("said", body, to=room, skip_sid=skip)
    return 1


@socketio.on("flood", with_context=False)
def flood(sid: str, room: str, count: int, size: int, pause: float = 0.0) -> int:
    """Emit `count` numbered events of `size` bytes, ten per turn, with a pause in seconds after each turn."""
    for number in range(count):
        socketio.emit("said", f"{number} {'x' * size}", to=room)
        if number % 10 == 9:
            gevent.sleep(pause)
    return count


@socketio.on("slow")
def slow(seconds: float, value: Any) -> Any:
    emit("slow:started", value)
    gevent.sleep(seconds)
    handled.append(value)
    emit("slow:done", value)
    return value


@socketio.on("later", with_context=False, in_series=True)
def later(sid: str, value: Any) -> Later[Any]:
    """Answer when somebody says "release", with an error if there is no value, and need no greenlet until then."""
    handled.append(f"begun {value}")

    def read(outcome: Any) -> Any:
        handled.append(f"done {outcome}")
        if outcome is None:
            raise LookupError("as asked")
        return outcome

    return Later(lambda done: awaited.append((done, value)), read)


@socketio.on("release", with_context=False)
def release(sid: str) -> int:
    """Let the answers of "later" come, in the order of their events. How many."""
    released, awaited[:] = list(awaited), []
    for done, value in released:
        gevent.get_hub().loop.run_callback(done, value)
    return len(released)


@socketio.on("session")
def session(value: Any) -> Any:
    """Keep a value in the session and return the one before."""
    with socketio.server.session(request.sid) as kept:
        before = kept.get("value")
        kept["value"] = value
    return before


@socketio.on("ask")
def ask(event: str, value: Any) -> Any:
    """Call the client from its own handler."""
    return socketio.call(event, value, to=request.sid, timeout=5)


@socketio.on("emit_with_callback")
def emit_with_callback() -> None:
    emit("question", "?", callback=callbacks.append)


@socketio.on("disconnect_me")
def disconnect_me() -> None:
    emit("goodbye", "now")
    disconnect()


@socketio.on("participants")
def participants(room: str) -> int:
    return sum(1 for _ in socketio.server.manager.get_participants("/", room))


@app.get("/state")
def state() -> dict[str, Any]:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    manager = socketio.server.manager
    return {
        "disconnected": disconnected,
        "callbacks": callbacks,
        "handled": handled,
        "connections": Connection.count,
        "sessions": len(socketio.server.eio.sockets),
        "rooms": {str(room): len(members) for room, members in manager.rooms.get("/", {}).items()},
        "leftovers": len(manager._rooms_of) + len(socketio.server.environ) + len(socketio.server._deadlines),
        "strangers": len(socketio.server.eio.strangers),
        "memory": pages * os.sysconf("SC_PAGE_SIZE"),
        "descriptors": len(os.listdir("/proc/self/fd")),
    }


@app.post("/body")
def body() -> dict[str, int]:
    return {"length": len(request.get_data())}


@app.post("/steady")
def steady() -> dict[str, int]:
    """As a route that wants large bodies, at 4 KiB a second or more."""
    expect_progress(request.environ, 4096)
    return {"length": sum(map(len, iter(lambda: request.stream.read(65536), b"")))}


@app.post("/unread")
def unread() -> tuple[str, int]:
    return "no, thank you", 413


@app.get("/large")
def large() -> bytes:
    return b"x" * 50_000_000


@app.get("/sleep/<float:seconds>")
def sleep(seconds: float) -> str:
    time.sleep(seconds)
    return "awake"


socketio.init_app(app)
