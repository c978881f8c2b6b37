"""Pages of a stranger, on a real server of the tests': good ones, and those that mean no good."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.server import free_port

PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>Plain &amp; simple</title>
<meta property="og:title" content="Cake &lt;b&gt; for all"><meta name="description" content="It is
  a good cake."><meta property="og:site_name" content="The Bakery"><meta property="og:image" content="/beacon.png">
</head><body><p>Body</p></body></html>"""


class Site:
    """Serves what `pages` has for a path, and keeps what it was asked."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.dropped = threading.Event()  # whoever read the slow page has given up
        self.is_over = threading.Event()
        self.pages: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {
            "/page": lambda request: answer(request, PAGE.encode()),
            "/packed": lambda request: answer(request, gzip.compress(PAGE.encode()), **{"Content-Encoding": "gzip"}),
            "/brotli": lambda request: answer(request, PAGE.encode(), **{"Content-Encoding": "br"}),
            "/bomb": lambda request: answer(request, bomb(), **{"Content-Encoding": "gzip"}),
            "/plain": lambda request: answer(request, PAGE.encode(), **{"Content-Type": "text/plain"}),
            "/picture": lambda request: answer(request, PAGE.encode(), **{"Content-Type": "image/png"}),
            "/nothing": lambda request: answer(request, b"<html><head></head><body>x</body></html>"),
            "/missing": lambda request: answer(request, PAGE.encode(), status=404),
            "/latin": lambda request: answer(
                request,
                "<title>Gr\u00fc\u00dfe</title></head>".encode("latin-1"),
                **{"Content-Type": "text/html; charset=latin-1"},
            ),
            "/huge": self._huge,
            "/slow": self._slow,
            "/garbage": lambda request: request.wfile.write(b"\0\1\2 not HTTP\r\n\r\n"),
        }

    def redirect(self, path: str, to: str) -> str:
        """The address of a path that leads elsewhere."""
        self.pages[path] = lambda request: answer(request, b"", status=302, Location=to)
        return f"{self.url}{path}"

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def _huge(self, request: BaseHTTPRequestHandler) -> None:
        answer(request, b"<html><head><title>Huge</title>")
        with suppress(OSError):
            while not self.is_over.is_set():
                request.wfile.write(b"<!-- and more -->" * 1000)

    def _slow(self, request: BaseHTTPRequestHandler) -> None:
        answer(request, b"<html><head><title>Slow</title>")
        try:
            while not self.is_over.is_set():
                request.wfile.write(b" ")
                time.sleep(0.1)
        except OSError:
            self.dropped.set()


def answer(request: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    request.send_response(status)
    for name, value in {"Content-Type": "text/html", "Set-Cookie": "a=b", **headers}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)


def bomb() -> bytes:
    """A few kilobytes that unpack to a hundred million."""
    return gzip.compress(b"<title>Bomb</title>" + b" " * 100_000_000, compresslevel=9)


@contextmanager
def open_site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, dict(self.headers)))
            self.close_connection = True
            site.pages.get(self.path, lambda request: request.send_error(404))(self)

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # whoever asked has gone, which is what some of the tests are about

    server = Quiet(("127.0.0.1", site.port), Handler)
    server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.is_over.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
