"""The power grid: cuts and dips, of a feeder with all its sites; of a site alone where no feeder is named."""

from collections import defaultdict
from collections.abc import Iterator
from random import Random

from contract.inventory import Inventory
from simulator.model.arrivals import arrivals, lognormal
from simulator.model.climate import working
from simulator.model.faults import Fault
from simulator.model.rates import Rates

RURAL = 2.0  # times as many cuts where most sites are reached by boat
MEDIAN_S, MEAN_S = 75 * 60.0, 110 * 60.0  # of a cut; the power company's CAIDI is 106 to 190 minutes
LONGEST_S = 24 * 3600.0
DIP_S = (5.0, 290.0)
PLANNED_S = (3600.0, 5 * 3600.0)
_WORKING = 10 / 24 + 0.1 * 14 / 24  # mean of `working`


def faults(inventory: Inventory, seed: int, start: float, rates: Rates) -> Iterator[Iterator[Fault]]:
    """Yield a process for each feeder."""
    fed = defaultdict[str, list[bool]](list)
    for site in inventory.sites:
        fed[site.feeder or site.id].append(site.access == "boat")
    for name, by_boat in fed.items():
        often = RURAL if 2 * sum(by_boat) > len(by_boat) else 1.0
        per_year = often * rates.mains_per_feeder
        yield _cuts(name, seed, start, (1 - rates.planned_share) * per_year)
        yield _planned(name, seed, start, rates.planned_share * per_year)
        yield _dips(name, seed, start, rates.dips_per_feeder)


def _cuts(name: str, seed: int, start: float, per_year: float) -> Iterator[Fault]:
    random = Random(f"{seed}/cut/{name}")
    for at in arrivals(random, per_year, start):
        yield Fault(at - start, min(LONGEST_S, lognormal(random, MEDIAN_S, MEAN_S)), name, "mains")


def _dips(name: str, seed: int, start: float, per_year: float) -> Iterator[Fault]:
    random = Random(f"{seed}/dip/{name}")
    for at in arrivals(random, per_year, start):
        yield Fault(at - start, random.uniform(*DIP_S), name, "mains")


def _planned(name: str, seed: int, start: float, per_year: float) -> Iterator[Fault]:
    random = Random(f"{seed}/planned/{name}")
    for at in arrivals(random, per_year, start, working, _WORKING):
        yield Fault(at - start, random.uniform(*PLANNED_S), name, "mains", "planned")
