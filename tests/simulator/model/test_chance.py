"""Faults by chance: the same for the same seed, in order, at their seasons; a process shifts no other."""

from collections import Counter
from datetime import UTC, datetime
from itertools import islice, takewhile

import pytest

from simulator.model import climate
from simulator.model.chance import chance
from simulator.model.climate import YEAR_S, hour
from simulator.model.faults import KINDS, STRIKES, Fault
from simulator.model.rates import Rates
from simulator.sample.province import sample

START = datetime(2025, 1, 1, tzinfo=UTC).timestamp()
PROVINCE = sample(80, 1)


def year(rates: Rates | None = None, seed: int = 1) -> list[Fault]:
    faults = chance(PROVINCE, seed, START, rates or Rates())
    return list(takewhile(lambda fault: fault.at_s < YEAR_S, faults))


def month(fault: Fault) -> int:
    return datetime.fromtimestamp(START + fault.at_s + 7 * 3600, UTC).month


def test_faults_come_in_order_and_the_same_seed_has_the_same() -> None:
    faults = year()
    assert faults == year() != year(seed=2)
    assert [fault.at_s for fault in faults] == sorted(fault.at_s for fault in faults)
    assert all(fault.at_s >= 0 and fault.for_s >= 0 for fault in faults)


def test_every_kind_comes_to_pass_but_what_only_a_command_breaks_and_strikes_what_there_is() -> None:
    kinds = Counter(fault.kind for fault in year(Rates().times(5)))
    assert set(KINDS) - set(kinds) == {"silent", "generator"}
    elements = {
        "feeder": {site.feeder or site.id for site in PROVINCE.sites},
        "site": {site.id for site in PROVINCE.sites},
        "link": {link.id for link in PROVINCE.links},
        "device": {device.id for device in PROVINCE.devices},
        "sensor": {sensor.id for sensor in PROVINCE.sensors},
    }
    for fault in year():
        assert any(fault.element in elements[struck] for struck in STRIKES[fault.kind])


def test_more_of_one_process_shifts_no_other() -> None:
    def but_doors(faults: list[Fault]) -> list[Fault]:
        return [fault for fault in faults if fault.kind != "door"]

    assert but_doors(year(Rates(doors_per_site=60.0))) == but_doors(year())


def test_radio_fades_in_the_rainy_months_most_in_the_evening_and_floods_come_with_spring_tides_of_autumn() -> None:
    faults = year(Rates().times(5))
    fades = [fault for fault in faults if fault.kind == "fade"]
    assert sum(5 <= month(fault) <= 11 for fault in fades) / len(fades) > 0.9
    assert sum(15 <= hour(START + fault.at_s) < 22 for fault in fades) / len(fades) > 0.5
    floods = [fault for fault in faults if fault.kind == "flood"]
    assert floods
    assert {month(fault) for fault in floods} <= {9, 10, 11, 12, 1}
    assert all(climate.sea(START + fault.at_s + 3600) > 0.55 for fault in floods)


@pytest.mark.parametrize(("name", "full_moon"), [("new", "2025-10-21T12:25"), ("full", "2025-11-05T13:19")])
def test_the_sea_is_highest_at_new_and_full_moon(name: str, full_moon: str) -> None:
    at = datetime.fromisoformat(f"{full_moon}+00:00").timestamp()
    week = [climate.sea(at + day * 86_400) for day in range(-6, 7)]
    assert abs(week.index(max(week)) - 6) <= 1, name


def test_faults_have_no_end() -> None:
    assert len(list(islice(chance(sample(5, 1), 1, START, Rates()), 2000))) == 2000
