"""The WebSocket frame parser and encoder, against RFC 6455 section 5."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.realtime import frames
from app.realtime.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Event, FrameReader, ProtocolError
from tests.realtime.transport import frame

LARGEST = 100_000
masks = st.binary(min_size=4, max_size=4)


def read(data: bytes, largest: int = LARGEST) -> list[Event]:
    return FrameReader(largest).feed(data)


def refused(data: bytes, largest: int = LARGEST) -> int:
    """The close code with which `data` is refused."""
    with pytest.raises(ProtocolError) as error:
        read(data, largest)
    return error.value.code


@given(payload=st.binary(max_size=300), mask=masks)
def test_unmasking_is_its_own_inverse_and_matches_the_definition(payload: bytes, mask: bytes) -> None:
    masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    assert frames.unmask(payload, mask) == masked
    assert frames.unmask(masked, mask) == payload


@given(
    messages=st.lists(st.one_of(st.text(max_size=200), st.binary(max_size=200)), max_size=8),
    cuts=st.lists(st.integers(1, 40), max_size=60),
    mask=masks,
)
def test_messages_arrive_whole_however_the_network_cuts_them(
    messages: list[str | bytes], cuts: list[int], mask: bytes
) -> None:
    stream = b"".join(
        frame(TEXT, one.encode(), mask=mask) if isinstance(one, str) else frame(BINARY, one, mask=mask)
        for one in messages
    )
    reader, received, position = FrameReader(LARGEST), [], 0
    for cut in [*cuts, len(stream)]:
        received += reader.feed(stream[position : position + cut])
        position += cut
    assert [payload for _, payload in received] == messages
    assert [opcode for opcode, _ in received] == [TEXT if isinstance(one, str) else BINARY for one in messages]


@given(
    data=st.one_of(
        st.builds(frame, st.sampled_from([TEXT, BINARY, PING, CONTINUATION]), st.binary(max_size=150)),
        st.builds(lambda text: frame(TEXT, text.encode()), st.text(max_size=200)),
        st.binary(max_size=200),
    ),
    cut=st.integers(0, 3),
)
def test_a_lone_text_is_what_the_parser_reads(data: bytes, cut: int) -> None:
    text = FrameReader(150).lone_text(data[cut:])
    if text is not None:
        assert read(data[cut:], 150) == [(TEXT, text)]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535])
def test_a_lone_text_of_usual_size_is_read_the_short_way(size: int) -> None:
    assert FrameReader(LARGEST).lone_text(frame(TEXT, b"x" * size)) == "x" * size


@pytest.mark.parametrize("before", [frame(TEXT, b"abc")[:4], frame(TEXT, b"abc", fin=False)], ids=["half", "fragment"])
def test_no_text_is_alone_behind_one_that_is_not_whole(before: bytes) -> None:
    reader = FrameReader(LARGEST)
    reader.feed(before)
    assert reader.lone_text(frame(TEXT, b"abc")) is None


@given(text=st.text(max_size=100), cuts=st.lists(st.integers(0, 100), max_size=5), mask=masks)
def test_fragments_make_one_message_even_cut_within_a_character(text: str, cuts: list[int], mask: bytes) -> None:
    payload = text.encode()
    edges = [0, *sorted(min(cut, len(payload)) for cut in cuts), len(payload)]
    parts = [payload[start:end] for start, end in pairwise(edges)]
    stream = b"".join(
        frame(TEXT if index == 0 else CONTINUATION, part, fin=index == len(parts) - 1, mask=mask)
        for index, part in enumerate(parts)
    )
    assert read(stream) == [(TEXT, text)]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 100_000])
def test_every_form_of_length_is_read_and_written(size: int) -> None:
    payload = b"x" * size
    assert read(frame(BINARY, payload)) == [(BINARY, payload)]
    assert frames.encode(BINARY, payload) == frame(BINARY, payload, mask=b"")


def test_control_frames_may_come_between_fragments() -> None:
    stream = frame(TEXT, b"a", fin=False) + frame(PING, b"?") + frame(PONG, b"") + frame(CONTINUATION, b"b")
    assert read(stream) == [(PING, b"?"), (PONG, b""), (TEXT, "ab")]


def test_a_length_is_refused_before_its_payload_is_there() -> None:
    assert refused(b"\x82\xff" + (10 * LARGEST).to_bytes(8, "big")) == frames.TOO_BIG
    assert refused(b"\x82\xfe" + (200).to_bytes(2, "big"), largest=100) == frames.TOO_BIG


def test_fragments_count_together() -> None:
    half = b"x" * 60
    assert refused(frame(BINARY, half, fin=False) + frame(CONTINUATION, half), largest=100) == frames.TOO_BIG


def test_many_small_pieces_of_a_frame_are_not_joined_again_and_again() -> None:
    """Each piece is added to one buffer: the work grows with the frame, not with its square."""
    reader, data = FrameReader(LARGEST), frame(BINARY, b"x" * LARGEST)
    received = [event for position in range(0, len(data), 2) for event in reader.feed(data[position : position + 2])]
    assert received == [(BINARY, b"x" * LARGEST)]


@pytest.mark.parametrize(
    ("wrong", "data"),
    [
        ("no mask", frame(TEXT, b"a", mask=b"")),
        ("RSV1", frame(TEXT, b"a", rsv=4)),
        ("RSV2", frame(TEXT, b"a", rsv=2)),
        ("RSV3", frame(TEXT, b"a", rsv=1)),
        ("reserved opcode", frame(0x3, b"a")),
        ("reserved control opcode", frame(0xB, b"a")),
        ("fragmented ping", frame(PING, b"a", fin=False)),
        ("long ping", frame(PING, b"a" * 126)),
        ("continuation of nothing", frame(CONTINUATION, b"a")),
        ("new message within a message", frame(TEXT, b"a", fin=False) + frame(TEXT, b"b")),
        ("16-bit length for 1 byte", b"\x81\xfe\0\1\0\0\0\0a"),
        ("64-bit length for 1 byte", b"\x81\xff" + b"\0" * 7 + b"\1\0\0\0\0a"),
        ("length beyond 63 bits", b"\x81\xff\x80" + b"\0" * 7),
        ("close with one byte", frame(CLOSE, b"\3")),
        *[(f"close code {code}", frame(CLOSE, code.to_bytes(2, "big"))) for code in (0, 999, 1004, 1005, 1006)],
        *[(f"close code {code}", frame(CLOSE, code.to_bytes(2, "big"))) for code in (1015, 1016, 2999, 5000)],
    ],
)
def test_a_violation_is_a_protocol_error(wrong: str, data: bytes) -> None:
    assert refused(data) == frames.PROTOCOL_ERROR, wrong


@pytest.mark.parametrize("payload", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"])
def test_text_has_to_be_utf_8(payload: bytes) -> None:
    assert refused(frame(TEXT, payload)) == frames.INVALID_DATA
    assert refused(frame(CLOSE, b"\3\xe8" + payload)) == frames.INVALID_DATA


@pytest.mark.parametrize(
    "payload", [b"", b"\3\xe8", b"\3\xe8bye", (1014).to_bytes(2, "big"), (4999).to_bytes(2, "big")]
)
def test_a_proper_close_is_passed_on_and_nothing_after_it(payload: bytes) -> None:
    assert read(frame(CLOSE, payload) + b"\xff\xff whatever") == [(CLOSE, payload)]


def test_a_close_reason_is_cut_to_a_control_frame() -> None:
    assert len(frames.encode_close(1000, "x" * 500)) == 2 + 125
