"""Where the sites of the sample are: the first ones in a fixed order, then each where one is missing most.

A greater number only adds sites: those of a smaller one stay what and where they were.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace
from itertools import islice, zip_longest
from math import cos, inf, sin, sqrt, tau
from random import Random

from simulator.sample.clusters import CLUSTERS, Cluster
from simulator.sample.facts import ISLANDS, Commune, District, communes, districts
from simulator.sample.plane import Point, km, moved

ALONE = "dat-mui"  # the cape: it has one site however many there are, so that its coverage hangs on that one
_WARD, _SEAT = 4.0, 2.0  # times as many sites as elsewhere
_WITHIN = 0.75  # of the commune's radius
_TRIES = 6


@dataclass(frozen=True, slots=True)
class Place:
    """Where a site is; `number` counts in its commune from 1, which is at the commune's office."""

    cluster: Cluster
    district: District
    commune: Commune
    number: int
    at: Point

    @property
    def mark(self) -> str:
        """The end of all names of the site."""
        return f"{self.commune.id}-{self.number:02}"

    @property
    def site(self) -> str:
        return f"tram-{self.mark}"

    @property
    def office(self) -> bool:
        return self.number == 1

    @property
    def seat(self) -> bool:
        """Whether the former district's offices were here."""
        return self.office and self.commune.id == self.district.seat

    @property
    def agent(self) -> bool:
        """Whether the agent of the cluster stands here."""
        return self.seat and self.district.id == self.cluster.seat

    @property
    def island(self) -> bool:
        return self.number == 2 and self.commune.id in ISLANDS


def places(count: int, seed: int) -> list[Place]:
    """Return that many places: agents' seats first, then the cape with what it is reached through, the other seats, the
    other communes, and then more in each."""
    all_communes, all_districts = communes(), districts()
    cluster_of = {district: cluster for cluster in CLUSTERS for district in cluster.districts}
    middles = [one.middle for one in all_communes.values()]
    random = {name: Random(f"{seed}/{name}/places") for name in all_communes}
    there: dict[str, list[Point]] = {name: [] for name in all_communes}
    out = []
    for name in islice(_order(all_communes, all_districts), count):
        commune = all_communes[name]
        at = _position(commune, there[name], middles, random[name])
        there[name].append(at)
        district = all_districts[commune.district]
        out.append(Place(cluster_of[district.id], district, commune, len(there[name]), at))
    return out


def _order(all_communes: dict[str, Commune], all_districts: dict[str, District]) -> Iterator[str]:
    """Yield the communes of sites without end: each once, the clusters in turn, then by Webster's method by area and
    town."""
    seats = [district.seat for district in all_districts.values()]
    first = [all_districts[cluster.seat].seat for cluster in CLUSTERS]
    cape = [all_districts[all_communes[ALONE].district].seat, ALONE]
    mine = ([one.id for one in all_communes.values() if one.district in cluster.districts] for cluster in CLUSTERS)
    in_turn = [name for names in zip_longest(*mine) for name in names if name]
    yield from dict.fromkeys([*first, *cape, *seats, *in_turn])
    weights = {name: _weight(one, seat=name in seats) for name, one in all_communes.items() if name != ALONE}
    heap = [(-weight / 3, 1, name) for name, weight in weights.items()]
    heapify(heap)
    while True:
        _, number, name = heap[0]
        yield name
        heapreplace(heap, (-weights[name] / (2 * number + 3), number + 1, name))


def _weight(commune: Commune, *, seat: bool) -> float:
    return sqrt(commune.km2) * (_WARD if commune.urban else _SEAT if seat else 1.0)


def _position(commune: Commune, there: Sequence[Point], middles: Sequence[Point], random: Random) -> Point:
    """Return the office near the middle, then the island if there is one, then points far from those that are there."""
    if not there:
        return _around(commune, 0.15, random)
    if len(there) == 1 and commune.id in ISLANDS:
        return ISLANDS[commune.id][1]
    near = [other for other in middles if 0 < km(commune.middle, other) < 2 * commune.radius_km]
    able = _candidates(commune, near, random)
    return max(able, key=lambda point: min(km(point, other) for other in there))


def _candidates(commune: Commune, near: Sequence[Point], random: Random) -> Iterator[Point]:
    """Yield points nearer to the commune's middle than to any other's."""
    found = 0
    while found < _TRIES:
        point = _around(commune, _WITHIN, random)
        if km(point, commune.middle) < min((km(point, other) for other in near), default=inf):
            found += 1
            yield point


def _around(commune: Commune, share: float, random: Random) -> Point:
    """Return a point of the disc around the middle that has that share of the commune's radius."""
    far, turn = commune.radius_km * share * sqrt(random.random()), random.uniform(0, tau)
    return moved(commune.middle, far * sin(turn), far * cos(turn))
