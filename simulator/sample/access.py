"""The last miles of the sample: what stands at each site, and how it is reached from its commune's router."""

from collections.abc import Sequence
from random import Random

from contract.inventory import Site
from simulator.sample.places import Place
from simulator.sample.plan import Plan
from simulator.sample.plane import km

SITE_MBPS = 1_000


def access(plan: Plan, places: Sequence[Place], sites: Sequence[Site], seed: int) -> None:
    """Draw a router and a power controller at each site, and at each commune's first its OLT. A site is reached from
    the nearest of its commune that was there before it."""
    there: dict[str, list[Place]] = {}
    for place, site in zip(places, sites, strict=True):
        before = there.setdefault(place.commune.id, [])
        router = plan.add(_router(place), place, "router")
        if not before:
            plan.join(f"ln-{place.mark}", f"rt-{place.commune.id}", router, "other", SITE_MBPS)
            olt = plan.add(f"olt-{place.mark}", place, "olt")
            plan.join(f"ln-olt-{place.mark}", f"rt-{place.commune.id}", olt, "other", 10_000)
        else:
            above = min((one for one in before if not one.island), key=lambda one: km(one.at, place.at))
            if _by_radio(place, site, Random(f"{seed}/{place.mark}/access")):
                plan.hop(place.mark, _router(above), router)
            else:
                plan.join(f"ln-{place.mark}", _router(above), router, "fibre", SITE_MBPS)
        power = plan.add(f"ups-{place.mark}", place, "power")
        plan.join(f"ln-ups-{place.mark}", router, power, "other", 100)
        before.append(place)


def _router(place: Place) -> str:
    return f"rt-{place.mark}"


def _by_radio(place: Place, site: Site, random: Random) -> bool:
    """Whether no fibre leads there: seldom where there is a road."""
    return place.island or random.random() < (0.75 if site.access == "boat" else 0.1)
