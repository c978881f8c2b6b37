"""Socket.IO packets: whatever a client sends is a packet or Malformed, and what we send can be read again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from socketio.packet import ACK, BINARY_EVENT, EVENT

from app.realtime.packets import RESERVED, Malformed, Packet, read_event, write
from app.realtime.polling import decode_payload

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
with_bytes = st.recursive(
    st.binary(max_size=20) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
names = st.text().filter(lambda name: name not in RESERVED)
namespaces = st.sampled_from(["/", "/chat", "/a-b/c"])
ids = st.none() | st.integers(0, 10**15 - 1)


def decoded(encoded: str | list[Any]) -> Packet:
    text, *attachments = encoded if isinstance(encoded, list) else [encoded]
    packet = Packet(encoded_packet=text)
    assert packet.attachment_count == len(attachments)
    for index, attachment in enumerate(attachments):
        assert packet.add_attachment(attachment) is (index == len(attachments) - 1)
    return packet


@given(name=names, arguments=st.lists(json_values, max_size=3), namespace=namespaces, packet_id=ids)
def test_an_event_survives(name: str, arguments: list[Any], namespace: str, packet_id: int | None) -> None:
    packet = decoded(Packet(EVENT, [name, *arguments], namespace, packet_id).encode())
    assert (packet.packet_type, packet.data) == (EVENT, [name, *arguments])
    assert (packet.namespace, packet.id) == (namespace, packet_id)


@given(arguments=st.lists(json_values, max_size=3), namespace=namespaces, packet_id=st.integers(0, 10**15 - 1))
def test_an_acknowledgement_survives(arguments: list[Any], namespace: str, packet_id: int) -> None:
    packet = decoded(Packet(ACK, arguments, namespace, packet_id).encode())
    assert (packet.packet_type, packet.data, packet.id) == (ACK, arguments, packet_id)


@given(arguments=st.lists(with_bytes, max_size=3), attachment=st.binary(max_size=20))
def test_attachments_survive_wherever_they_are(arguments: list[Any], attachment: bytes) -> None:
    packet = decoded(Packet(EVENT, ["binary", *arguments, attachment]).encode())
    assert (packet.packet_type, packet.data) == (BINARY_EVENT, ["binary", *arguments, attachment])


@given(
    name=names,
    arguments=st.lists(json_values | with_bytes, max_size=3),
    namespace=namespaces,
    packet_id=st.integers(0, 10**15 - 1),
    kind=st.sampled_from([EVENT, ACK]),
)
def test_the_short_way_writes_the_same(
    name: str, arguments: list[Any], namespace: str, packet_id: int, kind: int
) -> None:
    written = write(kind, namespace, [name, *arguments], packet_id)
    if written is not None:
        packet = decoded(written.decode())
        assert (packet.packet_type, packet.data) == (kind, [name, *arguments])
        assert (packet.namespace, packet.id) == (namespace, packet_id)
    else:
        assert Packet.data_is_binary(arguments)


event_texts = st.from_regex(r'2(/[a-z]{0,3}\??,?)?[0-9]{0,17}\["[a-z]*"(,[0-9{}"\[\]]*)?\]?', fullmatch=True)


@given(
    text=event_texts | st.sampled_from(['2["connect"]', '2,1["a"]', '2²["a"]', '2/a["b,1["x"]', '2/chat,12["a",{}]'])
)
def test_the_short_way_reads_the_same_or_nothing(text: str) -> None:
    event = read_event("4" + text)
    if event is not None:
        packet = Packet(encoded_packet=text)
        assert (packet.packet_type, packet.attachment_count) == (EVENT, 0)
        assert event == (packet.namespace, packet.id, packet.data)


@pytest.mark.parametrize("text", ['2["a"]', '2/chat,12["a",{"b":1}]', '27["a"]', '2/a,["b"]'])
def test_what_clients_send_is_read_the_short_way(text: str) -> None:
    assert read_event("4" + text) is not None


@given(text=st.from_regex(r"[0-9]?([0-9]{0,3}-)?(/[a-z]{0,3},?)?[0-9]{0,3}[\[{\"]?.*", fullmatch=True) | st.text())
def test_any_text_is_a_packet_or_malformed(text: str) -> None:
    try:
        packet = Packet(encoded_packet=text or " ")
    except Malformed:
        return
    if packet.packet_type in (EVENT, BINARY_EVENT):
        assert isinstance(packet.data[0], str)
        assert packet.data[0] not in RESERVED


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_json_is_never_sent(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        Packet(EVENT, ["event", value]).encode()


@given(body=st.binary())
def test_any_body_is_a_payload_or_malformed(body: bytes) -> None:
    try:
        packets = decode_payload(body, 5)
    except Malformed:
        return
    assert 1 <= len(packets) <= 5
