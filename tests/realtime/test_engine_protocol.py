"""Engine.IO, revision 4 of the protocol: handshake, messages, heartbeat, close and upgrade over both transports."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from websocket import WebSocketBadStatusException

from tests.realtime.transport import Transport, close_code, frame, receive
from tests.server import wait_for

WS = "EIO=4&transport=websocket"


def in_background(pool: ThreadPoolExecutor, transport: Transport, sid: str):  # type: ignore[no-untyped-def]
    """Poll, and return once the server has seen it do so."""
    poll = pool.submit(transport.poll, sid)
    with pytest.raises(TimeoutError):
        poll.result(0.2)
    return poll


class TestHandshake:
    def test_polling_opens_a_session(self, impatient: Transport) -> None:
        answer = impatient.poll()
        assert answer.status_code == 200
        assert answer.text[0] == "0"
        opened = json.loads(answer.text[1:])
        assert opened.pop("sid")
        assert opened == {"upgrades": ["websocket"], "pingInterval": 300, "pingTimeout": 200, "maxPayload": 1_000_000}

    def test_a_websocket_opens_a_session(self, impatient: Transport) -> None:
        opened = impatient.websocket().recv()
        assert opened[0] == "0"
        assert json.loads(opened[1:])["upgrades"] == []
        assert json.loads(opened[1:])["pingInterval"] == 300

    @pytest.mark.parametrize(
        "query",
        ["transport=polling", "EIO=abc&transport=polling", "EIO=3&transport=polling", "EIO=4", "EIO=4&transport=abc"],
    )
    def test_a_wrong_query_is_refused_on_polling(self, transport: Transport, query: str) -> None:
        assert requests.get(f"{transport.url}/socket.io/?{query}", timeout=30).status_code == 400

    @pytest.mark.parametrize(
        "query", ["transport=websocket", "EIO=abc&transport=websocket", "EIO=4", "EIO=4&transport=abc"]
    )
    def test_a_wrong_query_is_refused_on_a_websocket(self, transport: Transport, query: str) -> None:
        with pytest.raises(WebSocketBadStatusException, match="400"):
            transport.websocket(query)

    @pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
    def test_a_wrong_method_is_refused(self, transport: Transport, method: str) -> None:
        answer = requests.request(method, f"{transport.url}/socket.io/?EIO=4&transport=polling", timeout=30)
        assert answer.status_code == 400

    def test_an_unknown_session_is_refused(self, transport: Transport) -> None:
        assert transport.poll("unknown").status_code == 400
        assert transport.post("unknown", "4hello").status_code == 400
        with pytest.raises(WebSocketBadStatusException, match="400"):
            transport.websocket(f"{WS}&sid=unknown")

    def test_script_callbacks_are_not_served(self, transport: Transport) -> None:
        answer = requests.get(f"{transport.url}/socket.io/?EIO=4&transport=polling&j=0", timeout=30)
        assert answer.status_code == 400


class TestPolling:
    def connected(self, transport: Transport) -> str:
        sid = transport.poll_session()
        assert transport.post(sid, "40").text == "ok"
        received = ""
        while "auth:again" not in received:
            received += transport.poll(sid).text
        return sid

    def test_a_packet_goes_both_ways(self, transport: Transport) -> None:
        sid = self.connected(transport)
        answer = transport.post(sid, '42["message",1]')
        assert (answer.status_code, answer.text) == (200, "ok")
        assert transport.poll(sid).text == '42["message-back",1]'

    def test_several_packets_go_both_ways_in_order(self, transport: Transport) -> None:
        sid = self.connected(transport)
        assert transport.post(sid, "\x1e".join(f'42["message",{n}]' for n in range(40))).text == "ok"
        received: list[str] = []
        while len(received) < 40:
            received += transport.poll(sid).text.split("\x1e")
        assert received == [f'42["message-back",{n}]' for n in range(40)]

    def test_binary_goes_both_ways_in_base64(self, transport: Transport) -> None:
        sid = self.connected(transport)
        event = '451-["message",{"_placeholder":true,"num":0}]'
        assert transport.post(sid, f"{event}\x1ebAQIDBA==").text == "ok"
        assert transport.poll(sid).text == f"{event.replace('message', 'message-back')}\x1ebAQIDBA=="

    @pytest.mark.parametrize(
        "body", [b"abc", b"", b"4abc", b"b!", b"b\xe1\x80\x80", b"4\xff", b"\x1e", b"8", b"0", b"2"]
    )
    def test_a_malformed_payload_ends_the_session(self, transport: Transport, body: bytes) -> None:
        sid = self.connected(transport)
        assert transport.post(sid, body).status_code == 400
        assert transport.poll(sid).status_code == 400

    def test_too_large_a_payload_ends_the_session(self, transport: Transport) -> None:
        sid = self.connected(transport)
        assert transport.post(sid, '42["message","' + "x" * 1_000_000 + '"]').status_code == 400
        assert transport.poll(sid).status_code == 400

    def test_too_many_packets_end_the_session(self, transport: Transport) -> None:
        sid = self.connected(transport)
        assert transport.post(sid, "\x1e".join(["3"] * 300)).status_code == 400
        assert transport.poll(sid).status_code == 400

    def test_a_second_poll_at_the_same_time_ends_the_session(self, transport: Transport) -> None:
        sid = self.connected(transport)
        with ThreadPoolExecutor() as pool:
            first = in_background(pool, transport, sid)
            assert transport.poll(sid).status_code == 400
            assert (first.result().status_code, first.result().text) == (200, "1")
        assert transport.poll(sid).status_code == 400

    def test_hanging_up_in_the_middle_of_a_poll_ends_the_session(self, transport: Transport) -> None:
        sid = self.connected(transport)
        with pytest.raises(requests.Timeout):
            transport.poll(sid, timeout=0.2)
        wait_for(lambda: transport.poll(sid, timeout=0.5).status_code == 400, "the session to end")


class TestHeartbeat:
    def test_polling_is_pinged_and_lives_as_long_as_it_answers(self, impatient: Transport) -> None:
        sid = impatient.poll_session()
        impatient.post(sid, "40")
        pings = 0
        while pings < 3:
            for packet in impatient.poll(sid).text.split("\x1e"):
                if packet == "2":
                    pings += 1
                    assert impatient.post(sid, "3").status_code == 200

    def test_polling_that_does_not_answer_is_ended(self, impatient: Transport) -> None:
        sid = impatient.poll_session()
        impatient.post(sid, "40")
        wait_for(lambda: impatient.post(sid, '42["message"]').status_code == 400, "the ping timeout")

    def test_a_websocket_is_pinged_and_lives_as_long_as_it_answers(self, impatient: Transport) -> None:
        ws, _ = impatient.member()
        for _ in range(3):
            assert ws.recv() == "2"
            ws.send("3")
        ws.send('42["message",1]')
        assert receive(ws) == '42["message-back",1]'

    def test_a_websocket_that_does_not_answer_is_ended(self, impatient: Transport) -> None:
        ws, sid = impatient.member()
        assert close_code(ws) == 1001
        wait_for(lambda: impatient.disconnects(sid) == ["ping timeout"], "the disconnect handler")


class TestClose:
    def test_polling_can_close_and_its_pending_poll_returns(self, transport: Transport) -> None:
        sid = transport.poll_session()
        with ThreadPoolExecutor() as pool:
            poll = in_background(pool, transport, sid)
            assert transport.post(sid, "1").status_code == 200
            assert (poll.result().status_code, poll.result().text) == (200, "6")
        assert transport.poll(sid).status_code == 400

    def test_a_websocket_can_close(self, transport: Transport) -> None:
        ws, sid = transport.member()
        ws.send("1")
        assert close_code(ws) == 1000
        wait_for(lambda: transport.disconnects(sid) == ["client disconnect"], "the disconnect handler")

    def test_a_closing_handshake_is_answered_with_its_code(self, transport: Transport) -> None:
        ws, sid = transport.member()
        ws.send_close(4321)
        assert close_code(ws) == 4321
        wait_for(lambda: transport.disconnects(sid) == ["transport close"], "the disconnect handler")

    def test_a_connection_that_breaks_off_is_noticed(self, transport: Transport) -> None:
        ws, sid = transport.member()
        ws.sock.close()
        wait_for(lambda: transport.disconnects(sid) == ["transport close"], "the disconnect handler")

    @pytest.mark.parametrize("message", ["abc", "", "0", "2", "7", "8", "9x"])
    def test_a_malformed_packet_closes_at_once(self, transport: Transport, message: str) -> None:
        ws, sid = transport.member()
        ws.send(message)
        assert close_code(ws) == 1008
        wait_for(lambda: transport.disconnects(sid) == ["transport error"], "the disconnect handler")

    def test_a_malformed_frame_closes_at_once(self, transport: Transport) -> None:
        ws, sid = transport.member()
        ws.sock.sendall(frame(0x1, b"4", mask=b""))
        assert close_code(ws) == 1002
        wait_for(lambda: transport.disconnects(sid) == ["transport error"], "the disconnect handler")

    def test_too_large_a_message_is_refused_by_its_length_alone(self, transport: Transport) -> None:
        ws, _ = transport.member()
        ws.sock.sendall(b"\x81\xff" + (10**12).to_bytes(8, "big"))
        assert close_code(ws) == 1009

    def test_a_websocket_ping_is_answered(self, transport: Transport) -> None:
        ws, _ = transport.member()
        ws.ping("are you there")
        opcode, data = ws.recv_data(control_frame=True)
        assert (opcode, data) == (0xA, b"are you there")

    def test_many_malformed_clients_make_one_line_in_the_log(self, make_transport) -> None:  # type: ignore[no-untyped-def]
        transport = make_transport()
        for _ in range(20):
            ws = transport.engine()
            ws.send("4abc")
            assert close_code(ws) == 1008
        assert transport.log.read_text().count("malformed packet") == 1


class TestUpgrade:
    def probed(self, transport: Transport, sid: str):  # type: ignore[no-untyped-def]
        ws = transport.websocket(f"{WS}&sid={sid}")
        ws.send("2probe")
        assert ws.recv() == "3probe"
        return ws

    def test_a_session_moves_to_a_websocket(self, transport: Transport) -> None:
        sid = transport.poll_session()
        ws = self.probed(transport, sid)
        assert (answer := transport.poll(sid)).status_code == 200
        assert answer.text == "6"
        ws.send("5")
        ws.send("40")
        assert ws.recv().startswith("40{")

    def test_a_pending_poll_is_let_go_by_the_probe(self, transport: Transport) -> None:
        sid = transport.poll_session()
        with ThreadPoolExecutor() as pool:
            poll = in_background(pool, transport, sid)
            self.probed(transport, sid)
            assert poll.result().text == "6"

    def test_polling_is_over_after_the_upgrade(self, transport: Transport) -> None:
        sid = transport.poll_session()
        ws = self.probed(transport, sid)
        ws.send("5")
        wait_for(lambda: transport.poll(sid).status_code == 400, "polling to be refused")
        assert transport.post(sid, "4hello").status_code == 400
        ws.send("40")
        assert ws.recv().startswith("40{")

    def test_a_second_websocket_is_closed_and_changes_nothing(self, transport: Transport) -> None:
        sid = transport.poll_session()
        ws = self.probed(transport, sid)
        for step in ("during", "after"):
            second = transport.websocket(f"{WS}&sid={sid}")
            second.send("5")
            assert close_code(second) == 1008
            if step == "during":
                ws.send("5")
                ws.send("40")
                assert ws.recv().startswith("40{")

    @pytest.mark.parametrize("first", ["2", "5", "4hello", "abc"])
    def test_a_wrong_probe_leaves_the_session_on_polling(self, transport: Transport, first: str) -> None:
        sid = transport.poll_session()
        ws = transport.websocket(f"{WS}&sid={sid}")
        ws.send(first)
        assert close_code(ws) == 1008
        transport.post(sid, "40")
        assert transport.poll(sid).text.startswith("40{")

    def test_a_probe_that_is_broken_off_leaves_the_session_on_polling(self, transport: Transport) -> None:
        sid = transport.poll_session()
        ws = self.probed(transport, sid)
        ws.close()
        transport.post(sid, "40")
        received = ""
        while "40{" not in received:
            received += transport.poll(sid).text

    def test_what_waited_for_a_poll_comes_first_on_the_websocket(self, transport: Transport) -> None:
        sid = transport.poll_session()
        transport.post(sid, "40")
        received = ""
        while "auth:again" not in received:
            received += transport.poll(sid).text
        ws = self.probed(transport, sid)
        assert transport.poll(sid).text == "6"
        transport.post(sid, "\x1e".join(f'42["message",{n}]' for n in range(10)))
        ws.send("5")
        for n in range(10, 20):
            ws.send(f'42["message",{n}]')
        assert [ws.recv() for _ in range(20)] == [f'42["message-back",{n}]' for n in range(20)]
