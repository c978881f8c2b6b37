"""A provider that answers every request with bytes of the test's choosing: what aimock cannot be made to send."""

from __future__ import annotations

import contextlib
import json
import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


@dataclass
class RawProvider:
    base_url: str
    hung_up: threading.Event = field(default_factory=threading.Event)
    """Set when a client closed its connection before everything was sent."""
    bodies: list[bytes] = field(default_factory=list)
    """What it was sent, the oldest first."""


@contextmanager
def serve(reply: Callable[[], Iterable[bytes]], *, pause: float = 0.0) -> Iterator[RawProvider]:
    """Serve on a free port. Each connection gets the parts of `reply()`, `pause` seconds apart, and is closed."""
    stopping = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            length = 0
            while (line := self.rfile.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            provider.bodies.append(self.rfile.read(length))
            try:
                for part in reply():
                    self.wfile.write(part)
                    if stopping.wait(pause):
                        return
            except OSError:
                provider.hung_up.set()

        def finish(self) -> None:
            with contextlib.suppress(OSError):
                super().finish()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        provider = RawProvider(f"http://127.0.0.1:{server.server_address[1]}/v1")
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield provider
        stopping.set()
        server.shutdown()


def event(text: str, finish_reason: str | None = None) -> bytes:
    """One event of a streamed completion."""
    reason = "null" if finish_reason is None else f'"{finish_reason}"'
    return b'data: {"choices": [{"index": 0, "delta": {"content": %s}, "finish_reason": %s}]}\n\n' % (
        json.dumps(text).encode(),
        reason.encode(),
    )
