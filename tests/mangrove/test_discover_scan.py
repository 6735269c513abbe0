"""Many addresses at a bounded rate, and what is known when it ends early."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator

import pytest
from servers.ports import free_port

from agents.identity import Identity
from agents.snmp.message import Community
from agents.snmp.names import Version
from agents.snmp.transport import Transport
from mangrove.discover.ask import Found, Login, Patience, Refusal, ask
from mangrove.discover.scan import Scan, scan
from mangrove.discover.turns import Turns

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
        assert within <= burst + rate * 0.25 + 15  # what the loop was late for comes at once


async def test_a_port_that_is_closed_is_known_at_once_and_not_asked_again() -> None:
    transport = Transport()
    patience = Patience(free_port(socket.SOCK_DGRAM), timeout_s=30, retries=5)
    try:
        assert await ask(transport, "127.0.0.1", LOGINS * 3, {}, patience, Turns(100)) is None
    finally:
        transport.close()
    assert transport.counters.sent <= 2
