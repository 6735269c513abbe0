"""Whole messages, against pysnmp in both directions."""

from collections.abc import Sequence

import pytest
from agents.snmp.pysnmp_values import OIDS, THEIRS, VALUES
from agents.snmp.scripted_device import UPTIME, Question, read_question, refusal, reply
from hypothesis import given, settings
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder  # type: ignore[import-untyped]
from pysnmp.proto import api, rfc1905  # type: ignore[import-untyped]

from agents.snmp import names
from agents.snmp.ber import MAX_DATAGRAM, encode, encode_integer
from agents.snmp.errors import BadResponse, ErrorStatus, Outcome
from agents.snmp.message import Community, decode_response, encode_request, message_id
from agents.snmp.names import COMMUNITY_VERSIONS, Kind, Status, Version
from agents.snmp.pdu import Oid, Varbind, oid, text

IDS = st.integers(0, 2**31 - 1)
VARBINDS = st.lists(st.builds(lambda name, typed: Varbind(name, *typed), OIDS, VALUES), max_size=8)
OF_VERSION_1 = Question(Version.V1, b"public", Kind.GET, 7, 0, 0, [])
NUMBERS = encode_integer(7) + encode_integer(0) + encode_integer(0)
EMPTY_LIST = encode(names.SEQUENCE, b"")
QUESTION = Question(Version.V2C, b"public", Kind.GET, 77, 0, 0, [UPTIME.oid])


def message(pdu: bytes, after: bytes = b"", version: bytes = b"\x02\x01\x01") -> bytes:
    return encode(names.SEQUENCE, version + encode(names.OCTET_STRING, b"") + encode(Kind.RESPONSE, pdu) + after)


def pysnmp_reply(request_id: int, varbinds: Sequence[Varbind], status: int, index: int) -> bytes:
    pdu = rfc1905.ResponsePDU()
    api.v2c.apiPDU.set_defaults(pdu)
    api.v2c.apiPDU.set_request_id(pdu, request_id)
    api.v2c.apiPDU.set_varbinds(
        pdu, [(name, THEIRS[tag]("" if value is None else value)) for name, tag, value in varbinds]
    )
    pdu.setComponentByPosition(1, status)
    pdu.setComponentByPosition(2, index)
    whole = api.v2c.Message()
    api.v2c.apiMessage.set_defaults(whole)
    api.v2c.apiMessage.set_community(whole, b"secret")
    api.v2c.apiMessage.set_pdu(whole, pdu)
    encoded = encoder.encode(whole)
    assert isinstance(encoded, bytes)
    return encoded


@settings(deadline=None)
@given(IDS, VARBINDS, st.integers(0, 18), st.integers(0, 20))
def test_a_reply_of_pysnmp_reads_as_it_was_meant(
    request_id: int, varbinds: list[Varbind], status: int, index: int
) -> None:
    data = pysnmp_reply(request_id, varbinds, status, index)
    response = decode_response(data, Version.V2C)
    assert response.request_id == request_id
    assert (response.error_status, response.error_index, response.varbinds) == (status, index, varbinds)
    assert message_id(data) == request_id


@settings(deadline=None)
@given(st.sampled_from(COMMUNITY_VERSIONS), st.sampled_from(Kind), IDS, st.lists(OIDS, max_size=8), IDS)
def test_pysnmp_reads_our_request_as_it_was_meant(
    version: Version, kind: Kind, request_id: int, oids: list[Oid], third: int
) -> None:
    if kind in (Kind.RESPONSE, Kind.REPORT) or (kind is Kind.GETBULK and version is Version.V1):
        return
    data = encode_request(version, b"secret", kind, request_id, oids, max_repetitions=third)
    library = api.v1 if version is Version.V1 else api.v2c
    whole, rest = decoder.decode(data, asn1Spec=library.Message())
    pdu = library.apiMessage.get_pdu(whole)
    assert not rest
    assert bytes(library.apiMessage.get_community(whole)) == b"secret"
    assert pdu.tagSet.superTags[-1].tagId == kind & 0x1F
    assert int(library.apiPDU.get_request_id(pdu)) == request_id == message_id(data)
    assert [tuple(name) for name, _ in library.apiPDU.get_varbinds(pdu)] == oids
    if kind is Kind.GETBULK:
        assert (int(pdu[1]), int(pdu[2])) == (0, third)
    assert read_question(data).oids == oids


@settings(deadline=None)
@given(st.binary(max_size=120))
def test_any_octets_are_a_response_or_a_bad_response(data: bytes) -> None:
    for version in COMMUNITY_VERSIONS:
        try:
            decode_response(data, version)
        except BadResponse:
            continue


@settings(deadline=None)
@given(VARBINDS, st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=4), st.integers(0, 30))
def test_a_mutated_reply_is_a_response_or_a_bad_response(
    varbinds: list[Varbind], changes: list[tuple[int, int]], cut: int
) -> None:
    data = bytearray(reply(QUESTION, varbinds))
    for at, octet in changes:
        data[at % len(data)] = octet
    mutated = bytes(data[: len(data) - cut])
    for attempt in (lambda: decode_response(mutated, Version.V2C), lambda: message_id(mutated)):
        try:
            attempt()
        except BadResponse:
            continue


@settings(deadline=None)
@given(VARBINDS)
def test_every_truncation_is_a_bad_response(varbinds: list[Varbind]) -> None:
    data = reply(QUESTION, varbinds)
    for length in range(len(data)):
        with pytest.raises(BadResponse):
            decode_response(data[:length], Version.V2C)


def test_the_id_is_found_in_a_request_that_is_cut_after_it() -> None:
    data = encode_request(Version.V2C, b"c" * 200, Kind.GET, 0x01020304, [UPTIME.oid] * 40)
    at = data.index(b"\x01\x02\x03\x04") + 4
    assert message_id(data[:at]) == 0x01020304
    with pytest.raises(BadResponse):
        message_id(data[: at - 1])


def test_padding_after_the_message_is_ignored() -> None:
    assert decode_response(reply(QUESTION, [UPTIME]) + bytes(9), Version.V2C).varbinds == [UPTIME]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (reply(OF_VERSION_1, []), "answer of version 0 to a question of version 1"),
        (encode_request(Version.V2C, b"public", Kind.GET, 7, []), "PDU at byte 13 has tag 0xa0 instead of 0xa2"),
        (b"\x31" + reply(QUESTION, [])[1:], "message at byte 0 has tag 0x31"),
        (bytes(MAX_DATAGRAM + 1), "datagram of 65508 octets"),
        (message(NUMBERS + EMPTY_LIST + b"\x05\x00"), "2 octets too many in the PDU, from byte 20"),
        (message(NUMBERS + EMPTY_LIST, b"\x00"), "1 octets too many in the message, from byte 20"),
        (message(NUMBERS), "truncated at byte 18"),
        (message(NUMBERS + encode(names.OCTET_STRING, b"")), "list of varbinds at byte 18 has tag 0x04"),
        (message(NUMBERS[3:] + EMPTY_LIST), "error-index at byte 15 has tag 0x30 instead of 0x02"),
        (message(NUMBERS + EMPTY_LIST, version=encode_integer(3)), "answer of version 3"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_a_message_that_snmp_does_not_allow_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(BadResponse, match=why):
        decode_response(data, Version.V2C)


def test_the_community_is_not_in_what_is_printed() -> None:
    assert "public" not in repr(Community(Version.V2C, b"public"))


def test_version_1_refuses_to_ask_in_bulk() -> None:
    with pytest.raises(ValueError, match="GETBULK"):
        encode_request(Version.V1, b"", Kind.GETBULK, 1, [])


def test_version_3_has_no_community() -> None:
    with pytest.raises(ValueError, match="users and no community"):
        Community(Version.V3, b"public")


@pytest.mark.parametrize("request_id", [-1, 2**31])
def test_a_request_id_has_31_bits(request_id: int) -> None:
    with pytest.raises(ValueError, match="range"):
        encode_request(Version.V2C, b"", Kind.GET, request_id, [])


def test_a_request_longer_than_a_datagram_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        encode_request(Version.V2C, b"", Kind.GET, 1, [(1, 3, *[2**32 - 1] * 126)] * 200)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(Status.GEN_ERR, "error"), (Status.NO_ACCESS, "auth"), (Status.AUTHORIZATION_ERROR, "auth"), (99, "error")],
)
def test_an_error_status_carries_the_word_for_the_poll(status: int, outcome: Outcome) -> None:
    error = ErrorStatus(status, 1, UPTIME.oid)
    assert error.outcome == outcome
    assert text(UPTIME.oid) in str(error)
    assert decode_response(refusal(QUESTION, status, 1), Version.V2C).error_status == status


def test_an_identifier_reads_as_it_prints() -> None:
    assert text(oid(".1.3.6.1.2.1.1.3.0")) == "1.3.6.1.2.1.1.3.0"


def test_nesting_costs_nothing_however_deep() -> None:
    data = b""
    for _ in range(9000):
        data = encode(names.SEQUENCE, data)
    with pytest.raises(BadResponse):
        decode_response(data[:MAX_DATAGRAM], Version.V2C)
