"""Broadcasts: to whom, in what order, over what transport, and what becomes of who does not take them."""

from __future__ import annotations

import socket
import time

import pytest
import websocket

from tests.realtime.transport import Transport, close_code, receive
from tests.server import wait_for


def in_room(transport: Transport, room: str) -> websocket.WebSocket:
    """A new member of a room."""
    ws, _ = transport.member()
    ws.send(f'421["join","{room}"]')
    assert receive(ws) == f'431["{room}"]'
    return ws


def poll_until(transport: Transport, sid: str, packet: str) -> list[str]:
    """Poll until a packet comes; return all that came."""
    received: list[str] = []
    while packet not in received:
        received += transport.poll(sid).text.split("\x1e")
        if "2" in received:
            transport.post(sid, "3")
    return received


def test_a_room_gets_it_and_nobody_else(transport: Transport) -> None:
    inside = [in_room(transport, "there") for _ in range(12)]
    outside, _ = transport.member()
    inside[0].send('421["say","there","hello"]')
    assert [receive(ws) for ws in inside] == ['42["said","hello"]'] * 12
    assert receive(inside[0]) == "431[1]"
    outside.send('421["message-with-ack","still nothing"]')
    assert receive(outside) == '431["still nothing"]'


def test_the_sender_can_be_left_out(transport: Transport) -> None:
    inside = [in_room(transport, "skip") for _ in range(10)]
    inside[3].send('421["say","skip","hello",{"skip":true}]')
    assert receive(inside[3]) == "431[1]"
    assert {receive(ws) for ws in inside if ws is not inside[3]} == {'42["said","hello"]'}


def test_a_member_of_two_addressed_rooms_gets_one_copy(transport: Transport) -> None:
    ws = in_room(transport, "one")
    ws.send('421["join","two"]')
    assert receive(ws) == '431["two"]'
    ws.send('42["say",["one","two","three"],"once"]')
    ws.send('421["message-with-ack"]')
    assert [receive(ws), receive(ws)] == ['42["said","once"]', "431[]"]


def test_joining_and_leaving_take_effect_in_order(transport: Transport) -> None:
    """With enough members for the room's list to be kept between broadcasts."""
    inside = [in_room(transport, "door") for _ in range(10)]
    ws = inside[0]
    ws.send('42["say","door",1]')
    ws.send('42["leave","door"]')
    ws.send('42["say","door",2]')
    ws.send('42["join","door"]')
    ws.send('42["say","door",3]')
    assert [receive(ws), receive(ws)] == ['42["said",1]', '42["said",3]']
    assert [receive(inside[1]) for _ in range(3)] == [f'42["said",{n}]' for n in (1, 2, 3)]


def test_a_closed_room_is_empty(transport: Transport) -> None:
    inside = [in_room(transport, "closing") for _ in range(10)]
    inside[0].send('42["say","closing",1]')
    inside[0].send('42["close_room","closing"]')
    inside[0].send('42["say","closing",2]')
    inside[0].send('421["participants","closing"]')
    assert [receive(inside[0]), receive(inside[0])] == ['42["said",1]', "431[0]"]


def test_attachments_are_never_separated_from_their_packet(transport: Transport) -> None:
    inside = [in_room(transport, "binary") for _ in range(3)]
    for _ in range(20):
        for index, ws in enumerate(inside):
            ws.send('451-["say","binary",{"_placeholder":true,"num":0}]')
            ws.send_binary(bytes([index]) * 3)
    for ws in inside:
        for _ in range(60):
            message = receive(ws)
            assert message == '451-["said",{"_placeholder":true,"num":0}]'
            assert isinstance(receive(ws), bytes)


def test_a_polling_client_gets_what_the_others_get_in_order(transport: Transport) -> None:
    sid = transport.poll_session()
    transport.post(sid, "40")
    transport.post(sid, '421["join","mixed"]')
    poll_until(transport, sid, '431["mixed"]')
    ws = in_room(transport, "mixed")
    for number in range(50):
        ws.send(f'42["say","mixed",{number}]')
    expected = [f'42["said",{number}]' for number in range(50)]
    assert [receive(ws) for _ in range(50)] == expected
    assert [packet for packet in poll_until(transport, sid, expected[-1]) if packet != "2"] == expected


def test_order_is_kept_through_an_upgrade_in_the_middle_of_a_stream(transport: Transport) -> None:
    sid = transport.poll_session()
    transport.post(sid, "40")
    transport.post(sid, '421["join","stream"]')
    poll_until(transport, sid, '431["stream"]')
    sender = in_room(transport, "stream")
    sender.send('42["flood","stream",200,10]')
    packets = transport.poll(sid).text.split("\x1e")
    ws = transport.websocket(f"EIO=4&transport=websocket&sid={sid}")
    ws.send("2probe")
    assert ws.recv() == "3probe"
    while "6" not in packets:
        packets += transport.poll(sid).text.split("\x1e")
    ws.send("5")
    sender.send('42["say","stream","end"]')
    while packets[-1] != '42["said","end"]':
        packets.append(receive(ws))
    said = [packet for packet in packets if packet not in ("2", "6")]
    assert said == [*(f'42["said","{number} {"x" * 10}"]' for number in range(200)), '42["said","end"]']


def test_a_broadcast_during_an_upgrade_is_neither_lost_nor_doubled(transport: Transport) -> None:
    sid = transport.poll_session()
    transport.post(sid, "40")
    transport.post(sid, '421["join","probing"]')
    poll_until(transport, sid, '431["probing"]')
    sender = in_room(transport, "probing")
    ws = transport.websocket(f"EIO=4&transport=websocket&sid={sid}")
    ws.send("2probe")
    assert ws.recv() == "3probe"
    sender.send('421["say","probing","during"]')
    assert [receive(sender), receive(sender)] == ['42["said","during"]', "431[1]"]
    ws.send("5")
    assert ws.recv() == '42["said","during"]'
    sender.send('42["say","probing","after"]')
    assert ws.recv() == '42["said","after"]'


def test_many_events_of_one_turn_arrive_in_order(transport: Transport) -> None:
    inside = [in_room(transport, "burst") for _ in range(9)]
    inside[0].send('421["flood","burst",2000,20]')
    for ws in inside:
        assert [int(receive(ws).split('"')[3].split()[0]) for _ in range(2000)] == list(range(2000))
    assert receive(inside[0]) == "431[2000]"


def read_all(sock: socket.socket) -> None:
    while sock.recv(65536):
        pass


@pytest.fixture
def small(make_transport) -> Transport:  # type: ignore[no-untyped-def]
    """A server that bears little: 1 MiB, as usual, or half a second of backlog."""
    transport: Transport = make_transport(limits={"backlog_seconds": 0.5})
    return transport


def test_a_client_that_does_not_read_is_dropped_and_the_others_get_everything(transport: Transport) -> None:
    reader = in_room(transport, "deaf")
    deaf = transport.member(sockopt=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)])
    deaf[0].send('42["join","deaf"]')
    wait_for(lambda: transport.state()["rooms"].get("deaf") == 2, "both to be there")
    before = transport.state()["memory"]
    for _ in range(80):  # 8 MB together: more than the kernel's buffers and the bound take
        reader.send('421["flood","deaf",10,10000]')
        for number in range(10):
            assert receive(reader).startswith(f'42["said","{number} ')
        assert receive(reader) == "431[10]"
    wait_for(lambda: transport.disconnects(deaf[1]) == ["transport error"], "the client to be dropped")
    assert transport.state()["memory"] - before < 10_000_000
    assert close_code(deaf[0]) == 1006
    assert "does not read" in transport.log.read_text()


def test_what_the_kernel_holds_for_a_dropped_client_is_given_back_at_once(transport: Transport) -> None:
    """It would keep megabytes for minutes, to send them to one who does not read."""
    deaf, sid = transport.member(sockopt=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)])
    deaf.send('42["join","reset"]')
    sender, _ = transport.member()
    wait_for(lambda: transport.state()["rooms"].get("reset") == 1, "the client to be there")
    while not transport.disconnects(sid):
        sender.send('421["flood","reset",10,10000]')
        assert receive(sender) == "431[10]"
    with pytest.raises(ConnectionResetError):
        read_all(deaf.sock)


def test_a_backlog_is_dropped_by_its_age_too(small: Transport) -> None:
    ws, sid = small.member(sockopt=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)])
    ws.send('42["join","old"]')
    sender, _ = small.member()
    wait_for(lambda: small.state()["rooms"].get("old") == 1, "the client to be there")
    said = 0
    while not small.disconnects(sid):
        sender.send('42["flood","old",3,30000]')
        said += 1
        assert said < 1000
        time.sleep(0.005)


def test_a_client_that_reads_late_but_in_time_gets_everything(transport: Transport) -> None:
    ws = in_room(transport, "late")
    ws.send('421["flood","late",300,2500]')  # within the bound, whatever the kernel takes
    time.sleep(0.3)
    assert [int(receive(ws).split('"')[3].split()[0]) for _ in range(300)] == list(range(300))
    assert receive(ws) == "431[300]"


def test_a_polling_client_that_does_not_poll_is_dropped(transport: Transport) -> None:
    sid = transport.poll_session()
    transport.post(sid, "40")
    transport.post(sid, '421["join","lazy"]')
    poll_until(transport, sid, '431["lazy"]')
    sender = in_room(transport, "lazy")
    sender.send('42["flood","lazy",150,10000]')
    wait_for(lambda: transport.poll(sid).status_code == 400, "the session to end")


def test_a_reused_descriptor_never_gets_what_was_meant_for_another(transport: Transport) -> None:
    """Clients leave in the midst of broadcasts, and others come at once and get their descriptors."""
    sender = in_room(transport, "private")
    for _ in range(15):
        leaving = [in_room(transport, "private") for _ in range(9)]
        sender.send('42["flood","private",100,500]')
        for ws in leaving:
            ws.sock.close()
        fresh = [transport.engine() for _ in range(9)]
        for ws in fresh:
            ws.send("40/custom")
        for ws in fresh:
            assert [ws.recv()[:10], ws.recv(), ws.recv()[:22]] == [
                "40/custom,",
                '42/custom,["auth",{}]',
                '42/custom,["auth:again',
            ]
            ws.send('42/custom,["message","mine"]')
            assert ws.recv() == '42/custom,["message-back","mine"]'
        for ws in fresh:
            ws.shutdown()
        for _ in range(100):
            receive(sender)
