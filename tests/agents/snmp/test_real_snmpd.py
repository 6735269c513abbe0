"""The whole layer against net-snmp's agent."""

import pytest
from servers.snmpd import Snmpd

from agents.snmp import names
from agents.snmp.errors import SnmpTimeout
from agents.snmp.message import Community, decode_response, encode_request
from agents.snmp.names import COMMUNITY_VERSIONS, Kind, Version
from agents.snmp.pdu import Oid, Varbind, oid, text
from agents.snmp.session import Session
from agents.snmp.transport import Transport

SYSTEM = oid("1.3.6.1.2.1.1")
IF_ENTRY = oid("1.3.6.1.2.1.2.2.1")
STEADY = [(*IF_ENTRY, column) for column in (1, 2, 3, 5, 6, 7)]
"""ifIndex, ifDescr, ifType, ifSpeed, ifPhysAddress, ifAdminStatus: they do not change during a test."""
IF_NAME = oid("1.3.6.1.2.1.31.1.1.1.1")
IF_HC_IN_OCTETS = oid("1.3.6.1.2.1.31.1.1.1.6")


def session(transport: Transport, snmpd: Snmpd, version: Version = Version.V2C, max_repetitions: int = 25) -> Session:
    community = Community(version, snmpd.community.encode())
    return Session(
        transport, (snmpd.host, snmpd.port), community, max_repetitions=max_repetitions, in_flight=4, per_second=5000
    )


async def one_by_one(transport: Transport, snmpd: Snmpd, column: Oid) -> list[Varbind]:
    rows: list[Varbind] = []
    last = column
    while True:
        number = transport.new_id()
        packet = encode_request(Version.V2C, snmpd.community.encode(), Kind.GETNEXT, number, [last])
        data = await transport.request((snmpd.host, snmpd.port), packet, number, 5)
        (varbind,) = decode_response(data, Version.V2C).varbinds
        if varbind.oid[: len(column)] != column:
            return rows
        rows.append(varbind)
        last = varbind.oid


@pytest.mark.parametrize("version", COMMUNITY_VERSIONS)
async def test_the_system_group_is_read(transport: Transport, snmpd: Snmpd, version: Version) -> None:
    asked = [(*SYSTEM, n, 0) for n in (1, 2, 3, 4, 5, 6)]
    descr, object_id, uptime, contact, name, location = await session(transport, snmpd, version).get(asked)
    assert (contact.value, name.value) == (snmpd.sys_contact.encode(), snmpd.sys_name.encode())
    assert location.value == snmpd.sys_location.encode()
    assert isinstance(descr.value, bytes)
    assert isinstance(object_id.value, tuple)
    assert text(object_id.value).startswith("1.3.6.1.4.1.8072.3.2.")
    assert uptime.tag == names.TIME_TICKS
    assert isinstance(uptime.value, int)


@pytest.mark.parametrize("version", COMMUNITY_VERSIONS)
async def test_what_it_does_not_have_is_told_apart_from_what_it_has(
    transport: Transport, snmpd: Snmpd, version: Version
) -> None:
    asked: list[Oid] = [(1, 3, 6, 1, 9, 9), (*SYSTEM, 5, 0), (*SYSTEM, 5, 1)]
    found = await session(transport, snmpd, version).get(asked)
    assert [varbind.oid for varbind in found] == asked
    missing = (names.NO_SUCH_OBJECT, names.NO_SUCH_INSTANCE)
    assert found[0].tag in missing
    assert found[1].value == snmpd.sys_name.encode()
    assert found[2].tag in missing


@pytest.mark.parametrize("repetitions", [1, 3, 50])
@pytest.mark.parametrize("version", COMMUNITY_VERSIONS)
async def test_a_walk_of_several_columns_is_what_one_question_after_another_finds(
    transport: Transport, snmpd: Snmpd, version: Version, repetitions: int
) -> None:
    walk = await session(transport, snmpd, version, max_repetitions=repetitions).walk(STEADY)
    assert walk.error is None
    assert walk.varbinds == [await one_by_one(transport, snmpd, column) for column in STEADY]
    assert all(walk.varbinds[:2])


async def test_64_bit_counters_come_in_bulk_with_their_names(transport: Transport, snmpd: Snmpd) -> None:
    walk = await session(transport, snmpd).walk([IF_NAME, IF_HC_IN_OCTETS])
    assert walk.error is None
    assert {varbind.tag for varbind in walk.varbinds[1]} == {names.COUNTER64}
    assert [varbind.oid[-1] for varbind in walk.varbinds[0]] == [varbind.oid[-1] for varbind in walk.varbinds[1]]
    assert b"lo" in [varbind.value for varbind in walk.varbinds[0]]


async def test_the_same_names_and_values_as_net_snmps_own_tool(transport: Transport, snmpd: Snmpd) -> None:
    walk = await session(transport, snmpd).walk(STEADY[:1])
    printed = {text(varbind.oid): f"INTEGER: {varbind.value!r}" for varbind in walk.varbinds[0]}
    assert printed == snmpd.snmpwalk(text(STEADY[0]))


async def test_the_whole_mib_is_walked_in_order_and_without_error(transport: Transport, snmpd: Snmpd) -> None:
    walk = await session(transport, snmpd, max_repetitions=100).walk([(1, 3)])
    found = [varbind.oid for varbind in walk.varbinds[0]]
    assert walk.error is None
    assert len(found) > 200
    assert found == sorted(set(found))


async def test_a_wrong_community_is_silence(transport: Transport, snmpd: Snmpd) -> None:
    asking = Session(transport, (snmpd.host, snmpd.port), Community(Version.V2C, b"wrong"), timeout_s=0.1, retries=0)
    read = await asking.read([(*SYSTEM, 5, 0)])
    assert isinstance(read.error, SnmpTimeout)
