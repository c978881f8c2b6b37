"""Flask-SocketIO as it comes, for gunicorn's GeventWebSocketWorker."""

from gevent import monkey  # isort: skip

monkey.patch_all()

from typing import Any

from flask import Flask
from flask_socketio import SocketIO, emit, join_room

app = Flask(__name__)
socketio = SocketIO(app)


@socketio.on("connect")
def connect(auth: dict[str, Any]) -> None:
    join_room(auth["room"])


@socketio.on("message:send")
def message_send(message: dict[str, Any]) -> None:
    emit("message:created", message, to=message["room_id"])
