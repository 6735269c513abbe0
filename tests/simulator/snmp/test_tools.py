"""net-snmp's own tools read what the devices serve, of every kind, in version 2c and 3."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pysnmp.hlapi.v3arch.asyncio import (  # type: ignore[import-untyped]
    USM_AUTH_HMAC192_SHA256,
    USM_PRIV_CFB128_AES,
    ContextData,
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    UdpTransportTarget,
    UsmUserData,
    bulk_walk_cmd,
)
from servers.find import find
from servers.snmpd import parse
from simulator.snmp.manager import START
from simulator.snmp.province import KINDS, equipment

from simulator.snmp import ber
from simulator.snmp.ber import Oid
from simulator.snmp.credential import Auth, Community, Credential, User
from simulator.snmp.device import Device
from simulator.snmp.interfaces import IF_ENTRY
from simulator.snmp.server import Address, Server
from simulator.snmp.system import SYS_UP_TIME, SYSTEM

MIBS = Path(__file__).parent / "mibs"
AUTH, PRIV = "auth-password", "priv-password"


def user(auth: Auth, tools_name: str, *, private: bool) -> tuple[Credential, list[str]]:
    """A user, and how the tools are told of it."""
    name = f"user-{auth}"
    options = ["-v", "3", "-u", name, "-l", "authPriv" if private else "authNoPriv", "-a", tools_name, "-A", AUTH]
    if not private:
        return User(name, auth, AUTH), options
    return User(name, auth, AUTH, "aes128", PRIV), [*options, "-x", "AES", "-X", PRIV]


CREDENTIALS: dict[str, tuple[Credential, list[str]]] = {
    "v2c": (Community(b"public"), ["-v", "2c", "-c", "public"]),
    "sha256-aes": user("sha256", "SHA-256", private=True),
    "sha-aes": user("sha1", "SHA", private=True),
    "md5": user("md5", "MD5", private=False),
    "sha512": user("sha512", "SHA-512", private=False),
}
Served = tuple[dict[str, Device], dict[str, Address]]


@pytest.fixture
async def served(request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    """Devices and where they are, with the credential that the test names."""
    devices = equipment(wanted=CREDENTIALS[request.param][0], max_size=1472).devices
    server = Server(lambda: START / 100)
    addresses = server.start((device, ("127.0.0.1", 0)) for device in devices.values())
    yield dict(devices), dict(zip(devices, addresses, strict=True))
    server.close()


async def run(tool: str, folder: Path, options: list[str], address: Address, *names: str, mibs: str = "") -> str:
    """Run a tool on a device and return what it prints."""
    program = find(tool)
    process = await asyncio.create_subprocess_exec(
        program.path,
        *(*options, "-t", "5", "-r", "0", f"{address[0]}:{address[1]}", *names),
        env={
            **os.environ,
            **program.environment,
            "SNMP_PERSISTENT_DIR": str(folder),
            "SNMPCONFPATH": str(folder),
            "MIBS": mibs,
            "MIBDIRS": str(MIBS),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, complaints = await process.communicate()
    assert process.returncode == 0, complaints
    return printed.decode()


def dotted(name: Oid) -> str:
    return ".".join(map(str, name))


def shown(device: Device, name: Oid) -> list[str]:
    """The words in which net-snmp prints what the device's objects have under a name, strings in hexadecimal."""
    whole = device.mib.varbind(name, START)
    start, end = ber.expect(whole, 0, len(whole), ber.SEQUENCE)
    start, stop = ber.expect(whole, start, end, ber.OBJECT_IDENTIFIER)
    tag, start, stop = ber.header(whole, stop, end)
    content = whole[start:stop]
    if tag == ber.OCTET_STRING:
        return ["Hex-STRING:", *content.hex(" ").upper().split()] if content else ['""']
    if tag == ber.OBJECT_IDENTIFIER:
        (found,) = ber.decode_names(ber.tlv(ber.SEQUENCE, whole[start - 2 : stop] + b"\x05\x00"))
        return ["OID:", f".{dotted(found)}"]
    if tag == ber.IP_ADDRESS:
        return ["IpAddress:", ".".join(map(str, content))]
    if tag == ber.NULL:
        return ["NULL"]
    number = str(int.from_bytes(content, "big", signed=True))
    kinds = {ber.INTEGER: ["INTEGER:"], ber.COUNTER32: ["Counter32:"], ber.GAUGE32: ["Gauge32:"]}
    return [*(kinds | {ber.COUNTER64: ["Counter64:"], ber.TIME_TICKS: []})[tag], number]


@pytest.mark.parametrize("served", ["v2c", "sha256-aes"], indirect=True)
async def test_a_bulk_walk_of_each_kind_shows_every_object_as_it_is(
    served: Served, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    devices, addresses = served
    _, options = CREDENTIALS[request.node.callspec.params["served"]]
    for name in KINDS:
        device = devices[name]
        printed = await run("snmpbulkwalk", tmp_path, [*options, "-O", "netUx"], addresses[name], ".1")
        *lines, last = printed.splitlines()
        assert "No more variables left in this MIB View" in last
        walked = parse("\n".join(lines))
        assert list(walked) == [dotted(each) for each in device.mib.layout.names]
        for each in device.mib.layout.names:
            assert walked[dotted(each)].split() == shown(device, each)


@pytest.mark.parametrize("served", ["sha-aes", "md5", "sha512"], indirect=True)
async def test_a_get_is_answered_at_every_level(served: Served, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    devices, addresses = served
    _, options = CREDENTIALS[request.node.callspec.params["served"]]
    for name in ("rt", "ups"):
        asked = (*SYSTEM, 5, 0)
        got = parse(await run("snmpget", tmp_path, [*options, "-O", "netUx"], addresses[name], dotted(asked)))
        assert got[dotted(asked)].split() == shown(devices[name], asked)


@pytest.mark.parametrize("served", ["v2c", "sha256-aes"], indirect=True)
async def test_a_table_has_a_line_for_each_port(served: Served, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    devices, addresses = served
    _, options = CREDENTIALS[request.node.callspec.params["served"]]
    for name in ("rt", "olt", "mw-1"):
        printed = await run(
            "snmptable", tmp_path, [*options, "-Cf", ","], addresses[name], "portTable", mibs="SAMPLE-MIB"
        )
        _, _, head, *lines = [line for line in printed.splitlines() if "More columns on agent" not in line]
        assert head == "portIndex,portKind,portState"
        expected = [
            ",".join(shown(devices[name], (*IF_ENTRY, column, port))[1] for column in (1, 3, 8))
            for port in range(1, devices[name].ports + 1)
        ]
        assert lines == expected


@pytest.mark.parametrize("served", ["v2c", "sha256-aes"], indirect=True)
async def test_a_status_tells_what_it_is_and_since_when(
    served: Served, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    devices, addresses = served
    _, options = CREDENTIALS[request.node.callspec.params["served"]]
    printed = await run("snmpstatus", tmp_path, options, addresses["olt"])
    assert "Mangrove simulator, olt" in printed
    days, hundredths = divmod(int(shown(devices["olt"], (*SYS_UP_TIME, 0))[0]), 24 * 3600 * 100)
    assert f"Up: {days} days, {hundredths // 360_000}:" in printed


@pytest.mark.parametrize("served", ["sha256-aes"], indirect=True)
async def test_pysnmp_walks_each_kind_in_version_3(served: Served) -> None:
    devices, addresses = served
    engine, user = SnmpEngine(), UsmUserData("user-sha256", AUTH, PRIV, USM_AUTH_HMAC192_SHA256, USM_PRIV_CFB128_AES)
    for name in KINDS:
        target = await UdpTransportTarget.create(addresses[name], timeout=5, retries=0)
        start = ObjectType(ObjectIdentity((1, 3)))
        walked: list[Oid] = []
        async for error, status, _, varbinds in bulk_walk_cmd(
            engine, user, target, ContextData(), 0, 40, start, lookupMib=False
        ):
            assert not error
            assert not status
            walked += [tuple(each) for each, _ in varbinds]
        assert walked == devices[name].mib.layout.names
    engine.close_dispatcher()
