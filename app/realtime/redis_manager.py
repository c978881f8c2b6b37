"""Rooms of many processes: Redis carries one copy of a broadcast to each, the fan-out in each is ours.

Redis only carries. It may be slow, lose what it was given, end and come back: nobody here waits for it, the clients of
this process are told as ever, and a process that may have missed something learns so. How:
docs/adr/0006-several-processes.md.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import gevent
import socketio
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.exceptions import RedisError
from redis.retry import Retry

from app.realtime.log import mishaps
from app.realtime.manager import Manager
from app.realtime.peers import SILENT_SECONDS, Peers
from app.realtime.publisher import RETRY_SECONDS, Publisher

logger = logging.getLogger("app.realtime")

# The library's own retries would block for longer than it takes us to drop what waits and tell the others so.
OPTIONS = {"socket_timeout": 2.0, "socket_connect_timeout": 2.0, "retry": Retry(NoBackoff(), 0)}


class RedisManager(socketio.RedisManager, Manager):  # type: ignore[misc]
    """python-socketio's RedisManager over our own fan-out, publishing without waiting and listening without a gap.

    Processes with the same `channel` are one. Several messages travel in one publication; those of programs that
    publish by themselves, as python-socketio documents it, are heard too. `on_missed` is called when something that
    another process sent may not have come; it must not block.
    """

    def __init__(self, url: str, channel: str, on_missed: Callable[[], None]) -> None:
        super().__init__(url, channel=channel, redis_options=dict(OPTIONS))
        self._on_missed = on_missed
        self._peers = Peers()
        self._troubles: set[str] = set()
        self._publisher = Publisher(self.host_id, self._send, lambda error: self._note("publish", error))
        self._is_started = False
        self._redis_connect()  # opens nothing yet: the client connects, and connects again, when it is used

    def start(self) -> None:
        """Begin to listen and to publish; the greenlets run until the process ends. Repeating it changes nothing."""
        if not self._is_started:
            self._is_started = True
            super().initialize()
            gevent.spawn(self._publisher.run)

    def initialize(self) -> None:
        """Do the same; the library's hook, called when the first client connects."""
        self.start()

    def emit(
        self,
        event: str,
        data: Any,
        namespace: str = "/",
        room: Any = None,
        skip_sid: str | list[str] | None = None,
        callback: Any = None,
        to: Any = None,
        **options: Any,
    ) -> None:
        """Emit here at once and to the other processes soon; what is for one client of this process, only here."""
        room = to or room
        if options.get("ignore_queue") or (isinstance(room, str) and self.is_connected(room, namespace)):
            Manager.emit(self, event, data, namespace, room=room, skip_sid=skip_sid, callback=callback)
        else:
            super().emit(event, data, namespace, room=room, skip_sid=skip_sid, callback=callback)

    def run_everywhere(self, name: str, *arguments: Any) -> None:
        """Run it here at once and in the other processes soon, in its order among what is emitted."""
        super().run_everywhere(name, *arguments)
        self._publish({"method": "run", "name": name, "arguments": arguments, "host_id": self.host_id})

    def _publish(self, data: dict[str, Any]) -> None:
        self._publisher.put(self.json.dumps(data))

    def _send(self, publication: str) -> None:
        self.redis.publish(self.channel, publication)

    def _listen(self) -> Iterator[dict[str, Any]]:
        """The messages for this process, for ever: the library asks here and acts on them."""
        while True:
            try:
                with closing(self.redis.pubsub()) as pubsub:
                    pubsub.subscribe(self.channel)
                    yield from self._messages(pubsub)
            except RedisError as error:
                self._note("listen", error)
                gevent.sleep(RETRY_SECONDS)

    def _messages(self, pubsub: PubSub) -> Iterator[dict[str, Any]]:
        while True:
            heard = pubsub.get_message(timeout=SILENT_SECONDS)
            if heard is None:  # not even what this process publishes each second
                raise RedisError(f"nothing came for {SILENT_SECONDS} s")
            self._note("listen", None)
            if heard["type"] == "message":
                for message in self._open(heard["data"]):
                    if message.get("method") == "run":
                        self._run(message)
                    else:
                        yield message
                gevent.sleep(0)  # under a flood, too, the clients get their turn
            if self._peers.forget_silent(time.monotonic()):
                self._on_missed()

    def _open(self, publication: bytes) -> list[dict[str, Any]]:
        """The messages of one publication; none if it is our own, or comes too late."""
        try:
            content = self.json.loads(publication.decode())
            if "method" in content:  # of another program
                return [content]
            host_id, number, messages = str(content["host_id"]), int(content["number"]), list(content["messages"])
        except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
            mishaps.warn("Something that is no message came through Redis", repr(error))
            return []
        if host_id == self.host_id:
            return []
        missing = self._peers.hear(host_id, number, time.monotonic())
        if missing > 0:
            self._on_missed()
        return messages if missing >= 0 else []

    def _run(self, message: dict[str, Any]) -> None:
        try:
            self._procedures[message["name"]](*message["arguments"])
        except Exception:
            logger.exception("%r of another process was not done here", message.get("name"))

    def _note(self, part: str, error: RedisError | None) -> None:
        """Log one line when the way to Redis breaks, and one when it is whole again."""
        if error is None and part in self._troubles:
            self._troubles.remove(part)
            if not self._troubles:
                logger.warning("Redis is back")
        elif error is not None:
            if not self._troubles:
                logger.warning(
                    "Redis is away (%s: %s): clients of other processes hear later", type(error).__name__, error
                )
            self._troubles.add(part)
