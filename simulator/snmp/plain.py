"""A router alone, that knows of no province: what tests and benchmarks ask."""

from collections.abc import Sequence
from random import Random

from simulator.snmp.clock import Clock
from simulator.snmp.credential import Community, Credential
from simulator.snmp.device import Device
from simulator.snmp.gate import opener
from simulator.snmp.interfaces import ETHERNET, Interface, interfaces
from simulator.snmp.kind import mac
from simulator.snmp.parts import Shared
from simulator.snmp.ports import Port
from simulator.snmp.responder import MAX_SIZE
from simulator.snmp.system import system
from simulator.snmp.ways import MBPS, customer
from simulator.snmp.week import TICKS, Week

SPEED_BPS = 1_000 * MBPS
PUBLIC = Community(b"public")
_DAY = 24 * 3600 * TICKS


def plain_router(
    name: str,
    location: str,
    towards: Sequence[str] = (),
    *,
    ports: int,
    seed: int,
    began: int,
    credential: Credential = PUBLIC,
    shared: Shared | None = None,
    max_size: int = MAX_SIZE,
) -> Device:
    """Return a router with the system group and its interfaces, which has been up for some days at `began` ticks.

    `towards`: where its first ports lead; the others serve customers. `shared`: with what it may share its
    layout.
    """
    random = Random(f"{seed}/{name}")
    week = Week(began, began / TICKS)
    clock = Clock(began - random.randrange(_DAY, 200 * _DAY), random.randint(1, 40))
    aliases = [f"Đi {way}" for way in towards][:ports]
    aliases += [f"Khách hàng {n:02}" for n in range(len(aliases) + 1, ports + 1)]
    ways = [customer(alias, SPEED_BPS * random.uniform(0.1, 0.6), SPEED_BPS, week, random) for alias in aliases]
    made = [Port(random, way.flow, way.end, SPEED_BPS, clock.boot) for way in ways]
    them = [
        Interface(f"GE0/0/{n}", f"GigabitEthernet0/0/{n}", way.alias, ETHERNET, port)
        for n, (way, port) in enumerate(zip(ways, made, strict=True), 1)
    ]
    parts = [system("router", name, location, clock.uptime), interfaces(them, mac(random))]
    mib = (shared or Shared()).mib(parts)
    return Device(name, mib, made, clock, opener(credential)(mib, clock, name, max_size))
