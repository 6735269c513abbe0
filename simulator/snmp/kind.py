"""What all kinds of devices have in common: where they stand, and a chassis with a thermometer and optics."""

from collections.abc import Iterable, Sequence
from random import Random
from typing import NamedTuple

from simulator.snmp.entity import CELSIUS, DBM, Gauge, sensors
from simulator.snmp.parts import Part
from simulator.snmp.ports import Port
from simulator.snmp.scene import Scene
from simulator.snmp.ways import Way

NO_LIGHT_DBM, NO_RADIO_DBM = -40.0, -110.0
_WARMER = 9.0  # inside a device than in the cabinet around it, in degrees


class Facts(NamedTuple):
    """Where a device stands, and the ticks at which it has started."""

    name: str
    location: str
    site: str
    boot: int


class Made(NamedTuple):
    """A device's MIBs but for its system group, and its ports of ifIndex 1 and up with where they lead."""

    parts: Sequence[Part]
    ports: Sequence[Port] = ()
    ways: Sequence[Way] = ()


def ports(facts: Facts, ways: Iterable[Way], random: Random) -> list[Port]:
    """Return a port for each way."""
    return [Port(random, way.flow, way.end, way.speed_bps, facts.boot) for way in ways]


def chassis(facts: Facts, names: Iterable[str], ways: Iterable[Way], scene: Scene, random: Random) -> Part:
    """Return the sensors of a chassis whose ports have those names and ways."""
    lit = [(name, way, str(way.link)) for name, way in zip(names, ways, strict=True) if way.fibre or way.radio]
    sent = [round(100 * (random.uniform(18, 24) if way.radio else random.uniform(-4, -1))) for _, way, _ in lit]
    gauges = [Gauge("temperature", CELSIUS, 1)]
    gauges += [Gauge(f"{name} {side}", DBM, 2) for name, _, _ in lit for side in ("rx", "tx")]
    ends = [
        (way.flow, link, NO_RADIO_DBM if way.radio else NO_LIGHT_DBM, out)
        for (_, way, link), out in zip(lit, sent, strict=True)
    ]
    site, week, celsius, signal = facts.site, scene.week, scene.celsius, scene.signal

    def read(ticks: int) -> Sequence[int]:
        now = week.simulated(ticks)
        values = [round(10 * (celsius(site, now) + _WARMER))]
        for flow, link, nothing, out in ends:
            up, _ = flow.state(ticks)
            values += (round(100 * max(nothing, signal(link, now) if up else nothing)), out)
        return values

    return sensors(gauges, read)


def mac(random: Random) -> int:
    """Return the first of a device's MAC addresses, but for its first octet."""
    return random.getrandbits(24) << 16
