"""What snmpwalk prints is read as the objects that it walked."""

import subprocess

from hypothesis import given
from hypothesis import strategies as st
from servers.find import find
from servers.snmpd import Snmpd

from agents.snmp import names
from agents.snmp.ber import decode_float
from agents.snmp.varbinds import Varbind
from mangrove.record.printed import looks_printed, read

PRINTED = rb"""# made by hand
.1.3.6.1.2.1.1.1.0 = STRING: "A \"router\", of
two lines"
.1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.32473
.1.3.6.1.2.1.1.3.0 = Timeticks: (8640000) 1 day, 0:00:00.00
.1.3.6.1.2.1.2.2.1.6.1 = Hex-STRING: 00 00 5E 00
53 01
.1.3.6.1.2.1.2.2.1.8.1 = INTEGER: up(1)
.1.3.6.1.2.1.2.2.1.9.1 = INTEGER: -5
.1.3.6.1.2.1.4.20.1.1.192.0.2.1 = IpAddress: 192.0.2.1
.1.3.6.1.2.1.5.1.0 = Counter32: 7
.1.3.6.1.2.1.5.2.0 = ""
.1.3.6.1.2.1.31.1.1.1.6.1 = Counter64: 18446744073709551615
.1.3.6.1.4.1.2021.10.1.6.1 = Opaque: Float: 0.250000
.1.3.6.1.4.1.32473.1.0 = Gauge32: 53 units
.1.3.6.1.4.1.32473.2.0 = No Such Object available on this agent at this OID
.1.3.6.1.4.1.32473.3.0 = Counter32: many
"""


def test_each_type_is_read_as_it_was_on_the_wire() -> None:
    walk, problems = read(PRINTED)
    assert problems == ["line 17: 'many' is no number"]
    assert [(one.tag, one.value) for one in walk] == [
        (names.OCTET_STRING, b'A "router", of\ntwo lines'),
        (names.OBJECT_IDENTIFIER, (1, 3, 6, 1, 4, 1, 32473)),
        (names.TIME_TICKS, 8640000),
        (names.OCTET_STRING, bytes.fromhex("00005e005301")),
        (names.INTEGER, 1),
        (names.INTEGER, -5),
        (names.IP_ADDRESS, bytes([192, 0, 2, 1])),
        (names.COUNTER32, 7),
        (names.OCTET_STRING, b""),
        (names.COUNTER64, 2**64 - 1),
        (names.OPAQUE, b"\x9f\x78\x04\x3e\x80\x00\x00"),
        (names.GAUGE32, 53),
    ]
    assert decode_float(b"\x9f\x78\x04\x3e\x80\x00\x00") == 0.25


def test_a_walk_of_net_snmp_is_read_whole(snmpd: Snmpd) -> None:
    program = find("snmpwalk")
    where = f"{snmpd.host}:{snmpd.port}"
    command = [str(program.path), "-v", "2c", "-c", snmpd.community, "-On", where, ".1.3.6.1.2.1"]
    done = subprocess.run(command, env=program.environment | {"MIBS": ""}, capture_output=True, timeout=60, check=True)
    assert looks_printed(done.stdout)
    walk, problems = read(done.stdout)
    assert problems == []
    said = {one.oid: one for one in walk}
    assert said[1, 3, 6, 1, 2, 1, 1, 5, 0] == Varbind(
        (1, 3, 6, 1, 2, 1, 1, 5, 0), names.OCTET_STRING, snmpd.sys_name.encode()
    )
    assert len(walk) > 100


def test_the_two_forms_are_told_apart() -> None:
    assert looks_printed(PRINTED)
    assert not looks_printed(b"# comment\n1.3.6.1.2.1.1.5.0|4|a = b\n")
    assert not looks_printed(b"")


@given(
    st.lists(st.sampled_from([*PRINTED.splitlines(keepends=True), b"\xff\n", b"x", b" = ", b"OID: .1.99"])).map(
        b"".join
    )
)
def test_no_lines_raise_anything(data: bytes) -> None:
    walk, _ = read(data)
    assert [one.oid for one in walk] == sorted({one.oid for one in walk})


@given(st.text(st.sampled_from('0123456789.:- ()"\\ABCDEFabcdefxyz')))
def test_no_value_raises_anything(said: str) -> None:
    for type_ in ("INTEGER", "STRING", "Hex-STRING", "BITS", "OID", "IpAddress", "Counter64", "Opaque", "Timeticks"):
        read(f".1.3.6.1 = {type_}: {said}\n".encode())
