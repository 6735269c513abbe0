"""A fibre access node: two uplinks, and ports of passive optical networks behind which the customers are."""

from collections.abc import Sequence
from random import Random

from simulator.snmp.interfaces import ETHERNET, GPON, Interface, interfaces
from simulator.snmp.kind import Facts, Made, chassis, mac, ports
from simulator.snmp.scene import Scene
from simulator.snmp.ways import MBPS, Way, customer, spare
from simulator.snmp.week import Week

UPLINKS = 2
GPON_BPS = 2_488 * MBPS  # downwards (ITU-T G.984.2)


def customers(random: Random, week: Week) -> list[Way]:
    """Return its trees of customers."""
    names = [f"Cây quang {number:02}" for number in range(1, random.randint(8, 16) + 1)]
    return [customer(name, random.uniform(3, 15) * MBPS, GPON_BPS, week, random) for name in names]


def olt(facts: Facts, uplinks: Sequence[Way], trees: Sequence[Way], scene: Scene, random: Random) -> Made:
    """Return a node with its links first; an uplink that leads nowhere is empty."""
    count = max(0, UPLINKS - len(uplinks))
    ups = [*uplinks, *(spare("Dự phòng", 10_000 * MBPS, scene.week, random) for _ in range(count))]
    ways = [*ups, *trees]
    names = [(f"xge0/{n}", f"Uplink 0/{n}", ETHERNET) for n in range(1, len(ups) + 1)]
    names += [(f"gpon0/1/{n}", f"GPON 0/1/{n}", GPON) for n in range(1, len(trees) + 1)]
    made = ports(facts, ways, random)
    them = [
        Interface(name, described, way.alias, kind, port)
        for (name, described, kind), way, port in zip(names, ways, made, strict=True)
    ]
    parts = [interfaces(them, mac(random)), chassis(facts, [name for name, _, _ in names], ways, scene, random)]
    return Made(parts, made, ways)
