"""The simulator's BER: any octets are a request or a DecodeError."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder  # type: ignore[import-untyped]
from pyasn1.type import univ  # type: ignore[import-untyped]
from simulator.snmp.manager import START, device, request

from simulator.snmp import ber
from simulator.snmp.system import SYSTEM

WHOLE = request(ber.GETBULK, [(*SYSTEM, 1), (1, 3, 6, 1, 4, 1, 2**32 - 1)], 1, 20)
OIDS = st.tuples(st.integers(0, 1), st.integers(0, 39)) | st.tuples(st.just(2), st.integers(0, 2**32 - 1))
TAILS = st.lists(st.integers(0, 2**32 - 1), max_size=126).map(tuple)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_random_octets_are_a_request_or_a_decode_error(data: bytes) -> None:
    with contextlib.suppress(ber.DecodeError):
        _, at = ber.decode(data)
        ber.decode_names(ber.decode_rest(ber.decode_request(data, at, len(data)).rest).varbinds)
    with contextlib.suppress(ber.DecodeError):
        ber.decode_names(data)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=4), st.integers(0, len(WHOLE)))
def test_a_damaged_request_never_raises_in_a_device(changes: list[tuple[int, int]], length: int) -> None:
    data = bytearray(WHOLE)
    for at, octet in changes:
        data[at] = octet
    router = device()
    for damaged in (bytes(data), bytes(data[:length]), bytes(data) + bytes(data[:length])):
        response = router.answer(damaged, START)
        assert response is None or len(response) <= 1472


@settings(deadline=None)
@given(OIDS, TAILS)
def test_a_name_is_encoded_as_pyasn1_does_and_read_back(root: tuple[int, int], tail: tuple[int, ...]) -> None:
    name = (*root, *tail)
    assert ber.oid(name) == encoder.encode(univ.ObjectIdentifier(name))
    assert ber.decode_names(ber.varbind(name, b"\x05\x00")) == [name]


@settings(deadline=None)
@given(st.integers(-(2**63), 2**64 - 1))
def test_an_integer_takes_the_fewest_octets_and_pyasn1_reads_it(value: int) -> None:
    encoded = ber.integer(value)
    assert decoder.decode(encoded) == (value, b"")
    octets = len(encoded) - 2
    assert octets == 1 or not -(2 ** (8 * octets - 9)) <= value < 2 ** (8 * octets - 9)  # X.690 clause 8.3.2


@pytest.mark.parametrize(
    "varbinds",
    [
        "3080 06012b 0500 0000",  # indefinite length, RFC 3417 section 8
        "3004 0600 0500",  # an empty OID
        "3005 06012b 0500 00",  # a length that goes beyond
        "3006 06022b80 0500",  # a subidentifier without an end
        "3007 06032b8001 0500",  # a leading zero
        "300a 06062b9080808000 0500",  # 2**32
        "3085 0000000001",  # a length of five octets
        "3007 06012b 0500 0500",  # two values
    ],
)
def test_malformed_bindings_are_refused(varbinds: str) -> None:
    with pytest.raises(ber.DecodeError):
        ber.decode_names(bytes.fromhex(varbinds))


def test_more_than_128_numbers_are_refused() -> None:
    with pytest.raises(ber.DecodeError):
        ber.decode_names(ber.varbind((1, 3) + (1,) * 127, b"\x05\x00"))


def test_another_version_and_trailing_octets_are_not_answered() -> None:
    assert WHOLE[2:5] == ber.integer(ber.V2C)
    for data in (WHOLE[:4] + b"\x03" + WHOLE[5:], WHOLE[:4] + b"\x02" + WHOLE[5:], WHOLE + b"\x00"):
        assert device().answer(data, START) is None
