"""What clients do wrong fills no log and writes no lines of its own into it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.realtime.transport import Transport
from tests.server import wait_for


def test_many_malformed_requests_make_one_line(make_transport: Callable[..., Transport]) -> None:
    transport = make_transport()
    answers = [transport.http("NO SUCH THING HTTP/1.1 \n\n") for _ in range(20)]
    assert {answer[:12] for answer in answers} == {b"HTTP/1.1 400"}
    assert len(wait_for(lambda: transport.log.read_text().splitlines(), "the line")) == 1


def test_what_a_client_names_cannot_look_like_a_line_of_the_log(make_transport: Callable[..., Transport]) -> None:
    transport = make_transport()
    assert transport.poll("%0aCRITICAL all is lost").status_code == 400
    lines = wait_for(lambda: transport.log.read_text().splitlines(), "the line")
    assert lines == [r"app.realtime: A request was refused: Invalid session \nCRITICAL all is lost"]


def test_clients_that_break_off_leave_no_traceback(make_transport: Callable[..., Transport]) -> None:
    transport = make_transport()

    def break_off(beginning: bytes) -> None:
        with transport.tcp() as sock:
            sock.sendall(beginning)
            sock.setsockopt(1, 13, b"\1\0\0\0\0\0\0\0")  # SO_LINGER 0: close with a reset

    beginnings = [b"", b"\x00", b"GET / HT", b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n", b"POST /body HTTP/1.1\r\n"]
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(break_off, beginnings * 10))
    assert transport.state()["sessions"] == 0
    assert "Traceback" not in transport.log.read_text()
