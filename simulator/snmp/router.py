"""A router: of a site, of a commune, of a district or of the core."""

from collections.abc import Sequence
from random import Random

from simulator.snmp.interfaces import ETHERNET, Interface, interfaces
from simulator.snmp.kind import Facts, Made, chassis, mac, ports
from simulator.snmp.scene import Scene
from simulator.snmp.ways import MBPS, Way, customer
from simulator.snmp.week import Week

_NAMES = {100: ("FE", "Ethernet"), 1_000: ("GE", "GigabitEthernet"), 10_000: ("XGE", "XGigabitEthernet")}
_FASTER = ("100GE", "100GE")


def customers(links: int, level: str | None, random: Random, week: Week, *, commune: bool) -> list[Way]:
    """Return who hangs on the other ports of a router with so many links: at a site its cells, elsewhere offices.
    `commune`: it is a commune's."""
    if level == "province":
        count, most = 24, 50
    elif level == "district":
        count, most = random.randint(16, 24), 20
    else:
        count, most = (random.randint(8, 12), 10) if commune else (random.randint(4, 8), 6)
    names = [f"Khách hàng {number:02}" for number in range(1, max(1, count - links) + 1)]
    return [customer(name, random.uniform(1, most) * MBPS, 1_000 * MBPS, week, random) for name in names]


def router(facts: Facts, ways: Sequence[Way], scene: Scene, random: Random) -> Made:
    """Return a router with a port for each way."""
    named = [_NAMES.get(way.speed_bps // MBPS, _FASTER) for way in ways]
    names = [(f"{short}0/0/{n}", f"{long}0/0/{n}") for n, (short, long) in enumerate(named, 1)]
    made = ports(facts, ways, random)
    them = [
        Interface(short, long, way.alias, ETHERNET, port)
        for (short, long), way, port in zip(names, ways, made, strict=True)
    ]
    shorts = [short for short, _ in names]
    return Made([interfaces(them, mac(random)), chassis(facts, shorts, ways, scene, random)], made, ways)
