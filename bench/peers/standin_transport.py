"""Standin's transport alone, for its gunicorn worker: the smallest app on app.realtime.

BENCH_ONE_WRITE=1 writes each delivery by itself, as other servers do, to show how much of the speed is coalescing.
REDIS_URL joins several workers.
"""

from gevent import monkey  # isort: skip

monkey.patch_all()

import os
from typing import Any

from flask import Flask
from flask_socketio import join_room

from app.realtime import SocketIO
from app.realtime.redis_manager import RedisManager
from bench.peers.one_write import write_each_by_itself

if os.environ.get("BENCH_ONE_WRITE"):
    write_each_by_itself()

app = Flask(__name__)
url = os.environ.get("REDIS_URL")
manager = {"client_manager": RedisManager(url, "bench", lambda: None)} if url else {}
socketio = SocketIO(app, **manager)


@socketio.on("connect")
def connect(auth: dict[str, Any]) -> None:
    join_room(auth["room"])


@socketio.on("message:send", with_context=False)
def message_send(_sid: str, message: dict[str, Any]) -> None:
    socketio.emit("message:created", message, to=message["room_id"])
