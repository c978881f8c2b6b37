"""Socket.IO, revision 5 of the protocol: connecting, disconnecting, events, acknowledgements and attachments."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from websocket import ABNF

from tests.realtime.transport import Transport, close_code, receive
from tests.server import wait_for

ONE, TWO = b"\1\2\3", b"\4\5\6"
PLACES = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}'


class TestConnect:
    @pytest.mark.parametrize("namespace", ["", "/custom,"])
    @pytest.mark.parametrize("auth", ["", '{"token":"123"}'])
    def test_a_namespace_can_be_joined_with_and_without_a_payload(
        self, transport: Transport, namespace: str, auth: str
    ) -> None:
        ws = transport.engine()
        ws.send(f"40{namespace}{auth}")
        answer = ws.recv()
        assert answer.startswith(f"40{namespace}")
        assert list(json.loads(answer[2 + len(namespace) :])) == ["sid"]
        assert ws.recv() == f'42{namespace}["auth",{auth or "{}"}]'

    def test_what_a_connect_handler_emits_comes_after_the_answer_and_in_order(self, transport: Transport) -> None:
        ws = transport.engine()
        ws.send('40{"sleep":0.1}')
        assert ws.recv().startswith("40{")
        assert ws.recv() == '42["auth",{"sleep":0.1}]'
        assert ws.recv() == '42["auth:again",{"sleep":0.1}]'

    def test_a_broadcast_during_a_connect_handler_waits_for_the_answer(self, transport: Transport) -> None:
        other, _ = transport.member()
        before = transport.state()["rooms"]["all"]
        ws = transport.engine()
        ws.send('40{"sleep":0.3}')
        wait_for(lambda: transport.state()["rooms"]["all"] == before + 1, "the handler to join the room")
        other.send('42["say","all","early"]')
        assert receive(other) == '42["said","early"]'
        assert ws.recv().startswith("40{")
        assert [ws.recv()[:8], ws.recv(), ws.recv()[:14]] == ['42["auth', '42["said","early"]', '42["auth:again']

    def test_a_refused_client_gets_the_reason_and_nothing_else(self, transport: Transport) -> None:
        ws = transport.engine()
        ws.send('40{"refuse":true}')
        assert ws.recv() == '44{"message":"refused","data":{"refuse":true}}'
        ws.send('40{"again":true}')
        assert ws.recv().startswith("40{")

    def test_an_unknown_namespace_is_refused_by_name(self, transport: Transport) -> None:
        ws = transport.engine()
        ws.send("40/random")
        assert ws.recv() == '44/random,{"message":"Invalid namespace"}'

    def test_a_namespace_may_carry_a_query(self, transport: Transport) -> None:
        ws = transport.engine()
        ws.send("40/custom?a=1,")
        assert ws.recv().startswith("40/custom,{")

    @pytest.mark.parametrize("packet", ["4abc", "40abc", "40[]", '40"a"', "40{", '44{"message":"x"}', "4", "4-"])
    def test_a_malformed_connect_ends_the_connection(self, transport: Transport, packet: str) -> None:
        ws = transport.engine()
        ws.send(packet)
        assert close_code(ws) == 1008

    @pytest.mark.parametrize("packet", ['42["message"]', "41", '420["message-with-ack"]', '42/custom,["message"]'])
    def test_an_event_before_connect_ends_the_connection(self, transport: Transport, packet: str) -> None:
        ws = transport.engine()
        ws.send(packet)
        assert close_code(ws) == 1008

    def test_a_second_connect_ends_the_connection(self, transport: Transport) -> None:
        ws, sid = transport.member()
        ws.send("40")
        assert close_code(ws) == 1008
        wait_for(lambda: transport.disconnects(sid) == ["transport error"], "the disconnect handler")


class TestDisconnect:
    def test_a_client_that_leaves_its_last_namespace_is_closed(self, impatient: Transport) -> None:
        ws, sid = impatient.member()
        ws.send("41")
        assert close_code(ws) in (1001, 1008)
        assert impatient.disconnects(sid) == ["client disconnect"]

    def test_leaving_one_namespace_leaves_the_others(self, transport: Transport) -> None:
        ws, _ = transport.member()
        ws.send("40/custom")
        received = [ws.recv() for _ in range(3)]
        ws.send("41/custom")
        ws.send('42["message","to main"]')
        assert ws.recv() == '42["message-back","to main"]'
        sid = json.loads(received[0][len("40/custom,") :])["sid"]
        assert transport.disconnects(sid) == ["client disconnect"]

    def test_the_server_can_disconnect_after_what_it_said_before(self, transport: Transport) -> None:
        ws, sid = transport.member()
        ws.send('42["disconnect_me"]')
        assert ws.recv() == '42["goodbye","now"]'
        assert ws.recv() == "41"
        assert transport.disconnects(sid) == ["server disconnect"]

    def test_nothing_is_kept_of_clients_that_are_gone(self, make_transport: Callable[..., Transport]) -> None:
        transport = make_transport()
        before = transport.state()["descriptors"]
        sockets = [transport.member()[0] for _ in range(20)]
        assert transport.state()["sessions"] == 20
        for ws in sockets:
            ws.shutdown()
        gone = {"sessions": 0, "connections": 0, "leftovers": 0, "rooms": {}, "descriptors": before}
        wait_for(lambda: gone.items() <= transport.state().items(), f"the server to be as before: {gone}")


class TestEvents:
    @pytest.mark.parametrize("namespace", ["", "/custom,"])
    def test_an_event_is_handled(self, transport: Transport, namespace: str) -> None:
        ws, _ = transport.member(namespace.strip(",") or "/")
        ws.send(f'42{namespace}["message",1,"2",{{"3":[true]}}]')
        assert receive(ws) == f'42{namespace}["message-back",1,"2",{{"3":[true]}}]'

    def test_an_event_is_acknowledged(self, transport: Transport) -> None:
        ws, _ = transport.member()
        ws.send('42456["message-with-ack",1,"2",{"3":[false]}]')
        assert receive(ws) == '43456[1,"2",{"3":[false]}]'

    def test_attachments_go_both_ways(self, transport: Transport) -> None:
        ws, _ = transport.member()
        ws.send(f'452-["message",{PLACES}]')
        ws.send_binary(ONE)
        ws.send_binary(TWO)
        assert [ws.recv() for _ in range(3)] == [f'452-["message-back",{PLACES}]', ONE, TWO]

    def test_attachments_are_acknowledged(self, transport: Transport) -> None:
        ws, _ = transport.member()
        ws.send(f'452-789["message-with-ack",{PLACES}]')
        ws.send_binary(ONE)
        ws.send_binary(TWO)
        assert [ws.recv() for _ in range(3)] == [f"462-789[{PLACES}]", ONE, TWO]

    def test_text_outside_ascii_and_beyond_the_basic_plane_survives(self, transport: Transport) -> None:
        ws, _ = transport.member()
        text = "Grüße, Зоя 👩‍💻 \u2028"
        ws.send(f'42["message",{json.dumps(text, ensure_ascii=False)}]')
        assert json.loads(receive(ws)[2:]) == ["message-back", text]

    def test_half_a_character_in_json_does_no_harm(self, transport: Transport) -> None:
        ws, _ = transport.member()
        ws.send(r'42["message","\ud800"]')
        assert receive(ws) == r'42["message-back","\ud800"]'

    @pytest.mark.parametrize(
        "packet",
        [
            "42{}",
            "42[]",
            "42",
            "42[1]",
            "42[{}]",
            '42["connect"]',
            '42["disconnect"]',
            "49",
            "43[]",
            "43{}",
            "4312",
            '42abc["message"]',
            '42["message"',
            '42["message",NaN]',
            "42[" + "[" * 50_000,
            '41["x"]',
            '421-["message"]',
            '45["message"]',
            '4511-["message"]',
            '459999999999-["message"]',
            "42" + "1" * 40 + '["message"]',
        ],
    )
    def test_a_malformed_packet_ends_the_connection_and_presence_follows(
        self, transport: Transport, packet: str
    ) -> None:
        ws, sid = transport.member()
        ws.send(packet)
        assert close_code(ws) == 1008
        wait_for(lambda: transport.disconnects(sid) == ["transport error"], "the disconnect handler")

    @pytest.mark.parametrize(
        "frames",
        [
            ['451-["message",{"_placeholder":true,"num":0}]', "42[1]"],
            ['451-["message",{"_placeholder":true,"num":7}]', ONE],
            ['451-["message",{"_placeholder":true,"num":"x"}]', ONE],
            [ONE],
        ],
    )
    def test_attachments_have_to_follow_and_to_fit(self, transport: Transport, frames: list[str | bytes]) -> None:
        ws, _ = transport.member()
        for one in frames:
            ws.send(one, ABNF.OPCODE_TEXT if isinstance(one, str) else ABNF.OPCODE_BINARY)
        assert close_code(ws) == 1008

    def test_attachments_count_together(self, transport: Transport) -> None:
        ws, _ = transport.member()
        ws.send(f'452-["message",{PLACES}]')
        ws.send_binary(b"x" * 600_000)
        ws.send_binary(b"x" * 600_000)
        assert close_code(ws) == 1008

    @pytest.mark.parametrize("packet", ["430[]", "4399[]", "4399[1,2]"])
    def test_an_acknowledgement_of_nothing_is_ignored(self, transport: Transport, packet: str) -> None:
        ws, _ = transport.member()
        ws.send(packet)
        ws.send('42["emit_with_callback"]')
        assert receive(ws).endswith('["question","?"]')

    def test_an_answer_reaches_the_callback(self, transport: Transport) -> None:
        ws, sid = transport.member()
        ws.send('42["emit_with_callback"]')
        assert receive(ws) == '421["question","?"]'
        ws.send(f'431["{sid}"]')
        wait_for(lambda: sid in transport.state()["callbacks"], "the callback")
