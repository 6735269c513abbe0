"""Many addresses at a bounded rate, and what is known when it ends early."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack

import pytest
from agents.snmp.misbehaviours import MISBEHAVIOURS
from agents.snmp.scripted_device import Mib, Question, Send, scripted_device
from servers.ports import free_port

from agents.identity import Identity
from agents.snmp import names
from agents.snmp.ber import Value
from agents.snmp.message import Community
from agents.snmp.names import Version
from agents.snmp.oids import Oid
from agents.snmp.transport import Transport
from mangrove.discover.ask import ENGINE_ID, LLDP_NAMES, SYS_NAME, Found, Login, Patience, Refusal, ask
from mangrove.discover.scan import Scan, scan
from mangrove.discover.turns import Turns
from mangrove.profile_list import shipped_or

PROFILES = shipped_or(None, None)[0]
ADDRESSES = [f"127.7.0.{n}" for n in range(1, 101)]
LOGINS = [Login("rw", lambda _: Community(Version.V2C, b"public"))]


def found(address: str) -> Found:
    return Found(address, 161, "rw", "", Identity((), "", {}), ())


async def test_all_are_asked_few_at_a_time_and_told_of_each() -> None:
    now = most = told = 0

    async def one(address: str) -> Found | Refusal | None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        last = int(address.rpartition(".")[2])
        return found(address) if last % 3 == 0 else Refusal(address, "no") if last % 3 == 1 else None

    def tell(_: Scan) -> None:
        nonlocal told
        told += 1

    out = await scan(ADDRESSES, one, 7, tell)
    assert (most, told, out.asked, out.interrupted) == (7, 100, set(ADDRESSES), False)
    assert [one.address for one in out.found] == ADDRESSES[2::3]
    assert out.refused.keys() == set(ADDRESSES[0::3])


async def test_what_was_found_before_an_interruption_is_kept() -> None:
    reached = asyncio.Event()

    async def one(address: str) -> Found | None:
        if address == ADDRESSES[50]:
            reached.set()
            await asyncio.Event().wait()
        return found(address)

    task = asyncio.create_task(scan(ADDRESSES, one, 1, lambda _: None))
    await reached.wait()
    task.cancel()
    out = await task
    assert (out.interrupted, len(out.found), len(out.asked)) == (True, 50, 50)
    assert task.cancelling() == 0


async def test_a_bug_is_not_taken_for_silence() -> None:
    async def one(address: str) -> Found | None:
        raise RuntimeError(address)

    with pytest.raises(RuntimeError):
        await scan(ADDRESSES, one, 4, lambda _: None)


@pytest.fixture
async def silent() -> AsyncIterator[tuple[int, list[float]]]:
    """A port at which every address of 127/8 hears and none answers; when packets came."""
    port, heard = free_port(socket.SOCK_DGRAM), list[float]()
    loop = asyncio.get_running_loop()

    class Ear(asyncio.DatagramProtocol):
        def datagram_received(self, _data: bytes, _addr: object) -> None:
            heard.append(loop.time())

    transport, _ = await loop.create_datagram_endpoint(Ear, local_addr=("0.0.0.0", port))
    yield port, heard
    transport.close()


async def test_the_network_gets_no_more_packets_a_second_than_it_may(silent: tuple[int, list[float]]) -> None:
    port, heard = silent
    rate = 200.0
    transport, turns = Transport(), Turns(rate)
    patience = Patience(port, timeout_s=0.05, retries=1)
    began = time.monotonic()
    try:
        out = await scan(ADDRESSES, lambda one: ask(transport, one, LOGINS, {}, patience, turns), 64, lambda _: None)
    finally:
        transport.close()
    assert (len(out.asked), out.found, out.refused) == (100, [], {})
    assert len(heard) == 200
    burst = rate * 0.1
    assert time.monotonic() - began >= (200 - burst) / rate * 0.98
    for first in range(0, 200, 20):
        within = sum(heard[first] <= at < heard[first] + 0.25 for at in heard)
        assert within <= burst + rate * 0.25 + 64  # what a busy machine was late for comes at once


async def test_a_port_that_is_closed_is_known_at_once_and_not_asked_again() -> None:
    transport = Transport()
    patience = Patience(free_port(socket.SOCK_DGRAM), timeout_s=30, retries=5)
    try:
        assert await ask(transport, "127.0.0.1", LOGINS * 3, {}, patience, Turns(100)) is None
    finally:
        transport.close()
    assert transport.counters.sent <= 2


async def test_a_device_says_who_it_is_and_who_is_beside_it() -> None:
    descr, object_id = (1, 3, 6, 1, 2, 1, 1, 1, 0), (1, 3, 6, 1, 2, 1, 1, 2, 0)
    objects: dict[Oid, tuple[int, Value]] = {
        descr: (names.OCTET_STRING, b"a router"),
        object_id: (names.OBJECT_IDENTIFIER, (1, 3, 6, 1, 4, 1, 32473)),
        SYS_NAME: (names.OCTET_STRING, b"rt-1\x1b[2J"),
        ENGINE_ID: (names.OCTET_STRING, b"\x80\0\x7e\xd9\x05"),
        (*LLDP_NAMES[:-1], 4, 0, 1, 1): (names.INTEGER, 4),
        (*LLDP_NAMES, 0, 1, 1): (names.OCTET_STRING, b"rt-2"),
        (*LLDP_NAMES, 0, 2, 1): (names.OCTET_STRING, b""),
        (*LLDP_NAMES, 0, 3, 1): (names.OCTET_STRING, b"rt-2"),
    }
    transport = Transport()
    async with scripted_device(Mib(objects)) as device:
        try:
            out = await ask(transport, "127.0.0.1", LOGINS, PROFILES, Patience(device.address[1], 1, 0), Turns(1000))
        finally:
            transport.close()
    assert isinstance(out, Found)
    assert (out.known.sys_descr, out.engine, out.neighbours) == ("a router", b"\x80\0\x7e\xd9\x05", ("rt-2",))
    assert "\x1b" not in out.sys_name
    assert out.profiles == ("lldp", "if-mib", "system")


async def test_no_device_that_misbehaves_ends_the_search_or_holds_it_up() -> None:
    transport, turns = Transport(), Turns(10_000)
    async with AsyncExitStack() as stack:

        async def asked(number: int) -> Found | Refusal | None:
            asked_before: list[Question] = []

            def script(question: Question) -> Iterable[Send | bytes]:
                asked_before.append(question)
                return MISBEHAVIOURS[number].script(question, asked_before)

            device = await stack.enter_async_context(scripted_device(script))
            return await ask(transport, "127.0.0.1", LOGINS, PROFILES, Patience(device.address[1], 0.2, 0), turns)

        try:
            async with asyncio.timeout(60):
                out = await asyncio.gather(*map(asked, range(len(MISBEHAVIOURS))))
        finally:
            transport.close()
    assert len(out) == len(MISBEHAVIOURS) > 20
