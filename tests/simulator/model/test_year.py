"""A year of the province: its figures are those that power companies and operators have published."""

from datetime import UTC, datetime
from statistics import mean

import pytest

from simulator.model.climate import YEAR_S
from simulator.model.statistics import Statistics, statistics
from simulator.model.year import simulate
from simulator.sample.province import sample

START = datetime(2025, 1, 1, tzinfo=UTC).timestamp()


def year(sites: int, seed: int) -> Statistics:
    inventory = sample(sites, 1)
    return statistics(inventory, simulate(inventory, seed, START, YEAR_S), START + YEAR_S, 1.0)


def test_the_mains_and_the_fleet_fail_about_as_often_as_in_life() -> None:
    found = year(300, 1)
    assert 1.5 <= found.saifi <= 4.8  # the limit of 2023 is 2.43; in the country it is twice that here
    assert 1.2 <= found.maifi <= 3.6  # 2.27
    assert 0.994 <= found.availability <= 0.9995  # 2010: 99.37 to 99.91 %, by province
    assert found.share("power") > found.share("transmission") > found.share("equipment")
    assert max(found.lost_min.values()) > 5 * found.availability * mean(found.lost_min.values())


@pytest.mark.torture
def test_many_years_have_the_published_figures() -> None:
    years = [year(300, seed) for seed in range(12)]
    assert mean(one.saifi for one in years) == pytest.approx(2.43 * 1.25, rel=0.2)  # a quarter of the feeders is rural
    assert 81.6 <= mean(one.saidi_min for one in years) <= 258 * 1.6
    assert mean(one.maifi for one in years) == pytest.approx(2.27, rel=0.15)
    assert 0.994 <= mean(one.availability for one in years) <= 0.9991
    for family, share in (("power", 0.56), ("transmission", 0.37), ("equipment", 0.04)):
        assert mean(one.share(family) for one in years) == pytest.approx(share, abs=0.1)
