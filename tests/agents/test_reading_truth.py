"""Whatever a device does between polls: a poll has its rows under their names, and increases are exact or absent."""

import asyncio
import itertools
from collections import Counter as Multiset
from dataclasses import dataclass, field

import pytest
from agents.snmp.scripted_device import Mib, scripted_device
from hypothesis import given, settings
from hypothesis import strategies as st

from agents import reading as module
from agents.decode import decode
from agents.knowledge import Knowledge
from agents.plan import SYS_UP_TIME, plan
from agents.rate import Counters
from agents.reading import Conversation
from agents.snmp import instances, names
from agents.snmp.message import Community
from agents.snmp.names import Version
from agents.snmp.oids import Oid
from agents.snmp.session import Session
from agents.snmp.transport import Transport
from contract.profiles import parse_profiles

ENTRY: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
LAST_CHANGE: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 5, 0)
NUMBER: Oid = (1, 3, 6, 1, 2, 1, 2, 1, 0)
PROFILES = parse_profiles(
    {
        "test": """
en: test
vi: test
tables:
  - measurement: interface
    tags: {if_name: {oid: 1.3.6.1.2.1.31.1.1.1.1}}
    changed: [1.3.6.1.2.1.31.1.5, 1.3.6.1.2.1.2.1]
    discontinuity: 1.3.6.1.2.1.31.1.1.1.19
    columns:
      oper_status: {oid: 1.3.6.1.2.1.2.2.1.8}
      in_octets:
        {oid: 1.3.6.1.2.1.31.1.1.1.6, delta: 64, otherwise: {oid: 1.3.6.1.2.1.2.2.1.10, delta: 32}}
"""
    }
)
BEAT_S = 60.0


@dataclass
class Port:
    """`life` is another one after each reset of its counter."""

    name: str
    wide: bool
    total: int = 0
    life: int = 0
    discontinuity: int = 0


@dataclass
class Router:
    """Ports by ifIndex. A `tidy` one keeps ifTableLastChange as RFC 2863 says, another one does not have it."""

    tidy: bool
    now: float = 5000.0
    booted: float = 0.0
    changed: int = 1
    ports: dict[int, Port] = field(default_factory=dict)
    lives: "itertools.count[int]" = field(default_factory=itertools.count)
    objects: dict[Oid, tuple[int, int | bytes]] = field(default_factory=dict)

    @property
    def ticks(self) -> int:
        return int((self.now - self.booted) * 100)

    def change(self, step: str, which: int, amount: int) -> None:
        """Do something that devices do."""
        index = sorted(self.ports)[which % len(self.ports)] if self.ports else 0
        port = self.ports.get(index)
        for other in self.ports.values():
            other.total += amount
        match step:
            case "add":
                self.ports[max(self.ports, default=0) + 1 + which % 3] = self._new(f"GE{which}", wide=which % 2 == 0)
            case "remove" if port:
                del self.ports[index]
            case "create anew" if port:
                self.ports[index] = self._new(port.name, wide=port.wide)
            case "swap numbers" if len(self.ports) > 1:
                first, second = sorted(self.ports)[:2]
                self.ports[first], self.ports[second] = self.ports[second], self.ports[first]
            case "rename" if port:
                self.ports[index] = self._new(f"GE{which}", wide=port.wide)
            case "reboot":
                self.booted = self.now - 1
                self.ports = {
                    n: self._new(old.name, wide=old.wide) for n, old in enumerate(self.ports.values(), start=1)
                }
            case _:
                return
        self.changed = self.ticks

    def _new(self, name: str, *, wide: bool) -> Port:
        return Port(name, wide, life=next(self.lives), discontinuity=self.ticks)

    def show(self) -> None:
        """Put into the MIB what is so now."""
        self.objects.clear()
        self.objects[(*SYS_UP_TIME, 0)] = (names.TIME_TICKS, self.ticks % 2**32)
        self.objects[NUMBER] = (names.INTEGER, len(self.ports))
        if self.tidy:
            self.objects[LAST_CHANGE] = (names.TIME_TICKS, self.changed)
        for index, port in self.ports.items():
            self.objects[(*ENTRY, 1, index)] = (names.OCTET_STRING, port.name.encode())
            self.objects[(*ENTRY, 19, index)] = (names.TIME_TICKS, port.discontinuity)
            self.objects[1, 3, 6, 1, 2, 1, 2, 2, 1, 8, index] = (names.INTEGER, 1)
            if port.wide:
                self.objects[(*ENTRY, 6, index)] = (names.COUNTER64, port.total)
            self.objects[1, 3, 6, 1, 2, 1, 2, 2, 1, 10, index] = (names.COUNTER32, port.total % 2**32)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["poll", "poll", "poll", "add", "remove", "create anew", "swap numbers", "rename", "reboot", "forget"]
        ),
        st.integers(0, 5),
        st.integers(0, 10**8),
    ),
    min_size=3,
    max_size=14,
)


async def _follow(monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, int, int]], *, tidy: bool) -> None:
    router = Router(tidy)
    for n in range(3):
        router.change("add", n, 0)
    clock = type("Clock", (), {"monotonic": staticmethod(lambda: router.now)})
    monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(instances, "time", clock)
    transport = Transport()
    async with scripted_device(Mib(router.objects)) as device:
        session = Session(transport, device.address, Community(Version.V2C, b"public"), timeout_s=2)

        def talk() -> Conversation:
            return Conversation(session, Knowledge(plan(PROFILES.values())), Counters(), BEAT_S)

        talking = talk()
        last: dict[int, int] = {}  # by life: the total when it was last read
        for step, which, amount in [*steps, ("poll", 0, 0)]:
            if step == "forget":
                talking, last = talk(), {}
            router.change(step, which, amount)
            if step != "poll":
                router.now += 1
                continue
            router.now += BEAT_S
            router.show()
            got = await talking.read(patient=True)
            assert got.error is None
            tables = decode(got.tables, talking.counters).tables
            rows = {str(name): increase for table in tables for name, _, increase in table.rows}
            there = list(router.ports.values())
            assert Multiset(name.split(" (")[0] for name in rows) == Multiset(port.name for port in there)
            for name, increase in rows.items():
                known = [port for port in there if port.name == name.split(" (")[0] and port.life in last]
                assert increase is None or increase in {port.total - last[port.life] for port in known}
            last = {port.life: port.total for port in there}
    transport.close()


@pytest.mark.parametrize("tidy", [True, False])
def test_rows_are_there_and_increases_exact_or_absent(tidy: bool) -> None:
    @settings(max_examples=60, deadline=None)
    @given(STEPS)
    def follow(steps: list[tuple[str, int, int]]) -> None:
        with pytest.MonkeyPatch.context() as monkeypatch:
            asyncio.run(_follow(monkeypatch, steps, tidy=tidy))

    follow()
