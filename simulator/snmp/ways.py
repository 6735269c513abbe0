"""Where a device's ports lead, and how much passes there in the busiest hour: what customers ask for, summed upwards.

Each link carries what is asked for behind it, as seen from the core on the shortest way over those that are up; a link
that closes a ring carries little. No link carries more than it can.
"""

from collections import defaultdict
from collections.abc import Mapping, Set
from random import Random
from typing import NamedTuple

from contract.inventory import Device, Inventory, Link
from simulator.snmp.traffic import MOST, Flow
from simulator.snmp.week import Week

UPWARD = 0.25  # what customers send, as a share of what they receive
MBPS = 1_000_000
_SPEEDS_MBPS = (100, 1_000, 10_000, 100_000)
_CAPACITY_MBPS = 1_000  # of a link that does not say
_IDLE = 0.002  # the share of its speed that passes over a link that closes a ring


class Way(NamedTuple):
    """Where one port leads: `end` is the port's end of the flow; customers and spare ports have no link. `fibre`: it
    has optics. `asked_bps`: what a customer asks for in the busiest hour."""

    alias: str
    speed_bps: int
    flow: Flow
    end: int
    link: str | None = None
    fibre: bool = False
    radio: bool = False
    asked_bps: float = 0.0


class Load(NamedTuple):
    """What is asked for over a link in the busiest hour, and its end away from the core."""

    far: int
    bps: float


def by_device(inventory: Inventory) -> dict[str, list[tuple[Link, int]]]:
    """Return each device's links, in the order of the inventory, with the end at which it is."""
    found: dict[str, list[tuple[Link, int]]] = defaultdict(list)
    for link in inventory.links:
        for end, device in enumerate(link.ends):
            found[device].append((link, end))
    return found


def flows(inventory: Inventory, loads: Mapping[str, Load], week: Week, seed: int) -> dict[str, Flow]:
    """Return what passes over each link, by its id."""
    return {
        link.id: Flow(Random(f"{seed}/{link.id}"), week, *rates(link, loads.get(link.id))) for link in inventory.links
    }


def rates(link: Link, load: Load | None) -> tuple[float, float]:
    """Return what a link carries from its end 0 to its end 1 and back, in bit/s; without a load it is idle."""
    speed = capacity_bps(link)
    far, bps = load or Load(1, speed * _IDLE)
    bps = min(bps, speed * MOST * 0.99)
    return (bps, bps * UPWARD) if far == 1 else (bps * UPWARD, bps)


def capacity_bps(link: Link) -> int:
    """Return what a link can carry."""
    return int((link.capacity_mbps or _CAPACITY_MBPS) * MBPS)


def way(link: Link, end: int, flow: Flow) -> Way:
    """Return the way out of a device at that end of a link: a radio is as fast as its link, a port as the next norm."""
    capacity, radio = capacity_bps(link), link.kind == "microwave"
    norm = next((mbps for mbps in _SPEEDS_MBPS if mbps * MBPS >= capacity), _SPEEDS_MBPS[-1]) * MBPS
    alias = f"Đi {link.ends[1 - end]}"
    return Way(alias, capacity if radio else norm, flow, end, link.id, link.kind == "fibre", radio)


def customer(alias: str, asked_bps: float, speed_bps: int, week: Week, random: Random) -> Way:
    """Return the way to a customer."""
    return Way(alias, speed_bps, Flow(random, week, asked_bps, asked_bps * UPWARD), 0, asked_bps=asked_bps)


def spare(alias: str, speed_bps: int, week: Week, random: Random) -> Way:
    """Return the way of a port in which nothing is plugged."""
    flow = Flow(random, week, 0, 0)
    flow.block("empty", week.began - 1)
    return Way(alias, speed_bps, flow, 0)


def outside(asked_bps: float, week: Week, random: Random) -> Way:
    """Return the way out of the province."""
    return Way("Đi liên tỉnh", _SPEEDS_MBPS[-1] * MBPS, Flow(random, week, *outward(asked_bps)), 1)


def outward(asked_bps: float) -> tuple[float, float]:
    """Return what the way out of the province carries inward and back, in bit/s."""
    bps = min(asked_bps, _SPEEDS_MBPS[-1] * MBPS * MOST * 0.99)
    return bps, bps * UPWARD


def loads(
    inventory: Inventory, asked_bps: Mapping[str, float], up: Set[str]
) -> tuple[dict[str, Load], dict[str, float]]:
    """Return the load of each link on the way up to the core, and of each router of the core all that is asked for
    behind it. `asked_bps`: what the customers of each device ask for; `up`: the links that there are."""
    links = by_device(inventory)
    roots = [device.id for device in inventory.devices if is_core(device)] or [one.id for one in inventory.devices[:1]]
    order = roots.copy()
    above: dict[str, tuple[str, Link, int] | None] = dict.fromkeys(roots)
    for device in order:  # grows meanwhile: breadth first
        for link, end in links.get(device, ()):
            other = link.ends[1 - end]
            if other not in above and link.id in up:
                above[other] = (device, link, 1 - end)
                order.append(other)
    total = {device: asked_bps.get(device, 0.0) for device in order}
    found: dict[str, Load] = {}
    for device in reversed(order):
        if way_up := above[device]:
            parent, link, end = way_up
            found[link.id] = Load(end, total[device])
            total[parent] += total[device]
    return found, {root: total[root] for root in roots}


def is_core(device: Device) -> bool:
    """Whether it is a router of the core."""
    return device.level == "province" and device.role == "router"
