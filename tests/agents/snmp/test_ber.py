"""Values and headers, against pysnmp and pyasn1 in both directions."""

import pytest
from agents.snmp.pysnmp_values import THEIRS, VALUES
from hypothesis import given, settings
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder  # type: ignore[import-untyped]

from agents.snmp import names
from agents.snmp.ber import (
    Value,
    decode_float,
    decode_value,
    encode,
    encode_integer,
    encode_length,
    encode_value,
    read_header,
    read_integer,
)
from agents.snmp.errors import BadResponse
from agents.snmp.oids import Oid


def read(data: bytes) -> tuple[int, Value]:
    tag, start, stop = read_header(data, 0, len(data))
    assert stop == len(data)
    return tag, decode_value(tag, data[start:stop], start)


@settings(deadline=None)
@given(VALUES)
def test_every_value_reads_back_the_same(typed: tuple[int, Value]) -> None:
    assert read(encode_value(*typed)) == typed


@settings(deadline=None)
@given(VALUES)
def test_what_pysnmp_writes_is_the_same_value_in_the_same_octets(typed: tuple[int, Value]) -> None:
    tag, value = typed
    theirs = THEIRS[tag]("" if value is None else value)
    written = encoder.encode(theirs)
    assert read(written) == typed
    # pyasn1 writes -128 and the like with an octet more than X.690 section 8.3.2 allows.
    assert written == encode_value(tag, value) or (isinstance(value, int) and value < 0)


@settings(deadline=None)
@given(VALUES)
def test_pysnmp_reads_the_same_value(typed: tuple[int, Value]) -> None:
    tag, value = typed
    theirs, rest = decoder.decode(encode_value(tag, value), asn1Spec=THEIRS[tag]())
    assert not rest
    match value:
        case int():
            assert int(theirs) == value
        case bytes():
            assert bytes(theirs) == value
        case tuple():
            assert tuple(theirs) == value
        case None:
            assert not bytes(theirs)


@settings(deadline=None)
@given(st.binary(max_size=40), st.integers(0, 10), st.integers(0, 40))
def test_a_header_stays_within_the_end_or_is_a_bad_response(data: bytes, at: int, end: int) -> None:
    end = min(end, len(data))
    try:
        _, start, stop = read_header(data, at, end)
    except BadResponse:
        return
    assert at + 2 <= start <= stop <= end


@settings(deadline=None)
@given(st.integers(0, 255), st.binary(max_size=20))
def test_any_value_is_read_or_is_a_bad_response(tag: int, content: bytes) -> None:
    try:
        value = decode_value(tag, content, 0)
    except BadResponse:
        return
    assert read(encode_value(tag, value)) == (tag, value)


@settings(deadline=None)
@given(st.integers(0, 70_000), st.integers(0, 3))
def test_a_length_is_read_in_its_shortest_form_and_in_longer_ones(length: int, padding: int) -> None:
    octets = length.to_bytes(3 + padding, "big")
    for form in (encode_length(length), bytes((0x80 | len(octets),)) + octets):
        data = b"\x04" + form + bytes(length)
        assert read_header(data, 0, len(data)) == (4, 1 + len(form), len(data))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "truncated"),
        (b"\x04", "truncated"),
        (b"\x30\x80\x00\x00", "indefinite"),
        (b"\x04\x82\x01", "cut"),
        (b"\x04\x02a", "1 octets too far"),
        (b"\x04\x89" + b"\xff" * 9, "too far"),
        (b"\x04\xff", "cut"),
    ],
)
def test_a_broken_header_says_what_is_wrong(data: bytes, why: str) -> None:
    with pytest.raises(BadResponse, match=why):
        read_header(data, 0, len(data))


@pytest.mark.parametrize(
    ("tag", "content", "value"),
    [
        (names.GAUGE32, b"\xff\xff\xff\xff", 2**32 - 1),
        (names.COUNTER64, b"\xff" * 8, 2**64 - 1),
        (names.COUNTER32, b"\x00" * 8 + b"\x07", 7),
        (names.UINTEGER32, b"\x05", 5),
        (names.INTEGER, b"\x00\xff\xff\xff\xff", 2**32 - 1),
        (names.INTEGER, b"\xff" * 9, -1),
    ],
    ids=["unsigned without zero", "64 bits without zero", "padded", "old unsigned", "wide integer", "padded negative"],
)
def test_what_real_agents_send_is_read(tag: int, content: bytes, value: int) -> None:
    assert decode_value(tag, content, 0) == value


@pytest.mark.parametrize(
    ("tag", "content"),
    [
        (names.INTEGER, b""),
        (names.COUNTER32, b""),
        (names.INTEGER, b"\x00" * 10),
        (names.INTEGER, b"\x00" + b"\xff" * 8),
        (names.COUNTER32, b"\x01\x00\x00\x00\x00"),
        (names.COUNTER64, b"\x01" + b"\x00" * 8),
        (names.IP_ADDRESS, b"\x01\x02\x03"),
        (names.NULL, b"\x00"),
        (names.END_OF_MIB_VIEW, b"\x00"),
        (names.SEQUENCE, b""),
        (0x45, b"\x00"),
    ],
)
def test_content_that_does_not_suit_its_tag_is_refused(tag: int, content: bytes) -> None:
    with pytest.raises(BadResponse):
        decode_value(tag, content, 0)


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (names.COUNTER32, 2**32),
        (names.COUNTER32, -1),
        (names.COUNTER64, 2**64),
        (names.INTEGER, 2**63),
        (names.INTEGER, b"1"),
        (names.IP_ADDRESS, b"abc"),
        (names.NULL, 0),
        (names.OCTET_STRING, None),
        (names.OBJECT_IDENTIFIER, (1,)),
        (0x45, b""),
    ],
)
def test_a_value_that_its_tag_cannot_carry_is_not_written(tag: int, value: int | bytes | Oid | None) -> None:
    with pytest.raises(ValueError, match=r"value|fit|parts"):
        encode_value(tag, value)


def test_an_integer_of_another_tag_is_named() -> None:
    with pytest.raises(BadResponse, match=r"request-id at byte 0 has tag 0x04 instead of 0x02"):
        read_integer("request-id", encode(names.OCTET_STRING, b"1"), 0, 3)
    assert read_integer("request-id", encode_integer(-200), 0, 4) == (-200, 4)


@pytest.mark.parametrize(
    ("content", "value"),
    [("9f7804 41c80000", 25.0), ("9f7804 bf800000", -1.0), ("9f7908 3fb999999999999a", 0.1), ("9f7804 00000000", 0.0)],
)
def test_floats_that_net_snmp_wraps_are_read(content: str, value: float) -> None:
    assert decode_float(bytes.fromhex(content)) == value


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("9f7804 7fc00000", "nan"),
        ("9f7804 7f800000", "inf"),
        ("9f7908 fff0000000000000", "-inf"),
        ("9f7804 41c8", "neither"),
        ("9f7804 41c80000 00", "neither"),
        ("9f7908 41c80000", "neither"),
        ("0401ff", "neither"),
        ("", "neither"),
    ],
)
def test_an_opaque_that_is_no_finite_float_is_refused(content: str, why: str) -> None:
    with pytest.raises(BadResponse, match=why):
        decode_float(bytes.fromhex(content))
