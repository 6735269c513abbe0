"""The ways between sites: fibres that are dug up or burnt or whose ends fail, and radio hops that fade in the rain."""

from collections.abc import Iterator
from random import Random

from contract.inventory import Inventory, Link
from simulator.model.arrivals import arrivals, lognormal
from simulator.model.climate import rain, working
from simulator.model.faults import Fault
from simulator.model.rates import Rates
from simulator.model.sites import repair_s

MEDIAN_S, MEAN_S, LONGEST_S = 5 * 3600.0, 7.7 * 3600.0, 96 * 3600.0  # of a cut until it is spliced; 5 % over a day
FADE_S = (60.0, 1200.0)
SHALLOW_DB, DEEPER_DB = 6.0, 20.0  # of a fade: the least, and the mean beyond it
_DIGGING = 10 / 24 + 0.1 * 14 / 24  # mean of `working`
_RAIN = 6.6 / 12 * (7 + 0.25 * 17) / 24  # mean of `rain`


def faults(inventory: Inventory, seed: int, start: float, rates: Rates) -> Iterator[Iterator[Fault]]:
    """Yield a process for each link that leaves a site."""
    for link in inventory.links:
        if link.kind == "fibre":
            yield _cuts(link, seed, start, rates.fibre_per_100_km * (link.length_km or 0.0) / 100)
            yield _ends(link, seed, start, rates.ends_per_fibre)
        elif link.kind == "microwave":
            yield _fades(link, seed, start, rates.fades_per_hop)


def _cuts(link: Link, seed: int, start: float, per_year: float) -> Iterator[Fault]:
    random = Random(f"{seed}/fibre/{link.id}")
    for at in arrivals(random, per_year, start, working, _DIGGING):
        yield Fault(at - start, min(LONGEST_S, lognormal(random, MEDIAN_S, MEAN_S)), link.id, "fibre")


def _ends(link: Link, seed: int, start: float, per_year: float) -> Iterator[Fault]:
    """Yield times without light for want of what stands at the ends, which is repaired as other equipment is."""
    random = Random(f"{seed}/ends/{link.id}")
    for at in arrivals(random, per_year, start):
        yield Fault(at - start, repair_s(random), link.id, "fibre")


def _fades(link: Link, seed: int, start: float, per_year: float) -> Iterator[Fault]:
    random = Random(f"{seed}/fade/{link.id}")
    for at in arrivals(random, per_year, start, rain, _RAIN):
        depth = round(SHALLOW_DB + random.expovariate(1 / DEEPER_DB), 1)
        yield Fault(at - start, random.uniform(*FADE_S), link.id, "fade", number=depth)
