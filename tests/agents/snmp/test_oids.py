"""Object identifiers: text, tuples, octets."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder  # type: ignore[import-untyped]
from pyasn1.type.univ import ObjectIdentifier  # type: ignore[import-untyped]

from agents.snmp.errors import BadResponse
from agents.snmp.oids import MAX_SUB_IDENTIFIER, MAX_SUB_IDENTIFIERS, Oid, decode_oid, encode_oid, oid, text

ARCS = st.integers(0, MAX_SUB_IDENTIFIER) | st.integers(0, 300)
TAILS = st.lists(ARCS, max_size=20)
OIDS = st.one_of(
    st.tuples(st.integers(0, 1), st.integers(0, 39)),
    st.tuples(st.just(2), ARCS),
).flatmap(lambda head: TAILS.map(lambda tail: (*head, *tail)))


@settings(deadline=None)
@given(OIDS)
def test_octets_read_back_as_the_same_identifier(arcs: Oid) -> None:
    assert decode_oid(encode_oid(arcs)) == arcs


@settings(deadline=None)
@given(OIDS)
def test_text_reads_back_as_the_same_identifier(arcs: Oid) -> None:
    assert oid(text(arcs)) == oid("." + text(arcs)) == arcs


@settings(deadline=None)
@given(OIDS)
def test_pyasn1_writes_the_same_octets_and_reads_ours(arcs: Oid) -> None:
    theirs = encoder.encode(ObjectIdentifier(arcs))
    content = encode_oid(arcs)
    assert theirs.endswith(content)
    assert tuple(decoder.decode(bytes((6, len(content))) + content)[0]) == arcs if len(content) < 128 else True


@settings(deadline=None)
@given(st.binary(max_size=700))
def test_any_octets_are_an_identifier_that_can_be_written_again_or_a_bad_response(content: bytes) -> None:
    try:
        arcs = decode_oid(content)
    except BadResponse:
        return
    assert decode_oid(encode_oid(arcs)) == arcs


def test_the_longest_identifier_is_taken_and_one_more_part_is_not() -> None:
    longest = (1, 3, *[MAX_SUB_IDENTIFIER] * (MAX_SUB_IDENTIFIERS - 2))
    assert decode_oid(encode_oid(longest)) == longest
    with pytest.raises(BadResponse, match="more than 128"):
        decode_oid(encode_oid(longest) + b"\x01")
    with pytest.raises(BadResponse, match="more than 128"):
        decode_oid(b"\x2b" + b"\x01" * 127)
    with pytest.raises(ValueError, match="2 to 128"):
        encode_oid((*longest, 1))


def test_no_octets_mean_zero_dot_zero_as_other_managers_read_them() -> None:
    assert decode_oid(b"") == (0, 0)


@pytest.mark.parametrize(
    "content",
    [b"\x2b\x86", b"\x2b\x90\x80\x80\x80\x00", b"\x2b\x80\x80\x80\x80\x80\x01", b"\xff\xff\xff\xff\x7f", b"\x01" * 641],
    ids=["cut", "above 2^32-1", "six octets", "first above", "too long"],
)
def test_octets_outside_the_bounds_are_refused(content: bytes) -> None:
    with pytest.raises(BadResponse):
        decode_oid(content)


def test_a_padded_part_is_taken() -> None:
    assert decode_oid(b"\x2b\x80\x80\x06") == (1, 3, 6)


@pytest.mark.parametrize(
    "dotted", ["", ".", "1", "1.3.", "1..3", "1.3.x", "3.1", "1.40", "1.3.4294967296", "1.3.-1", "1.3.²"]
)
def test_what_is_no_identifier_is_refused_as_text(dotted: str) -> None:
    with pytest.raises(ValueError, match=r"identifier|parts"):
        oid(dotted)
