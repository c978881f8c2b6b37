"""Fetches one page of a stranger: from the very address that was checked, in bounded time, and no more than its head.

A name is resolved once for each request, and the connection goes to what it resolved to, so that a second answer of its
name server changes nothing. Redirects are followed by hand and judged anew.
"""

from __future__ import annotations

import socket
import ssl
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import urljoin

import gevent

from app.chat.unfurl import guard
from app.chat.unfurl.guard import Refused, Rules, Target

SECONDS = 5.0  # for all of it
MOST_REDIRECTS = 5
MOST_BYTES = 1024 * 1024  # as they come, and unpacked
PIECE = 32 * 1024
REDIRECTS = {301, 302, 303, 307, 308}
TYPES = {"text/html", "application/xhtml+xml"}
HEADERS = {
    "User-Agent": "Standin/1.0 (link previews)",
    "Accept": "text/html, application/xhtml+xml;q=0.9",
    "Accept-Language": "en, *;q=0.5",
    "Accept-Encoding": "gzip",
    "Connection": "close",
}

Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class Page:
    """What came of a page: at least its head, if it has one."""

    url: str
    content: bytes
    charset: str | None


def resolve(host: str, port: int) -> list[str]:
    """The numeric addresses of a name, of both families. gevent asks in a thread."""
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        return []


def fetch(url: str, rules: Rules, resolve: Resolve = resolve) -> Page:
    """The HTML page at an address of the web. Errors: `Refused`, whatever it is that went wrong."""
    try:
        with gevent.Timeout(SECONDS, Refused("too slow")):
            return _follow(url, rules, resolve)
    except (OSError, HTTPException, ValueError, zlib.error) as error:
        raise Refused(type(error).__name__) from None


def _follow(url: str, rules: Rules, resolve: Resolve) -> Page:
    for _ in range(1 + MOST_REDIRECTS):
        target = guard.target(url)
        addresses = resolve(target.host, target.port)
        guard.check(addresses, target.port, rules)
        connection = Pinned(target, addresses[0])
        try:
            connection.request("GET", target.path, headers=HEADERS)
            answer = connection.getresponse()
            if answer.status not in REDIRECTS:
                return _read(url, answer)
            url = urljoin(url, answer.getheader("Location") or "")
        finally:
            connection.close()
    raise Refused("too many redirects")


class Pinned(HTTPConnection):
    """A connection to one numeric address, which speaks to it by the name that was asked for."""

    def __init__(self, target: Target, address: str) -> None:
        super().__init__(target.host, target.port, timeout=SECONDS)
        self.default_port = 443 if target.is_secure else 80
        self._is_secure = target.is_secure
        self._address = address

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), self.timeout)
        try:
            self.sock = _context().wrap_socket(plain, server_hostname=self.host) if self._is_secure else plain
        except BaseException:
            plain.close()
            raise


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


def _read(url: str, answer: HTTPResponse) -> Page:
    if answer.status != 200:
        raise Refused(f"status {answer.status}")
    if answer.headers.get_content_type() not in TYPES:
        raise Refused("not HTML")
    content = bytearray()
    for piece in _unpacked(answer):
        seen = max(len(content) - 16, 0)
        content += piece
        if len(content) >= MOST_BYTES or b"</head" in content[seen:].lower():
            break
    return Page(url, bytes(content[:MOST_BYTES]), answer.headers.get_content_charset())


def _unpacked(answer: HTTPResponse) -> Iterator[bytes]:
    """The pieces of the body. A small one that unpacks to a huge one is unpacked only as far as it is wanted."""
    encoding = (answer.getheader("Content-Encoding") or "identity").strip().lower()
    if encoding not in {"identity", "gzip", "x-gzip"}:
        raise Refused("packed in a way that was not asked for")
    unpack = None if encoding == "identity" else zlib.decompressobj(wbits=31)
    received = 0
    while received < MOST_BYTES and (piece := answer.read1(PIECE)):
        received += len(piece)
        if unpack is None:
            yield piece
            continue
        while piece:
            yield unpack.decompress(piece, PIECE)
            piece = unpack.unconsumed_tail
