"""One end of a microwave hop: two Ethernet ports and a radio, which slows down when it hears badly."""

from collections.abc import Sequence
from random import Random

from simulator.snmp.interfaces import ETHERNET, RADIO, Interface, interfaces
from simulator.snmp.kind import Facts, Made, chassis, mac, ports
from simulator.snmp.scene import Scene
from simulator.snmp.ways import MBPS, Way, spare

ETHERNETS = 2
STEPS = ((-55.0, 1.0), (-60.0, 0.75), (-65.0, 0.5), (-70.0, 0.375), (-75.0, 0.25), (-80.0, 0.125))
"""Adaptive modulation: from that received power in dBm on, this share of the full speed; below the last the last."""


def share(dbm: float) -> float:
    """Return the share of its full speed that a radio has at that received power."""
    return next((part for least, part in STEPS if dbm >= least), STEPS[-1][1])


def microwave(facts: Facts, links: Sequence[Way], scene: Scene, random: Random) -> Made:
    """Return a radio with its Ethernet ports first; one that leads nowhere is empty."""
    wired, radios = [way for way in links if not way.radio], [way for way in links if way.radio]
    count = max(0, ETHERNETS - len(wired))
    wired += [spare("Dự phòng", 1_000 * MBPS, scene.week, random) for _ in range(count)]
    ways = [*wired, *radios]
    names = [(f"eth{n}", f"Ethernet {n}", ETHERNET) for n in range(1, len(wired) + 1)]
    names += [(f"radio{n}", f"Radio {n}", RADIO) for n in range(1, len(radios) + 1)]
    made = ports(facts, ways, random)
    them = [
        Interface(name, described, way.alias, kind, port)
        for (name, described, kind), way, port in zip(names, ways, made, strict=True)
    ]
    parts = [interfaces(them, mac(random)), chassis(facts, [name for name, _, _ in names], ways, scene, random)]
    return Made(parts, made, ways)
