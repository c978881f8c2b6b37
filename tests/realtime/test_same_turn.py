"""What a client sends at one moment over two connections is taken in the order that it means."""

from __future__ import annotations

from http.client import HTTPConnection

from tests.realtime.transport import Transport, opened


def idle(transport: Transport) -> HTTPConnection:
    """A connection that has had its first answer, as browsers keep them: the server waits for its next request."""
    connection = HTTPConnection("127.0.0.1", transport.port, timeout=30)
    opened.append(connection.close)
    connection.request("GET", "/state")
    connection.getresponse().read()
    return connection


def route(sid: str) -> str:
    return f"/socket.io/?EIO=4&transport=polling&sid={sid}"


def test_a_poll_is_let_go_by_the_end_that_comes_with_it(transport: Transport) -> None:
    sid = transport.poll_session()
    polling, posting = idle(transport), idle(transport)
    with transport.frozen():
        polling.request("GET", route(sid))
        posting.request("POST", route(sid), "1")
    assert polling.getresponse().read() == b"6"
    assert posting.getresponse().read() == b"ok"
    assert transport.poll(sid).status_code == 400


def test_a_poll_that_comes_with_the_end_of_an_upgrade_is_refused(transport: Transport) -> None:
    sid = transport.poll_session()
    ws = transport.websocket(f"EIO=4&transport=websocket&sid={sid}")
    ws.send("2probe")
    assert ws.recv() == "3probe"
    polling = idle(transport)
    with transport.frozen():
        ws.send("5")
        polling.request("GET", route(sid))
    assert polling.getresponse().status == 400
    ws.send("40")
    assert ws.recv().startswith("40{")
