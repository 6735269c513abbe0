"""What strikes many places at once: storms, lightning, and spring tides that come over low land."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import count
from math import cos, hypot, radians
from random import Random

from contract.inventory import Inventory, Site
from simulator.model.arrivals import arrivals, lognormal
from simulator.model.climate import DAY_S, HOUR_S, gale, high_waters, sea, thunder
from simulator.model.coast import coastal
from simulator.model.faults import Fault
from simulator.model.rates import Rates
from simulator.model.sites import repair_s

_GALE, _THUNDER = 6.1 / 12, 6.1 / 12 * (6 + 0.05 * 18) / 24  # means of `gale` and `thunder`
FEEDERS, FIBRES = 0.5, 0.001  # shares that a storm cuts: of feeders, and of fibres for each km
STORM_S = (4 * HOUR_S, 12 * HOUR_S)  # within which these are cut
MENDED_S, MENDED_MEAN_S, LONGEST_S = 9 * HOUR_S, 14 * HOUR_S, 48 * HOUR_S
CLUSTER_KM = (5.0, 10.0)
STRUCK = 0.06  # share of sites within a thunderstorm's radius
OVER = 0.6  # of `climate.sea`, from which on low land is under water
LOW = 0.15  # share of coastal sites that stand low
_KM_A_DEGREE = 111.2
Group = tuple[float, list[Fault]]
"""What belongs together, and before when none of it begins."""


def faults(inventory: Inventory, seed: int, start: float, rates: Rates) -> Iterator[Iterator[Fault]]:
    """Yield the three processes."""
    yield _ordered(_storms(inventory, seed, start, rates.storms))
    yield _ordered(_lightning(inventory, seed, start, rates.lightning))
    yield _ordered(_tides(inventory, seed, start, rates.floods))


def _ordered(groups: Iterator[Group]) -> Iterator[Fault]:
    """Yield the faults of groups by their start. The times before which nothing of a group begins only grow."""
    waiting: list[Fault] = []
    for bound, group in groups:
        ready = [fault for fault in waiting if fault.at_s < bound]
        yield from sorted(ready, key=lambda fault: (fault.at_s, fault.root))
        waiting = [fault for fault in waiting if fault.at_s >= bound] + group


def _storms(inventory: Inventory, seed: int, start: float, per_year: float) -> Iterator[Group]:
    random = Random(f"{seed}/storms")
    feeders = sorted({site.feeder or site.id for site in inventory.sites})
    fibres = [link for link in inventory.links if link.kind == "fibre"]
    for at in arrivals(random, per_year, start, gale, _GALE):
        lasts = random.uniform(*STORM_S)

        def fault(element: str, kind: str, at: float = at, lasts: float = lasts) -> Fault:
            mended = min(LONGEST_S, lognormal(random, MENDED_S, MENDED_MEAN_S))
            begins = at - start + random.uniform(0, lasts)
            return Fault(begins, mended, element, "mains" if kind == "mains" else "fibre", "storm")

        cut = [fault(feeder, "mains") for feeder in feeders if random.random() < FEEDERS]
        torn = [fault(link.id, "fibre") for link in fibres if random.random() < FIBRES * (link.length_km or 0.0)]
        yield at - start, cut + torn


def _lightning(inventory: Inventory, seed: int, start: float, per_year: float) -> Iterator[Group]:
    random = Random(f"{seed}/lightning")
    devices = defaultdict[str, list[str]](list)
    for device in inventory.devices:
        devices[device.site].append(device.id)
    placed = [site for site in inventory.sites if site.lat is not None and devices[site.id]]
    if not placed:
        return
    for at in arrivals(random, per_year, start, thunder, _THUNDER):
        near = _within(random.choice(placed), placed, random.uniform(*CLUSTER_KM))
        struck = [site.id for site in near if random.random() < STRUCK]
        group = []
        for site in struck:
            begins, struck_one = at - start + random.uniform(0, HOUR_S), random.choice(devices[site])
            match random.randrange(4):
                case 0:
                    group.append(Fault(begins, repair_s(random), struck_one, "device", "lightning"))
                case 1:
                    group.append(Fault(begins, repair_s(random), site, "rectifier", "lightning"))
                case _:
                    group.append(Fault(begins, random.uniform(60, 300), struck_one, "reboot", "lightning"))
        yield at - start, group


def _tides(inventory: Inventory, seed: int, start: float, often: float) -> Iterator[Group]:
    random = Random(f"{seed}/tides")
    low = [site for site in sorted(coastal(inventory)) if Random(f"{seed}/{site}/low").random() < LOW]
    for day in count() if low and often > 0 else ():
        group: list[Fault] = []
        waters = high_waters(start + day * DAY_S)
        for at in waters:
            over = sea(at) - OVER
            if over > 0 and at > start:
                for site in low:
                    if random.random() < often * over:
                        depth = round(100 * over * random.random(), 1)
                        begins = at - start + random.uniform(-HOUR_S, 0)
                        lasts = random.uniform(1, 3) * HOUR_S
                        group.append(Fault(max(0.0, begins), lasts, site, "flood", "tide", depth))
        yield waters[0] - HOUR_S - start, group


def _within(middle: Site, sites: Sequence[Site], km: float) -> list[Site]:
    def away(site: Site) -> float:
        north = _KM_A_DEGREE * ((site.lat or 0.0) - (middle.lat or 0.0))
        east = _KM_A_DEGREE * ((site.lon or 0.0) - (middle.lon or 0.0)) * cos(radians(middle.lat or 0.0))
        return hypot(north, east)

    return [site for site in sites if away(site) <= km]
