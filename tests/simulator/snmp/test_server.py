"""Devices over real UDP, read by pysnmp and by net-snmp's tools."""

import asyncio
import os
import resource
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from agents.waiting import until
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pysnmp.hlapi.v3arch.asyncio import (  # type: ignore[import-untyped]
    CommunityData,
    ContextData,
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    UdpTransportTarget,
    bulk_cmd,
    bulk_walk_cmd,
    get_cmd,
    next_cmd,
    walk_cmd,
)
from servers.find import find
from servers.snmpd import parse
from simulator.snmp.manager import COMMUNITY, PORTS, START, device, read, request

from simulator.snmp import ber
from simulator.snmp.ber import Oid
from simulator.snmp.interfaces import IF_ENTRY, IF_X_ENTRY
from simulator.snmp.server import Address, ListenError, Network, Server, free_ports
from simulator.snmp.system import SYS_UP_TIME, SYSTEM

UPTIME: Oid = (*SYS_UP_TIME, 0)
NAME: Oid = (*SYSTEM, 5, 0)
ANY = ("127.0.0.1", 0)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server(lambda: START / 100)
    yield server
    server.close()


@pytest.fixture
async def address(server: Server) -> Address:
    return server.start([(device(), ANY)])[0]


class Pysnmp:
    """pysnmp's client for one device."""

    def __init__(self, address: Address, version: int) -> None:
        self._address, self._version = address, version
        self._engine = SnmpEngine()

    async def ask(self, command: object, *between: int, names: list[Oid]) -> list[tuple[Oid, str]]:
        """One request; raises AssertionError when it is answered with an error."""
        error, status, _, varbinds = await command(  # type: ignore[operator]
            *await self._where(), *between, *map(_object, names), lookupMib=False
        )
        assert not error
        assert not status
        return [(tuple(name), value.prettyPrint()) for name, value in varbinds]

    async def walk(self, *, bulk: bool) -> list[Oid]:
        where = await self._where()
        start = _object((1, 3))
        steps = (
            bulk_walk_cmd(*where, 0, 20, start, lookupMib=False) if bulk else walk_cmd(*where, start, lookupMib=False)
        )
        names: list[Oid] = []
        async for error, status, _, varbinds in steps:
            assert not error
            assert not status
            names += [tuple(name) for name, _ in varbinds]
        return names

    async def _where(self) -> tuple[object, ...]:
        target = await UdpTransportTarget.create(self._address, timeout=5, retries=0)
        return self._engine, CommunityData(COMMUNITY, mpModel=self._version), target, ContextData()

    def close(self) -> None:
        self._engine.close_dispatcher()


def _object(name: Oid) -> object:
    return ObjectType(ObjectIdentity(name))


@pytest.fixture(params=[ber.V1, ber.V2C], ids=["v1", "v2c"])
async def pysnmp(request: pytest.FixtureRequest, address: Address) -> AsyncIterator[Pysnmp]:
    client = Pysnmp(address, request.param)
    yield client
    client.close()


async def test_pysnmp_gets_and_gets_next(pysnmp: Pysnmp) -> None:
    assert await pysnmp.ask(get_cmd, names=[NAME, (*IF_ENTRY, 1, 2)]) == [
        (NAME, "rt-nam-can-01"),
        ((*IF_ENTRY, 1, 2), "2"),
    ]
    assert await pysnmp.ask(next_cmd, names=[NAME[:-1]]) == [(NAME, "rt-nam-can-01")]


async def test_pysnmp_walks_every_object_that_its_version_has(pysnmp: Pysnmp) -> None:
    wide = {(*IF_X_ENTRY, column) for column in (6, 7, 10, 11)} if pysnmp._version == ber.V1 else set()
    expected = [name for name in device().mib.layout.names if name[:-1] not in wide]
    assert await pysnmp.walk(bulk=False) == expected
    if pysnmp._version == ber.V2C:
        assert await pysnmp.walk(bulk=True) == expected


@pytest.mark.parametrize("pysnmp", [ber.V2C], indirect=True)
async def test_pysnmp_gets_in_bulk(pysnmp: Pysnmp) -> None:
    varbinds = await pysnmp.ask(bulk_cmd, 1, 2, names=[NAME[:-1], (*IF_X_ENTRY, 1)])
    assert varbinds == [(NAME, "rt-nam-can-01"), ((*IF_X_ENTRY, 1, 1), "GE0/0/1"), ((*IF_X_ENTRY, 1, 2), "GE0/0/2")]


@pytest.mark.parametrize(("version", "tool"), [("2c", "snmpbulkwalk"), ("1", "snmpwalk"), ("2c", "snmpget")])
async def test_net_snmp_agrees(address: Address, tmp_path: Path, version: str, tool: str) -> None:
    program = find(tool)
    where = f"{address[0]}:{address[1]}"
    what = NAME if tool == "snmpget" else IF_X_ENTRY
    process = await asyncio.create_subprocess_exec(
        program.path,
        *("-v", version, "-c", COMMUNITY, "-O", "netU", where, ".".join(map(str, what))),
        env={**os.environ, **program.environment, "SNMP_PERSISTENT_DIR": str(tmp_path), "MIBS": ""},
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    values = parse(printed.decode(errors="replace"))
    assert process.returncode == 0
    if tool == "snmpget":
        assert values == {".".join(map(str, NAME)): 'STRING: "rt-nam-can-01"'}
    else:
        columns = (1, 15, 18, 19) if version == "1" else (1, 6, 7, 10, 11, 15, 18, 19)
        expected = [(*IF_X_ENTRY, column, port) for column in columns for port in range(1, PORTS + 1)]
        assert list(values) == [".".join(map(str, name)) for name in expected]
        assert values[".".join(map(str, (*IF_X_ENTRY, 1, 1)))] == 'STRING: "GE0/0/1"'


@contextmanager
def client(address: Address) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.setblocking(False)
        udp.connect(address)
        yield udp


async def answer(udp: socket.socket, data: bytes) -> bytes:
    udp.send(data)
    async with asyncio.timeout(5):
        return await asyncio.get_running_loop().sock_recv(udp, 65_535)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(garbage=st.lists(st.binary(max_size=2000), min_size=1, max_size=5))
async def test_no_garbage_stops_a_device(server: Server, address: Address, garbage: list[bytes]) -> None:
    with client(address) as udp:
        for data in garbage:
            udp.send(data)
        assert read(await answer(udp, request(ber.GET, [NAME]))).values == [b"rt-nam-can-01"]


async def test_each_device_answers_at_its_own_port_and_counts_what_came(server: Server) -> None:
    addresses = server.start([(device(seed), ANY) for seed in (1, 2)])
    seen = set()
    for address in addresses:
        with client(address) as udp:
            seen.add(read(await answer(udp, request(ber.GET, [(*IF_ENTRY, 10, 1)]))).values[0])
    assert len(seen) == 2
    assert (server.numbers.received, server.numbers.answered) == (2, 2)


async def test_loss_loses_its_share_and_is_the_same_for_the_same_seed() -> None:
    lost = []
    for _ in range(2):
        received = asyncio.Semaphore(0)

        def now(received: asyncio.Semaphore = received) -> float:
            received.release()
            return START / 100

        server = Server(now, Network(loss=0.3, seed=4))
        with client(server.start([(device(), ANY)])[0]) as udp:
            for n in range(200):
                udp.send(request(ber.GET, [UPTIME], request_id=n))
                async with asyncio.timeout(5):
                    await received.acquire()
        server.close()
        lost.append(server.numbers.lost)
    assert lost[0] == lost[1]
    assert 30 < lost[0] < 90


async def test_a_delayed_response_comes_late_and_one_beyond_the_close_not_at_all() -> None:
    server = Server(lambda: START / 100, Network(delay_s=0.05))
    with client(server.start([(device(), ANY)])[0]) as udp:
        began = time.monotonic()
        await answer(udp, request(ber.GET, [UPTIME]))
        assert time.monotonic() - began >= 0.05
        udp.send(request(ber.GET, [UPTIME]))
        await until(lambda: server.numbers.received == 2)
        server.close()
        assert server._delayed == 1
        await until(lambda: server._delayed == 0)
    assert server.numbers.received == 2
    assert server.numbers.answered == 1


async def test_a_port_that_is_taken_is_named(server: Server, address: Address) -> None:
    other = Server(lambda: 0.0)
    with pytest.raises(ListenError, match=str(address[1])):
        other.start([(device(), ANY), (device(), address)])


async def test_nine_hundred_devices_fit_an_open_file_limit_of_1024(server: Server) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, limits[1]), limits[1]))
    try:
        one = device()
        addresses = server.start((one, ANY) for _ in range(900))
        with client(addresses[-1]) as udp:
            assert read(await answer(udp, request(ber.GET, [NAME]))).values == [b"rt-nam-can-01"]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


async def test_free_ports_are_different_and_can_be_listened_on(server: Server) -> None:
    ports = free_ports(50)
    assert len(set(ports)) == 50
    assert server.start([(device(), ("127.0.0.1", port)) for port in ports]) == [("127.0.0.1", port) for port in ports]
