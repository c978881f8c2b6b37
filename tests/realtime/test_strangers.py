"""Of one address only so many sessions may be in no namespace yet. Whoever has been in one is not counted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from websocket import WebSocketBadStatusException

from app.realtime.handshake import Refused
from app.realtime.strangers import Strangers, neighbourhood
from tests.realtime.transport import Transport, receive
from tests.server import wait_for

MOST = 3


def refusal(transport: Transport) -> WebSocketBadStatusException:
    with pytest.raises(WebSocketBadStatusException) as caught:
        transport.websocket()
    return caught.value


def test_further_strangers_are_refused_until_one_of_the_others_is_let_in_or_leaves(
    make_transport: Callable[..., Transport],
) -> None:
    transport = make_transport(limits={"strangers": MOST, "connect_seconds": 60})
    members = [transport.member()[0] for _ in range(2 * MOST)]
    assert transport.state()["strangers"] == 0
    first, second, _ = transport.engine(), transport.engine(), transport.poll_session()
    refused = refusal(transport)
    assert refused.status_code == transport.poll().status_code == 429
    assert refused.resp_headers["retry-after"] == "10"
    assert b"Too many connections from your address" in refused.resp_body
    first.send("40")
    assert receive(first).startswith("40{")
    transport.engine()
    assert refusal(transport).status_code == 429
    second.shutdown()
    wait_for(lambda: transport.state()["strangers"] < MOST, "the place of one who left")
    transport.engine()
    for number, member in enumerate(members):
        member.send(f'42{number}["message-with-ack","still here"]')
        assert receive(member) == f'43{number}["still here"]'


def test_who_says_nothing_makes_room_when_their_time_is_over(make_transport: Callable[..., Transport]) -> None:
    transport = make_transport(limits={"strangers": 1, "connect_seconds": 0.3})
    silent = transport.engine()
    assert transport.state()["strangers"] <= 1
    wait_for(lambda: not transport.state()["strangers"], "the silent one to be sent away")
    transport.member()
    silent.shutdown()


def test_a_handshake_that_fails_takes_no_place(make_transport: Callable[..., Transport]) -> None:
    transport = make_transport(limits={"strangers": 1})
    for _ in range(2):
        with pytest.raises(WebSocketBadStatusException) as caught:
            transport.websocket(header=["Sec-WebSocket-Version: 8"])
        assert caught.value.status_code in {400, 426}
    transport.member()


def test_each_address_is_counted_for_itself_and_a_network_of_ipv6_as_one() -> None:
    strangers = Strangers(1)
    for number, address in enumerate(["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8:0:1::1", "", ""]):
        strangers.come(str(number), {"REMOTE_ADDR": address})
    for address in ("192.0.2.1", "2001:db8::2"):
        with pytest.raises(Refused):
            strangers.come("one more", {"REMOTE_ADDR": address})
    strangers.go("0")
    strangers.go("0")
    strangers.come("one more", {"REMOTE_ADDR": "192.0.2.1"})
    assert len(strangers) == 4


def test_without_a_limit_nobody_is_counted() -> None:
    strangers = Strangers(0)
    for number in range(3):
        strangers.come(str(number), {"REMOTE_ADDR": "192.0.2.1"})
    assert len(strangers) == 0


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [("192.0.2.1", "192.0.2.1"), ("2001:db8::abcd", "2001:db8::/64"), ("unknown", "unknown"), ("", "")],
)
def test_whom_an_address_is_counted_with(address: str, counted_as: str) -> None:
    assert neighbourhood(address) == counted_as
