"""python-socketio as an ASGI app, for uvicorn with uvloop."""

from typing import Any

import socketio

server = socketio.AsyncServer(async_mode="asgi")
app = socketio.ASGIApp(server)


@server.event
async def connect(sid: str, _environ: dict[str, Any], auth: dict[str, Any]) -> None:
    await server.enter_room(sid, auth["room"])


@server.on("message:send")
async def message_send(_sid: str, message: dict[str, Any]) -> None:
    await server.emit("message:created", message, to=message["room_id"])
