"""The loop that an agent spends its time in, against the plain way of reading the same octets."""

import time
from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agents.snmp import names, varbinds
from agents.snmp.ber import encode
from agents.snmp.errors import BadResponse
from agents.snmp.oids import decode_oid
from agents.snmp.varbinds import Varbind, decode_varbinds, encode_question, encode_varbind

NAME = (1, 3, 6, 1, 2, 1, 1, 3, 0)
GOOD = st.sampled_from(
    [
        encode_varbind(NAME, names.TIME_TICKS, 2**32 - 1),
        encode_varbind(NAME, names.COUNTER64, 2**64 - 1),
        encode_varbind(NAME, names.COUNTER64, 1),
        encode_varbind(NAME, names.INTEGER, -1),
        encode_varbind(NAME, names.INTEGER, 2**40),
        encode_varbind(NAME, names.OCTET_STRING, b""),
        encode_varbind(NAME, names.OCTET_STRING, b"x" * 200),
        encode_varbind((1, 3, *[2**32 - 1] * 40), names.GAUGE32, 7),
        encode_varbind(NAME, names.OBJECT_IDENTIFIER, (1, 3, 6, 1, 4, 1, 2011)),
        encode_varbind(NAME, names.IP_ADDRESS, bytes(4)),
        encode_question(NAME),
        encode_varbind((0, 0), names.END_OF_MIB_VIEW, None),
        bytes.fromhex("3081080603 2b0601 4201ff"),
        bytes.fromhex("3009 0603 2b0601 428101ff"),
        bytes.fromhex("3009 068103 2b0601 4201ff"),
    ]
)
LISTS = st.lists(GOOD, max_size=6).map(b"".join)


def slowly(data: bytes, at: int, end: int, *, keep_unreadable: bool = False) -> list[Varbind]:
    found: list[Varbind] = []
    while at < end:
        at = varbinds._decode_slowly(data, at, end, found, decode_oid, keep_unreadable=keep_unreadable)
    return found


def outcome(read: object, data: bytes, at: int, end: int) -> list[Varbind] | None:
    assert callable(read)
    try:
        result = read(data, at, end)
    except BadResponse:
        return None
    assert isinstance(result, list)
    return result


@settings(deadline=None)
@given(LISTS)
def test_whole_lists_are_read(data: bytes) -> None:
    assert decode_varbinds(data, 0, len(data)) == slowly(data, 0, len(data))


@settings(deadline=None)
@given(LISTS, st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=3), st.integers(0, 40))
@example(b"", [], 0)
def test_a_mutated_list_is_read_or_refused_just_as_the_plain_way_does(
    data: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    mutated = bytearray(data)
    for at, octet in changes:
        if mutated:
            mutated[at % len(mutated)] = octet
    whole = bytes(mutated)
    shorter = whole[: max(0, len(whole) - cut)]
    for octets, end in ((whole, len(whole)), (whole, len(shorter)), (shorter, len(shorter))):
        strict = outcome(decode_varbinds, octets, 0, end)
        assert strict == outcome(slowly, octets, 0, end)
        kept = outcome(partial(decode_varbinds, keep_unreadable=True), octets, 0, end)
        assert kept == outcome(partial(slowly, keep_unreadable=True), octets, 0, end)
        assert strict in (kept, None)


@settings(deadline=None)
@given(st.binary(max_size=60), st.integers(0, 60))
def test_any_octets_are_read_or_refused_just_as_the_plain_way_does(data: bytes, end: int) -> None:
    end = min(end, len(data))
    assert outcome(decode_varbinds, data, 0, end) == outcome(slowly, data, 0, end)


@settings(deadline=None)
@given(GOOD)
def test_every_truncation_is_refused(data: bytes) -> None:
    for end in range(1, len(data)):
        for octets in (data, data[:end]):
            with pytest.raises(BadResponse):
                decode_varbinds(octets, 0, end)


@pytest.mark.parametrize(
    "value",
    [
        "4609 01ffffffffffffffff",
        "4105 01ffffffff",
        "4205 0100000000",
        "4100",
        "4600",
        "0200",
        "020a 00000000000000000001",
    ],
)
def test_a_number_out_of_its_range_is_refused(value: str) -> None:
    content = bytes.fromhex("0603 2b0601" + value)
    with pytest.raises(BadResponse, match="number"):
        decode_varbinds(encode(names.SEQUENCE, content), 0, len(content) + 2)


def test_two_varbinds_with_long_lengths_are_not_taken_for_one_with_a_short_length() -> None:
    data = bytes.fromhex("308106 06022b06 0500 308177 06022b06 0471") + b"x" * 113
    assert decode_varbinds(data, 0, len(data)) == [
        Varbind((1, 3, 6), names.NULL, None),
        Varbind((1, 3, 6), names.OCTET_STRING, b"x" * 113),
    ]


def test_octets_after_the_value_are_refused() -> None:
    data = bytes.fromhex("300a 0603 2b0601 020101 0500")
    with pytest.raises(BadResponse, match="2 octets too many in the varbind at byte 0"):
        decode_varbinds(data, 0, len(data))


def test_the_costliest_datagram_is_refused_or_read_within_a_second() -> None:
    smallest = bytes.fromhex("30040600 0500")
    longest = encode_varbind((1, 3, *[2**32 - 1] * 126), names.NULL, None)
    for data in (smallest * (65_000 // len(smallest)), longest * (65_000 // len(longest)), b"\x30\x82" * 32_000):
        start = time.process_time()
        outcome(decode_varbinds, data, 0, len(data))
        assert time.process_time() - start < 1
