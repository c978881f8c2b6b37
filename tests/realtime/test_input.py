"""Input of one client: handled in order, within bounds, and by handlers that may be written in several ways."""

from __future__ import annotations

import time

from tests.realtime.transport import Transport, close_code, receive
from tests.server import wait_for


def test_events_of_one_client_are_handled_in_order_although_handlers_block(transport: Transport) -> None:
    ws, _ = transport.member()
    for number, seconds in enumerate([0.2, 0.1, 0, 0.05, 0]):
        ws.send(f'42{number}["slow",{seconds},{number}]')
    steps = ('42["slow:started",{0}]', '42["slow:done",{0}]', "43{0}[{0}]")
    assert [receive(ws) for _ in range(15)] == [step.format(n) for n in range(5) for step in steps]


def test_a_blocked_handler_holds_up_nobody_else(transport: Transport) -> None:
    slow, _ = transport.member()
    quick, _ = transport.member()
    slow.send('421["slow",0.5,"a"]')
    quick.send('421["message-with-ack","b"]')
    assert receive(quick) == '431["b"]'
    # To its end, so that nothing of it is handled while the next test counts.
    assert [receive(slow) for _ in range(3)] == ['42["slow:started","a"]', '42["slow:done","a"]', '431["a"]']


def test_a_handler_can_wait_for_an_answer_of_its_own_client(transport: Transport) -> None:
    ws, _ = transport.member()
    ws.send('421["ask","question","?"]')
    assert receive(ws) == '421["question","?"]'
    ws.send('431["because"]')
    assert receive(ws) == '431["because"]'


def test_a_client_that_sends_faster_than_it_is_handled_is_read_no_further(transport: Transport) -> None:
    """The server stops reading at 64 messages, so what it keeps is bounded by them and the kernel's buffers."""
    ws, _ = transport.member()
    ws.send('42["slow",0.3,"first"]')
    body, count = "x" * 1000, 3000
    for number in range(count):
        ws.send(f'42{number}["message-with-ack","{body}"]')
    assert [receive(ws), receive(ws)] == ['42["slow:started","first"]', '42["slow:done","first"]']
    assert [receive(ws) for _ in range(count)] == [f'43{number}["{body}"]' for number in range(count)]


def test_what_a_client_sent_before_it_left_is_handled_before_the_disconnect(transport: Transport) -> None:
    ws, sid = transport.member()
    ws.send('42["slow",0.2,"said before leaving"]')
    ws.send('42["slow",0.0,"and this"]')
    ws.close()
    wait_for(lambda: transport.disconnects(sid), "the disconnect handler")
    assert transport.state()["handled"][-2:] == ["said before leaving", "and this"]


def test_what_a_misbehaving_client_sent_is_forgotten(transport: Transport) -> None:
    ws, sid = transport.member()
    ws.send('42["slow",0.2,"handled"]')
    assert receive(ws) == '42["slow:started","handled"]'
    ws.send('42["slow",0.0,"never handled"]')
    ws.send("4abc")
    assert close_code(ws) == 1008
    wait_for(lambda: transport.disconnects(sid), "the disconnect handler")
    assert transport.state()["handled"][-1] == "handled"


def test_some_of_a_series_are_begun_while_others_are_under_way(transport: Transport) -> None:
    ws, other = transport.member()[0], transport.member()[0]
    for number in range(6):
        ws.send(f'42{number}["later","{number}"]')
    _wait_until_handled(transport, *(f"begun {number}" for number in range(4)))
    other.send('421["release"]')
    assert receive(other) == "431[4]"
    _wait_until_handled(transport, "done 0", "begun 4", "done 1", "begun 5", "done 2", "done 3")
    other.send('422["release"]')
    assert receive(other) == "432[2]"
    assert [receive(ws) for _ in range(6)] == [f'43{number}["{number}"]' for number in range(6)]


def test_what_is_no_part_of_a_series_waits_for_what_came_before_and_holds_up_what_comes_after(
    transport: Transport,
) -> None:
    ws, other = transport.member()[0], transport.member()[0]
    for event in ('1["later","a"]', '2["later","b"]', '3["slow",0,"c"]', '4["later","d"]'):
        ws.send(f"42{event}")
    _wait_until_handled(transport, "begun a", "begun b")
    other.send('421["release"]')
    assert receive(other) == "431[2]"
    _wait_until_handled(transport, "begun d")
    other.send('422["release"]')
    answers = ['431["a"]', '432["b"]', '42["slow:started","c"]', '42["slow:done","c"]', '433["c"]', '434["d"]']
    assert [receive(ws) for _ in answers] == answers


def test_an_error_behind_an_answer_that_comes_later_is_the_acknowledgement(transport: Transport) -> None:
    ws, other = transport.member()[0], transport.member()[0]
    ws.send('421["later",null]')
    _wait_until_handled(transport, "begun None")
    other.send('42["release"]')
    assert receive(ws) == '431[{"error":"as asked"}]'
    ws.send('422["message-with-ack","and on"]')
    assert receive(ws) == '432["and on"]'


def test_what_is_under_way_has_an_end_before_the_disconnect(transport: Transport) -> None:
    (ws, sid), other = transport.member(), transport.member()[0]
    ws.send('421["later","said before leaving"]')
    _wait_until_handled(transport, "begun said before leaving")
    ws.close()
    other.send('421["message-with-ack","nobody is disconnected yet"]')
    receive(other)
    assert not transport.disconnects(sid)
    other.send('422["release"]')
    wait_for(lambda: transport.disconnects(sid), "the disconnect handler")
    assert transport.state()["handled"][-1] == "done said before leaving"


def _wait_until_handled(transport: Transport, *steps: str) -> None:
    wait_for(lambda: transport.state()["handled"][-len(steps) :] == list(steps), f"{steps} and no more")


def test_an_error_in_a_handler_becomes_the_acknowledgement(transport: Transport) -> None:
    ws, _ = transport.member()
    for event in ("fail", "fail:bare"):
        ws.send(f'421["{event}"]')
        assert receive(ws) == '431[{"error":"as asked"}]'


def test_wrong_arguments_are_an_error_like_others(transport: Transport) -> None:
    ws, _ = transport.member()
    ws.send('421["join"]')
    assert "missing 1 required positional argument" in receive(ws)
    ws.send('422["join","a"]')
    assert receive(ws) == '432["a"]'


def test_a_bare_handler_gets_the_session_id_and_no_context(transport: Transport) -> None:
    ws, sid = transport.member()
    ws.send('421["bare",1,2]')
    assert receive(ws) == f'431[{{"sid":"{sid}","args":[1,2],"has_context":false}}]'


def test_a_catch_all_handler_gets_what_no_other_does(transport: Transport) -> None:
    ws, _ = transport.member()
    ws.send('421["anything",1]')
    assert receive(ws) == '431[{"event":"anything","args":[1]}]'


def test_a_session_is_kept_between_events(transport: Transport) -> None:
    ws, _ = transport.member()
    ws.send('421["session","one"]')
    ws.send('422["session","two"]')
    assert [receive(ws), receive(ws)] == ["431[]", '432["one"]']


def test_a_large_message_is_read_without_holding_up_others(transport: Transport) -> None:
    large, _ = transport.member()
    other, _ = transport.member()
    started = time.monotonic()
    large.send('421["message-with-ack","' + "x" * 900_000 + '"]')
    other.send('421["message-with-ack","small"]')
    assert receive(other) == '431["small"]'
    assert len(receive(large)) > 900_000
    assert time.monotonic() - started < 5
