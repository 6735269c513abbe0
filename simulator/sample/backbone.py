"""The backbone of the sample: a core pair, a ring of districts for each cluster, and their communes behind them."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise, permutations

from simulator.sample.clusters import BY_BOAT, CLUSTERS
from simulator.sample.places import Place
from simulator.sample.plan import Plan
from simulator.sample.plane import km

CORE_MBPS, RING_MBPS, COMMUNE_MBPS = 100_000, 10_000, 1_000
_RADIO_KM = 15.0  # a commune that is reached by boat, and farther off than this, has no fibre


def backbone(plan: Plan, places: Sequence[Place]) -> None:
    """Draw it, down to the routers of the communes."""
    seats = {place.district.id: place for place in places if place.seat}
    cores = {place.district.id: place for place in seats.values() if _has_core(place)}
    for district, place in cores.items():
        plan.add(_core(district), place, "router", "province")
    for one, other in pairwise(cores):
        for number in (1, 2):
            plan.join(f"ln-core-{number}", _core(one), _core(other), "fibre", CORE_MBPS, "ring-core")
    for district, place in seats.items():
        plan.add(_aggregation(district), place, "router", "district")
    for cluster in CLUSTERS:
        along = [_aggregation(district) for district in cluster.districts if district in seats]
        _ring(plan, cluster.id, _core(cluster.core), along, RING_MBPS)
    for place in (place for place in places if place.office):
        plan.add(f"rt-{place.commune.id}", place, "router")
    for district, seat in seats.items():
        plan.join(f"ln-{seat.commune.id}", _aggregation(district), _router(seat), "other", RING_MBPS)
        below = [place for place in places if place.office and place.district.id == district and not place.seat]
        if district in BY_BOAT:
            _tree(plan, seat, below)
        else:
            _ring(plan, district, _aggregation(district), [_router(one) for one in _tour(seat, below)], COMMUNE_MBPS)


def _has_core(place: Place) -> bool:
    return any(cluster.core == place.district.id for cluster in CLUSTERS)


def _core(district: str) -> str:
    return f"core-{district.partition('-')[2]}"


def _aggregation(district: str) -> str:
    return f"agg-{district.partition('-')[2]}"


def _router(place: Place) -> str:
    return f"rt-{place.commune.id}"


def _ring(plan: Plan, name: str, top: str, along: Sequence[str], mbps: float) -> None:
    """Join them to a ring that begins and ends at `top`; one alone hangs on it."""
    closed = [top, *along, *([top] if len(along) > 1 else [])]
    ring = f"ring-{name}" if len(along) > 1 else None
    for number, (one, other) in enumerate(pairwise(closed), 1):
        plan.join(f"ln-{name}-{number}", one, other, "fibre", mbps, ring)


def _tour(start: Place, places: Iterable[Place]) -> Sequence[Place]:
    """Return them in the order of the shortest way round; they are few."""

    def length(order: Sequence[Place]) -> float:
        return sum(km(one.at, other.at) for one, other in pairwise([start, *order, start]))

    return min(permutations(places), key=length)


def _tree(plan: Plan, seat: Place, places: Iterable[Place]) -> None:
    """Join each to what is nearest of those that are joined already, the nearest first."""
    joined: dict[Place, str] = {seat: _aggregation(seat.district.id)}
    waiting = list(places)
    while waiting:
        above, place = min(
            ((above, place) for above in joined for place in waiting), key=lambda pair: km(pair[0].at, pair[1].at)
        )
        waiting.remove(place)
        joined[place] = _router(place)
        _joined(plan, joined, above, place)


def _joined(plan: Plan, names: Mapping[Place, str], above: Place, place: Place) -> None:
    if km(above.at, place.at) > _RADIO_KM:
        plan.hop(place.commune.id, names[above], names[place])
    else:
        plan.join(f"ln-{place.commune.id}", names[above], names[place], "fibre", COMMUNE_MBPS)
