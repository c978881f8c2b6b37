"""One encrypted notification to the push service of one browser: to the very address that was judged, in bounded time.

The endpoint is what a browser said, so it may be anything: it is judged like the links in messages, each time anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

import gevent
from cryptography.hazmat.primitives.asymmetric import ec
from gevent.threadpool import ThreadPool
from pywebpush import WebPusher

from app.chat.notices import vapid
from app.chat.unfurl import guard
from app.chat.unfurl.fetch import Pinned, resolve
from app.chat.unfurl.guard import Refused, Rules

SECONDS = 10.0  # for all of it
KEPT_FOR_SECONDS = 24 * 3600  # by the push service, for a device that is off
POINT_BYTES, AUTH_BYTES = 65, 16
Resolve = Callable[[str, int], list[str]]


@dataclass(slots=True)
class _Setup:
    rules: Rules | None = None  # None: nobody is pushed to


_setup = _Setup()
# What makes a key and a secret for each notification computes for a millisecond: not in the loop.
_cipher = ThreadPool(2)


def configure(rules: Rules | None) -> None:
    """Which addresses may be asked, if any."""
    _setup.rules = rules


def is_on() -> bool:
    return _setup.rules is not None


def check(endpoint: str) -> list[str]:
    """The addresses of an endpoint. Errors: `Refused` unless it is one of a service on the public internet."""
    rules = _setup.rules or Rules()
    target = guard.target(endpoint)
    addresses = resolve(target.host, target.port)
    guard.check(addresses, target.port, rules)
    if not target.is_secure and not all((address, target.port) in rules.allowed for address in addresses):
        raise Refused("not secure")
    return addresses


def are_keys(p256dh: bytes, auth: bytes) -> bool:
    """Whether something can be encrypted for these."""
    if len(p256dh) != POINT_BYTES or len(auth) != AUTH_BYTES:
        return False
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), p256dh)
    except ValueError:
        return False
    return True


def deliver(endpoint: str, keys: Mapping[str, str], notice: Mapping[str, Any], topic: str = "") -> int:
    """Send a notification. The status with which the service answered. Errors: `Refused`, whatever went wrong.

    Of several with one topic a device that was off gets the last.
    """
    body = _cipher.apply(_encrypted, (endpoint, dict(keys), json.dumps(notice).encode()))
    try:
        with gevent.Timeout(SECONDS, Refused("too slow")):
            return _post(endpoint, body, topic)
    except (OSError, ValueError, HTTPException) as error:
        raise Refused(type(error).__name__) from None


def _encrypted(endpoint: str, keys: dict[str, str], text: bytes) -> bytes:
    encoded: bytes = WebPusher({"endpoint": endpoint, "keys": keys}).encode(text, "aes128gcm")["body"]
    return encoded


def _post(endpoint: str, body: bytes, topic: str) -> int:
    addresses = check(endpoint)
    target = guard.target(endpoint)
    headers = {
        "Authorization": vapid.authorization(endpoint),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(KEPT_FOR_SECONDS),
        "Urgency": "high",
        "Connection": "close",
        **({"Topic": topic} if topic else {}),
    }
    connection = Pinned(target, addresses[0])
    try:
        connection.request("POST", target.path, body, headers)
        return int(connection.getresponse().status)
    finally:
        connection.close()
