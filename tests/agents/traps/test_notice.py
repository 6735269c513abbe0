"""What a notification says is read as it was meant, or it is refused, and quickly."""

import time

import pytest
from agents.traps.messages import INDEX, LINK_DOWN, TRAP_OID, UPTIME, Said, pdu, pdu_of, raw, v1, v2c, v2c_of
from agents.traps.refusals import reason
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber import encoder  # type: ignore[import-untyped]
from pysnmp.proto.api import v1 as pysnmp_v1  # type: ignore[import-untyped]
from pysnmp.proto.api import v2c as pysnmp_v2c

from agents.snmp import names
from agents.snmp.ber import encode, encode_integer
from agents.snmp.message import Community
from agents.snmp.names import Kind, Version
from agents.snmp.oids import oid
from agents.snmp.varbinds import Varbind, encode_varbind
from agents.traps.gate import MAX_OCTETS, look
from agents.traps.heard import Heard
from agents.traps.notice import INFORM, TRAP, Notice, read_notice, response
from contract.trap_report import MAX_VARBINDS

GOOD = (v2c(), v2c(kind=0xA6), v1("1.3.6.1.4.1.9", 2, 0), v1("1.3.6.1.4.1.9", 6, 17))
OIDS = st.lists(st.integers(0, 2**32 - 1), max_size=20).map(lambda more: (1, 3, *more))
KINDS = {
    names.INTEGER: (pysnmp_v2c.Integer32, st.integers(-(2**31), 2**31 - 1)),
    names.OCTET_STRING: (pysnmp_v2c.OctetString, st.binary(max_size=300)),
    names.OBJECT_IDENTIFIER: (pysnmp_v2c.ObjectIdentifier, OIDS),
    names.IP_ADDRESS: (pysnmp_v2c.IpAddress, st.binary(min_size=4, max_size=4)),
    names.COUNTER32: (pysnmp_v2c.Counter32, st.integers(0, 2**32 - 1)),
    names.GAUGE32: (pysnmp_v2c.Gauge32, st.integers(0, 2**32 - 1)),
    names.TIME_TICKS: (pysnmp_v2c.TimeTicks, st.integers(0, 2**32 - 1)),
    names.OPAQUE: (pysnmp_v2c.Opaque, st.binary(max_size=20)),
    names.COUNTER64: (pysnmp_v2c.Counter64, st.integers(0, 2**64 - 1)),
}
VARBINDS = st.lists(
    st.sampled_from(list(KINDS)).flatmap(lambda tag: st.tuples(OIDS, st.just(tag), KINDS[tag][1])), max_size=8
)


def read(data: bytes) -> Notice:
    """Return what a message of a community says."""
    seen = look(data)
    return read_notice(seen.version, data, seen.at, seen.end)


@given(VARBINDS, st.integers(-(2**31), 2**31 - 1), st.booleans())
def test_what_pysnmp_sends_in_version_2c_is_read_as_it_was(said: list[Said], number: int, is_inform: bool) -> None:
    api = pysnmp_v2c
    made = api.InformRequestPDU() if is_inform else api.SNMPv2TrapPDU()
    api.apiPDU.set_defaults(made)
    api.apiPDU.set_request_id(made, number)
    head = [
        ((1, 3, 6, 1, 2, 1, 1, 3, 0), api.TimeTicks(7)),
        ((1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0), api.ObjectIdentifier(LINK_DOWN)),
    ]
    api.apiPDU.set_varbinds(made, head + [(name, KINDS[tag][0](value)) for name, tag, value in said])
    message = api.Message()
    api.apiMessage.set_defaults(message)
    api.apiMessage.set_community(message, b"public")
    api.apiMessage.set_pdu(message, made)
    found = read(encoder.encode(message))
    assert (found.heard.oid, found.request_id, found.is_inform) == (LINK_DOWN, number, is_inform)
    assert found.heard.objects == tuple(Varbind(*one) for one in said)


@given(OIDS, st.integers(0, 6), st.integers(0, 2**31 - 1), st.binary(min_size=4, max_size=4))
def test_what_pysnmp_sends_in_version_1_is_read_as_it_was(
    enterprise: tuple[int, ...], generic: int, specific: int, address: bytes
) -> None:
    api = pysnmp_v1
    made = api.TrapPDU()
    api.apiTrapPDU.set_defaults(made)
    api.apiTrapPDU.set_enterprise(made, enterprise)
    api.apiTrapPDU.set_generic_trap(made, generic)
    api.apiTrapPDU.set_specific_trap(made, specific)
    api.apiTrapPDU.set_agent_address(made, ".".join(map(str, address)))
    api.apiTrapPDU.set_varbinds(made, [(INDEX[0], api.Integer(5))])
    message = api.Message()
    api.apiMessage.set_defaults(message)
    api.apiMessage.set_community(message, b"public")
    api.apiMessage.set_pdu(message, made)
    found = read(encoder.encode(message))
    wanted = oid(f"1.3.6.1.6.3.1.1.5.{generic + 1}") if generic < 6 else (*enterprise, 0, specific)
    assert (found.heard.oid, found.heard.objects, found.is_inform) == (wanted, (Varbind(*INDEX),), False)
    assert found.heard.address == (".".join(map(str, address)) if any(address) else None)


def test_the_answer_to_an_inform_is_the_same_message_as_a_response() -> None:
    asked = v2c(kind=0xA6, request_id=42)
    assert response(asked + b"more", read(asked), len(asked)) == v2c(kind=Kind.RESPONSE, request_id=42)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (Community(Version.V2C, b"public").encode(Kind.GET, 1, b""), "no_notification"),
        (v2c(kind=0xA2), "no_notification"),
        (v2c(kind=0xA8), "no_notification"),
        (v2c(said=[INDEX] * (MAX_VARBINDS + 1)), "too_large"),
        (v2c(said=[INDEX] * (MAX_VARBINDS * 3)), "too_large"),
        (encode(names.SEQUENCE, encode_integer(0) + encode(names.OCTET_STRING, b"a") + pdu()), "no_notification"),
        (encode(names.SEQUENCE, encode_integer(1) + encode(names.OCTET_STRING, b"a") + pdu()[:-3]), "undecodable"),
        (v2c().replace(bytes((1, 6, 3, 1, 1, 4, 1, 0)), bytes((1, 6, 3, 1, 1, 4, 1, 1))), "undecodable"),
    ],
)
def test_what_is_none_is_refused_with_its_reason(data: bytes, said: str) -> None:
    assert reason(read, data) == said


UNREADABLE = [
    (names.INTEGER, b""),
    (names.COUNTER32, b""),
    (names.TIME_TICKS, b""),
    (names.COUNTER64, b""),
    (names.INTEGER, b"\1" * 9),
    (names.COUNTER32, b"\1\0\0\0\0"),
    (names.IP_ADDRESS, b"\1\2\3"),
    (names.OBJECT_IDENTIFIER, b"\x2b\x81"),
    (names.NULL, b"\0"),
    (0x09, b"\0" * 130),
]


@pytest.mark.parametrize(("tag", "content"), UNREADABLE)
@pytest.mark.parametrize("kind", [TRAP, INFORM])
def test_a_value_that_cannot_be_read_spoils_itself_and_no_other(kind: int, tag: int, content: bytes) -> None:
    name, good = oid("1.3.6.1.4.1.32473.1"), encode_varbind(*INDEX)
    varbinds = encode_varbind(TRAP_OID, names.OBJECT_IDENTIFIER, LINK_DOWN) + good + raw(name, tag, content) + good
    heard = read(v2c_of(pdu_of(varbinds, kind=kind))).heard
    assert heard.oid == LINK_DOWN
    assert heard.objects == (Varbind(*INDEX), Varbind(name, tag, content), Varbind(*INDEX))


def test_a_notification_is_read_without_its_uptime_and_not_without_its_name() -> None:
    named = encode_varbind(TRAP_OID, names.OBJECT_IDENTIFIER, LINK_DOWN)
    assert read(v2c_of(pdu_of(raw(UPTIME, names.TIME_TICKS, b"") + named))).heard == Heard(LINK_DOWN, ())
    nameless = encode_varbind(UPTIME, names.TIME_TICKS, 1) + raw(TRAP_OID, names.OBJECT_IDENTIFIER, b"\x2b\x81")
    assert reason(read, v2c_of(pdu_of(nameless))) == "undecodable"


@given(st.sampled_from(GOOD), st.integers(0, 400), st.integers(1, 255), st.integers(0, 400))
def test_a_changed_or_shorter_one_is_read_or_refused(good: bytes, at: int, by: int, cut: int) -> None:
    at %= len(good)
    reason(read, good[:at] + bytes([good[at] ^ by]) + good[at + 1 :])
    reason(read, good[:cut])


@pytest.mark.parametrize(
    "filler",
    [
        b"\x30\x00",
        b"\x30\x80",
        b"\x30\x84\x00\x00\x00\x01",
        b"\x04\x00",
        b"\xff",
        b"\x30\x04\x06\x00\x05\x00",
        b"\x30\x05\x06\x01\x2b\x02\x00",
        b"\x30\x05\x06\x01\x2b\x09\x00",
        b"\x30\x07\x06\x01\x2b\x06\x02\x2b\x81",
        b"\x30\x81\x05\x06\x01\x2b\x02\x00",
        b"\x30\x82\x00\x0a\x06\x06\x2b\x8f\xff\xff\xff\x7f\x05\x00",
    ],
)
def test_a_message_of_any_size_is_judged_within_5_ms(filler: bytes) -> None:
    numbers = b"".join(map(encode_integer, (1, 0, 0)))
    content = filler * ((MAX_OCTETS - 100) // len(filler))
    head = encode_integer(1) + encode(names.OCTET_STRING, b"public")
    data = encode(names.SEQUENCE, head + encode(0xA7, numbers + encode(names.SEQUENCE, content)))
    took = []
    for _ in range(3):
        began = time.process_time()
        assert reason(read, data)
        took.append(time.process_time() - began)
    assert min(took) < 0.005
