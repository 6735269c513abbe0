"""Every datagram that the shared sockets receive is counted once, whatever happens to its request."""

import asyncio
from dataclasses import dataclass, field

from agents.snmp.scripted_device import UPTIME, Question, reply, scripted_device
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.snmp.errors import NoAnswer
from agents.snmp.message import encode_request
from agents.snmp.names import Kind, Version
from agents.snmp.transport import Address, Transport

ELSEWHERE = ("127.0.0.9", 161)


@dataclass
class World:
    """A transport, a device that says nothing by itself, and the requests so far."""

    transport: Transport
    device: Address
    tasks: list[asyncio.Task[bytes]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    expected: int = 0

    async def ask(self, *, from_any: bool) -> None:
        """Send a request that waits."""
        number = self.transport.new_id()
        packet = encode_request(Version.V2C, b"", Kind.GET, number, [UPTIME.oid])
        asking = self.transport.request(self.device, packet, number, 60, from_any=from_any)
        self.tasks.append(asyncio.create_task(asking))
        self.numbers.append(number)
        await asyncio.sleep(0)

    def receive(self, data: bytes, source: Address) -> None:
        """Have a datagram come in."""
        self.expected += 1
        self.transport._deliver(data, source)

    async def step(self, action: str, which: int) -> None:
        """Do one thing with one of the requests."""
        match action:
            case "ask" | "ask any":
                await self.ask(from_any=action == "ask any")
            case "garbage":
                self.receive(b"\x30\x03\x02", self.device)
            case "foreign":
                self.receive(answer(which), self.device)
            case _ if not self.tasks:
                pass
            case "cancel":
                self.tasks[which % len(self.tasks)].cancel()
            case "expire":
                if waiting := self.transport._waiting.get(self.numbers[which % len(self.numbers)]):
                    waiting.finish(NoAnswer("out of time"))
            case "answer" | "answer elsewhere":
                source = ELSEWHERE if action == "answer elsewhere" else self.device
                self.receive(answer(self.numbers[which % len(self.numbers)]), source)
            case _:
                await asyncio.sleep(0)


def answer(number: int) -> bytes:
    return reply(Question(Version.V2C, b"", Kind.GET, number, 0, 0, []), [UPTIME])


ACTIONS = ["ask", "ask any", "garbage", "foreign", "cancel", "expire", "answer", "answer elsewhere", "turn"]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 7)), max_size=40))
async def test_what_is_received_is_delivered_or_counted_under_one_reason(steps: list[tuple[str, int]]) -> None:
    transport = Transport()
    async with scripted_device(lambda _: []) as device:
        world = World(transport, device.address)
        for action, which in steps:
            await world.step(action, which)
            counters = transport.counters
            reasons = (counters.undecodable, counters.unknown, counters.wrong_source, counters.late, counters.duplicate)
            assert counters.received == world.expected == counters.delivered + sum(reasons)
        for task in world.tasks:
            task.cancel()
        ended = await asyncio.gather(*world.tasks, return_exceptions=True)
    assert sum(isinstance(outcome, bytes) for outcome in ended) <= transport.counters.delivered
    assert transport.pending == 0
    transport.close()


async def test_a_reply_in_the_same_turn_as_the_timeout_is_late(transport: Transport) -> None:
    async with scripted_device(lambda _: []) as device:
        world = World(transport, device.address)
        for action in ("ask", "expire", "answer"):
            await world.step(action, 0)
        assert (transport.counters.late, transport.counters.duplicate) == (1, 0)
        await asyncio.gather(*world.tasks, return_exceptions=True)


async def test_a_reply_whose_request_is_cancelled_before_it_wakes_is_counted(transport: Transport) -> None:
    async with scripted_device(lambda _: []) as device:
        world = World(transport, device.address)
        for action in ("ask", "answer", "cancel", "answer"):
            await world.step(action, 0)
        await asyncio.gather(*world.tasks, return_exceptions=True)
        await world.step("answer", 0)
    assert (transport.counters.delivered, transport.counters.duplicate) == (1, 2)


async def test_a_reply_from_elsewhere_is_taken_by_those_who_allow_it(transport: Transport) -> None:
    async with scripted_device(lambda _: []) as device:
        world = World(transport, device.address)
        await world.step("ask", 0)
        await world.step("ask any", 0)
        for which in (0, 1):
            await world.step("answer elsewhere", which)
        assert await world.tasks[1] == answer(world.numbers[1])
        assert (transport.counters.delivered, transport.counters.wrong_source) == (1, 1)
        world.tasks[0].cancel()
        await asyncio.gather(*world.tasks, return_exceptions=True)
