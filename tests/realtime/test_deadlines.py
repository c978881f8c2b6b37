"""Who keeps us waiting is sent away: requests, bodies, sessions and upgrades that never become whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest
import requests

from app.realtime.body import PIECE
from tests.realtime.transport import Transport, close_code, read_all, receive
from tests.server import wait_for

POST = "POST {route} HTTP/1.1\nHost: x\nContent-Length: {length}\n\n"


@pytest.mark.parametrize("beginning", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_a_head_that_never_comes_whole_ends_the_connection(impatient: Transport, beginning: bytes) -> None:
    with impatient.tcp() as sock:
        sock.sendall(beginning)
        assert read_all(sock).startswith(b"HTTP/1.1 408")


def test_a_head_of_many_lines_is_read_only_so_far(make_transport: Callable[..., Transport]) -> None:
    transport = make_transport(limits={"head_bytes": 1_000})
    for padding, status in ((["X-Pad: " + "a" * 90] * 8, b"200"), (["X-Pad: " + "a" * 90] * 12, b"431")):
        answer = transport.http("\n".join(["GET /state HTTP/1.1", "Host: x", "Connection: close", *padding, "", ""]))
        assert answer.startswith(b"HTTP/1.1 " + status)
    assert transport.http("GET /state HTTP/1.1\nHost: x\nConnection: close\nX-Pad: " + "a" * 1_000 + "\n\n").startswith(
        b"HTTP/1.1 431"
    )


def test_silent_connections_do_not_keep_others_out(make_transport: Callable[..., Transport]) -> None:
    transport = make_transport(limits={"header_seconds": 0.5}, connections=10)
    silent = [transport.tcp() for _ in range(30)]
    assert requests.get(f"{transport.url}/state", timeout=30).ok
    assert all(read_all(sock).startswith(b"HTTP/1.1 408") for sock in silent)


def test_a_body_that_never_comes_whole_is_answered_with_a_timeout(impatient: Transport) -> None:
    assert impatient.http(POST.format(route="/body", length=10), b"abc").startswith(b"HTTP/1.1 408")


def test_a_large_body_may_take_longer_as_long_as_it_comes(make_transport: Callable[..., Transport]) -> None:
    transport = make_transport(limits={"body_seconds": 3.0})
    with transport.tcp() as sock:
        head = POST.format(route="/steady", length=5 * PIECE).replace("Host: x", "Host: x\nConnection: close")
        sock.sendall(head.replace("\n", "\r\n").encode())
        for _ in range(5):  # in all longer than a body has
            time.sleep(0.8)
            sock.sendall(b"x" * PIECE)
        assert b'{"length":81920}' in read_all(sock)


@pytest.mark.parametrize("pieces", [0, 1])
def test_a_large_body_that_stops_or_trickles_is_answered_with_a_timeout(impatient: Transport, pieces: int) -> None:
    with impatient.tcp() as sock:
        head = POST.format(route="/steady", length=10 * PIECE).replace("\n", "\r\n").encode()
        sock.sendall(head + b"x" * pieces * PIECE)
        answer = b""
        sock.settimeout(0.05)
        for _ in range(400):
            with suppress(OSError):
                sock.sendall(b"x")
                answer += sock.recv(65536)
            if answer:
                break
        assert answer.startswith(b"HTTP/1.1 408")


def test_a_polling_body_that_never_comes_whole_ends_the_session(impatient: Transport) -> None:
    sid = impatient.poll_session()
    route = f"/socket.io/?EIO=4&transport=polling&sid={sid}"
    assert impatient.http(POST.format(route=route, length=10), b"4").startswith(b"HTTP/1.1 400")
    assert impatient.poll(sid).status_code == 400


@pytest.mark.parametrize("route", ["/unread", "/socket.io/?EIO=4&transport=polling&sid=unknown"])
def test_nobody_waits_for_a_body_that_is_not_wanted(transport: Transport, route: str) -> None:
    """pywsgi would read on until the announced gigabyte is there."""
    answer = transport.http(POST.format(route=route, length=10**9), b"x" * 100_000)
    assert answer.startswith((b"HTTP/1.1 413", b"HTTP/1.1 400"))


def test_a_body_in_chunks_is_read(transport: Transport) -> None:
    head = "POST /body HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\nConnection: close\n\n"
    assert transport.http(head, b"5\r\nhello\r\n0\r\n\r\n").endswith(b'{"length":5}\n')


def test_a_connection_serves_several_requests_and_is_closed_when_no_more_come(impatient: Transport) -> None:
    request = b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
    with impatient.tcp() as sock:
        sock.sendall(request + request)
        assert read_all(sock).count(b'{"length":3}') == 2


def test_a_client_that_does_not_take_its_answer_is_let_go(impatient: Transport) -> None:
    with impatient.tcp() as sock:
        before = impatient.state()["descriptors"]
        sock.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_for(lambda: impatient.state()["descriptors"] < before, "the connection to be let go")


def test_a_session_that_never_connects_is_ended(impatient: Transport) -> None:
    ws = impatient.engine()
    assert receive_until_close(ws) == 1008


def test_a_polling_session_that_never_connects_is_ended(impatient: Transport) -> None:
    sid = impatient.poll_session()
    packets: list[str] = []
    while "1" not in packets:
        packets += impatient.poll(sid).text.split("\x1e")
        if "2" in packets:
            impatient.post(sid, "3")
    assert impatient.poll(sid).status_code == 400


def test_a_refused_session_is_ended_too(impatient: Transport) -> None:
    ws = impatient.engine()
    ws.send('40{"refuse":true}')
    assert receive(ws).startswith("44")
    assert receive_until_close(ws) == 1008


def test_a_connect_handler_may_take_longer(impatient: Transport) -> None:
    ws = impatient.engine()
    ws.send('40{"sleep":0.9}')
    assert receive(ws).startswith("40{")


def test_an_upgrade_that_is_never_completed_leaves_the_session_on_polling(
    make_transport: Callable[..., Transport],
) -> None:
    transport = make_transport(limits={"upgrade_seconds": 0.2})  # the session itself has time
    sid = transport.poll_session()
    transport.post(sid, "40")
    ws = transport.websocket(f"EIO=4&transport=websocket&sid={sid}")
    ws.send("2probe")
    assert ws.recv() == "3probe"
    packets: list[str] = []
    while not any("auth:again" in packet for packet in packets):
        answer = transport.poll(sid)
        assert answer.status_code == 200
        packets += answer.text.split("\x1e")
    assert close_code(ws) == 1008


def test_half_a_frame_does_not_hold_off_the_ping_timeout(impatient: Transport) -> None:
    ws, sid = impatient.member()
    ws.sock.sendall(b"\x81\x85\0\0")
    wait_for(lambda: impatient.disconnects(sid) == ["ping timeout"], "the ping timeout")


def test_a_client_that_never_answers_our_close_frame_is_let_go(impatient: Transport) -> None:
    ws, _ = impatient.member()
    before = impatient.state()["connections"]
    ws.sock.sendall(b"\x81\x80\0\0\0\0")  # an empty message: malformed
    wait_for(lambda: impatient.state()["connections"] < before, "the connection to be let go")


def receive_until_close(ws) -> int:  # type: ignore[no-untyped-def]
    """Answer pings until the connection is closed; the code."""
    while True:
        opcode, data = ws.recv_data(control_frame=True)
        if opcode == 0x8:
            return int.from_bytes(data[:2], "big")
        if data == b"2":
            ws.send("3")


def test_a_small_body_that_nobody_read_does_not_end_the_connection(transport: Transport) -> None:
    unread = b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
    last = b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"
    with transport.tcp() as sock:
        sock.sendall(unread + last)
        assert read_all(sock).endswith(b'{"length":3}\n')
