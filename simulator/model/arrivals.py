"""Times and durations by chance."""

from collections.abc import Callable, Iterator
from math import exp, log
from random import Random

from simulator.model.climate import YEAR_S


def arrivals(
    random: Random, per_year: float, start: float, weight: Callable[[float], float] = lambda _: 1.0, mean: float = 1.0
) -> Iterator[float]:
    """Yield times after `start` in seconds since 1970, without end: a Poisson process whose rate follows `weight`,
    which is 0 to 1 and on average `mean` (Lewis and Shedler 1979, thinning)."""
    if per_year <= 0:
        return
    at, gap = start, YEAR_S * mean / per_year
    while True:
        at += random.expovariate(1 / gap)
        if random.random() < weight(at):
            yield at


def lognormal(random: Random, median: float, mean: float) -> float:
    """Return a duration: half of them are shorter than the median, few are very long."""
    return median * exp(random.gauss(0.0, (2 * log(mean / median)) ** 0.5))
