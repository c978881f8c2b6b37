"""SIGTERM: the process ends soon, and its clients lose nothing that was acknowledged."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from app.realtime.limits import DEFAULT
from app.realtime.worker import END_SECONDS
from tests.realtime.transport import Transport, close_code, receive
from tests.server import wait_for


@pytest.fixture
def transport(make_transport: Callable[..., Transport]) -> Transport:
    return make_transport(limits={"drain_seconds": 1.5, "settle_seconds": 1.0})


def test_the_usual_times_together_leave_room_within_ten_seconds() -> None:
    assert DEFAULT.drain_seconds + DEFAULT.settle_seconds <= END_SECONDS <= 8


def test_clients_are_sent_away_one_after_the_other_and_the_process_ends(transport: Transport) -> None:
    sockets = [transport.member()[0] for _ in range(20)]
    transport.terminate()
    started = time.monotonic()
    ended: list[float] = []

    def wait(ws) -> int:  # type: ignore[no-untyped-def]
        code = close_code(ws)
        ended.append(time.monotonic() - started)
        return code

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(wait, sockets)) == [1012] * 20  # "service restart": come back
    assert transport.process.wait(10) == 0
    assert max(ended) - min(ended) > 0.5, "they were all sent away at once"


def test_what_is_being_handled_is_acknowledged_first(transport: Transport) -> None:
    ws, _ = transport.member()
    ws.send('421["slow",0.5,"important"]')
    ws.send('422["message-with-ack","behind it"]')
    assert receive(ws) == '42["slow:started","important"]'
    transport.terminate()
    assert [receive(ws) for _ in range(3)] == ['42["slow:done","important"]', '431["important"]', '432["behind it"]']
    assert close_code(ws) == 1012
    assert transport.process.wait(10) == 0


def test_a_pending_poll_returns_with_a_close_packet(transport: Transport) -> None:
    sid = transport.poll_session()
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(transport.poll, sid, timeout=15)
        with pytest.raises(TimeoutError):
            poll.result(0.2)
        transport.terminate()
        assert poll.result().text == "1"
    assert transport.process.wait(10) == 0


def test_a_request_under_way_is_answered_and_an_idle_connection_is_not_waited_for(transport: Transport) -> None:
    with requests.Session() as idle, ThreadPoolExecutor(1) as pool:
        assert idle.get(f"{transport.url}/state", timeout=30).ok
        request = pool.submit(requests.get, f"{transport.url}/sleep/1.5", timeout=10)
        with pytest.raises(TimeoutError):
            request.result(0.3)
        transport.terminate()
        assert request.result().text == "awake"
        assert transport.process.wait(10) == 0


def test_a_stopping_process_takes_no_new_clients(transport: Transport) -> None:
    keep = requests.Session()
    ws, _ = transport.member()
    ws.send('42["slow",2.0,"a while"]')
    assert receive(ws) == '42["slow:started","a while"]'
    transport.terminate()

    def is_refused() -> bool:
        try:
            return transport.poll(timeout=1).status_code == 503
        except (requests.ConnectionError, requests.Timeout):
            return True

    wait_for(is_refused, "new clients to be refused")
    keep.close()
    assert transport.process.wait(10) == 0


def test_a_handler_that_never_ends_does_not_stop_the_end(transport: Transport) -> None:
    ws, _ = transport.member()
    ws.send('42["slow",60.0,"forever"]')
    assert json.loads(receive(ws)[2:])[0] == "slow:started"
    transport.terminate()
    assert transport.process.wait(10) == 0
