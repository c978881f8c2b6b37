"""Input that was right once and is not any more: requests, frames and packets, changed a little or a lot.

All of it follows from a seed, so what broke a server can be sent again.
"""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from websocket import ABNF

from tests.people import NOBODYS_ID
from tests.server import PATIENCE

ANSWER_SECONDS = 0.03  # how long a mutant listens before it goes: an answer takes a few milliseconds
UPGRADE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
POLL = b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: {host}\r\n\r\n"
POST = (
    b"POST /socket.io/?EIO=4&transport=polling&sid=abc HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/plain\r\n"
    b"Content-Length: 12\r\n\r\n40/chat,{}\x1e2"
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """What is sent: `opening` as a request, then, where the server has upgraded, `frames`."""

    opening: bytes
    frames: bytes


def packets(token: str, room_id: str) -> list[bytes]:
    """What a well-behaved client sends: Engine.IO packets with Socket.IO packets in them."""
    message = {"room_id": room_id, "body": "Hello **there**", "client_message_id": "m-1"}
    events = [
        ["message:send", message],
        ["room:catch_up", {"room_id": room_id, "after": 0}],
        ["typing:start", {"room_id": room_id}],
        ["message:react", {"message_id": NOBODYS_ID, "emoji": "👍", "on": True}],
    ]
    texts = ["40/chat," + json.dumps({"token": token}), "3", "2probe", "5", "41/chat,"]
    texts += ["42/chat," + str(number) + json.dumps(event) for number, event in enumerate(events)]
    texts += ['451-/chat,["message:send",{"_placeholder":true,"num":0}]', "43/chat,1[{}]", "44/chat,{}"]
    return [text.encode() for text in texts]


def mutants(seed: int, count: int, token: str, room_id: str) -> Iterator[Mutant]:
    dice = random.Random(seed)  # to be repeated, not to be kept secret
    good = packets(token, room_id)
    for _ in range(count):
        if dice.random() < 0.15:
            yield Mutant(_mutated(dice, dice.choice([UPGRADE, POLL, POST])), b"")
        else:
            yield Mutant(UPGRADE, _conversation(dice, good))


def send(mutant: Mutant, url: str) -> bytes:
    """Send it as one connection, and what comes back."""
    address = urlsplit(url)
    host = address.netloc.encode()
    came = b""
    connecting = socket.create_connection((address.hostname, address.port), PATIENCE)
    with connecting as connection, suppress(ConnectionError):
        connection.sendall(mutant.opening.replace(b"{host}", host))
        came = _until(connection, b"\r\n\r\n") if mutant.frames else b""
        connection.sendall(mutant.frames)
        came += _listen(connection)
    return came


def _conversation(dice: random.Random, good: list[bytes]) -> bytes:
    """A few packets, mostly let in first, changed before they are framed or after."""
    chosen = [good[0]] * (dice.random() < 0.7) + dice.choices(good, k=dice.randint(1, 4))
    if dice.random() < 0.5:
        chosen[-1] = _mutated(dice, chosen[-1])
    sent = b"".join(_framed(dice, packet) for packet in chosen)
    return _mutated(dice, sent) if dice.random() < 0.5 else sent


def _framed(dice: random.Random, packet: bytes) -> bytes:
    kinds = (ABNF.OPCODE_TEXT, ABNF.OPCODE_BINARY, ABNF.OPCODE_CONT, ABNF.OPCODE_PING, ABNF.OPCODE_CLOSE)
    opcode = dice.choices(kinds, (90, 4, 2, 2, 2))[0]
    is_last, is_reserved, is_masked = dice.random() < 0.97, dice.random() < 0.02, dice.random() < 0.98
    framed: bytes = ABNF(int(is_last), int(is_reserved), 0, 0, opcode, int(is_masked), packet).format()
    return framed


def _mutated(dice: random.Random, data: bytes) -> bytes:
    for _ in range(dice.randint(1, 4)):
        data = dice.choice(CHANGES)(dice, data)
    return data


def _flip(dice: random.Random, data: bytes) -> bytes:
    at = dice.randrange(len(data) or 1)
    return data[:at] + bytes([dice.randrange(256)]) + data[at + 1 :]


def _cut(dice: random.Random, data: bytes) -> bytes:
    return data[: dice.randrange(len(data) + 1)]


def _without(dice: random.Random, data: bytes) -> bytes:
    at = dice.randrange(len(data) + 1)
    return data[:at] + data[at + dice.randint(1, 9) :]


def _twice(dice: random.Random, data: bytes) -> bytes:
    at = dice.randrange(len(data) + 1)
    return data[:at] + data[max(0, at - 20) : at] * dice.randint(1, 30) + data[at:]


def _with(dice: random.Random, data: bytes) -> bytes:
    at = dice.randrange(len(data) + 1)
    return data[:at] + dice.choice(STRANGE) + data[at:]


STRANGE = (
    b"\0",
    b"\xff\xff\xff\xff",
    b"\xed\xa0\x80",
    b"{" * 5_000,
    b"[" * 5_000,
    b"9" * 500,
    b"1e999",
    b"-0",
    b"\\ud800",
    b"\r\nX-Injected: 1\r\n",
    b"\x1e" * 100,
    b"b64,",
    b"51-/chat,",
    b"\x88\x80\0\0\0\0",
    b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff",
    b'{"_placeholder":true,"num":-1}',
    b'{"$gt":""}',
)
CHANGES: tuple[Callable[[random.Random, bytes], bytes], ...] = (_flip, _cut, _without, _twice, _with)


def _until(connection: socket.socket, end: bytes) -> bytes:
    came = b""
    while end not in came and (piece := connection.recv(65_536)):
        came += piece
    return came


def _listen(connection: socket.socket) -> bytes:
    """What comes within the time a mutant has, or until the server closes."""
    connection.settimeout(ANSWER_SECONDS)
    came = b""
    with suppress(TimeoutError, ConnectionError):
        while piece := connection.recv(65_536):
            came += piece
    return came
