# ruff: noqa: E402
"""A process of its own that appends to a room: `appender.py INSTANCE ROOM SENDER COUNT GREENLETS`.

Prints "ready", waits for a line, then prints the seq and key of each message as it becomes durable.
"""

from __future__ import annotations

from gevent import monkey  # isort: skip

monkey.patch_all()

import sys
from pathlib import Path

from bson import ObjectId
from gevent.pool import Pool

from app import database
from app.auth.models import now
from app.chat import message_log
from config import load_settings


def main(instance: str, room: str, sender: str, count: str, greenlets: str) -> None:
    database.connect(load_settings(instance=Path(instance)))

    def append(number: int) -> None:
        stored, is_new = message_log.append(
            {
                "_id": ObjectId(),
                "room": ObjectId(room),
                "seq": 0,
                "sender": ObjectId(sender),
                "origin": "person",
                "on_behalf_of": None,
                "body": "Hello",
                "client_message_id": f"key-{number}",
                "socket_id": None,
                "created_at": now(),
            }
        )
        sys.stdout.write(f"{stored['seq']} {stored['client_message_id']} {is_new}\n")

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    Pool(int(greenlets)).map(append, range(int(count)))
    database.disconnect()


main(*sys.argv[1:])
