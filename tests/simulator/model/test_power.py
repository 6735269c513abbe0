"""A site's power: the battery carries the load until it is empty, and nothing comes from nowhere."""

from collections.abc import Iterator
from datetime import UTC, datetime
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.inventory import Site
from simulator.model.climate import HOUR_S, YEAR_S
from simulator.model.power import FLOAT_V, FUEL_S, NEW_S, RECHARGE, WORN, Power

START = 1_800_000_000.0
AUTONOMIES = st.sampled_from([12.0, 600.0, NEW_S])
STEPS = st.lists(st.tuples(st.floats(0.001, 2.0), st.booleans()), min_size=1, max_size=12)  # in autonomies, mains


PLACE = Site(id="tram-nam-can-01", name="Năm Căn", area="nam-can", access="boat")


def site(autonomy_s: float | None = 100.0, *, seed: int = 1, generator: bool = False) -> Power:
    return Power(PLACE.model_copy(update={"generator": generator}), seed, START, autonomy_s=autonomy_s)


def told(power: Power, steps: list[tuple[float, bool]], autonomy_s: float) -> Iterator[tuple[float, bool]]:
    """Command the mains, and yield times in order, with whether the mains are on."""
    now, on = START, True
    for share, mains in steps:
        for part in range(4):
            yield now + part / 4 * share * autonomy_s, on
        now += share * autonomy_s
        yield now, on
        power.mains(now, on=mains)
        on = mains
        yield now, on


@settings(deadline=None)
@given(STEPS, AUTONOMIES, st.booleans(), st.integers())
def test_charge_stays_in_bounds_and_falls_only_without_mains_and_generator(
    steps: list[tuple[float, bool]], autonomy_s: float, generator: bool, seed: int
) -> None:
    power = site(autonomy_s, seed=seed, generator=generator)
    before, was_fed = 1.0, True
    for now, mains in told(power, steps, autonomy_s):
        reading = power.read(now)
        fed = mains or power.source(now) in ("generator", "portable")
        assert 0 <= reading.charge <= 1
        # The fuel may run out between two looks, so both must have been fed.
        assert reading.charge >= before - 1e-9 or not (fed and was_fed)
        before, was_fed = reading.charge, fed
        assert (reading.battery_a < 0) == (not fed and not power.dark(now))
        assert (reading.rectifier_a > 0) == fed
        assert 44 <= reading.battery_v <= FLOAT_V


@settings(deadline=None)
@given(STEPS, AUTONOMIES, st.booleans())
def test_it_is_dark_exactly_when_the_battery_is_empty_and_nothing_feeds_it(
    steps: list[tuple[float, bool]], autonomy_s: float, generator: bool
) -> None:
    power = site(autonomy_s, generator=generator)
    for now, _ in told(power, steps, autonomy_s):
        reading = power.read(now)
        assert power.dark(now) == (reading.charge == 0 and power.source(now) == "battery")


@settings(deadline=None)
@given(STEPS, AUTONOMIES, st.booleans(), st.integers())
def test_the_same_seed_gives_the_same_values_whatever_was_asked_before(
    steps: list[tuple[float, bool]], autonomy_s: float, generator: bool, seed: int
) -> None:
    one, same = (site(autonomy_s, seed=seed, generator=generator) for _ in "12")
    asked = [one.read(now) for now, _ in told(one, steps, autonomy_s)]
    times = [now for now, _ in told(same, steps, autonomy_s)]
    assert one.read(times[-1]) == same.read(times[-1]) == asked[-1]


@settings(deadline=None)
@given(AUTONOMIES, st.floats(0.05, 0.95), st.floats(0.01, 1.0))
def test_what_the_battery_gives_it_had_and_what_it_takes_it_gets(
    autonomy_s: float, drained: float, recharged: float
) -> None:
    power = site(autonomy_s)
    capacity_as = power.load_a * autonomy_s
    power.mains(START, on=False, aided=False)
    gone = drained * autonomy_s
    given_as = -power.read(START + gone / 2).battery_a * gone
    assert given_as == pytest.approx((1 - power.charge(START + gone)) * capacity_as)
    power.mains(START + gone, on=True)
    begin, lasts = power.charge(START + gone), recharged * drained * RECHARGE * autonomy_s
    taken_as = power.read(START + gone + lasts / 2).battery_a * lasts
    assert taken_as == pytest.approx((power.charge(START + gone + lasts) - begin) * capacity_as, rel=1e-5)


@pytest.mark.parametrize("autonomy_s", [12.0, 4 * 3600.0])
def test_it_goes_dark_at_the_very_time_that_was_foretold(autonomy_s: float) -> None:
    power = site(autonomy_s)
    assert power.next_change(START) == inf
    power.mains(START + 0.1, on=False, aided=False)
    at = power.next_change(START + 0.1)
    assert at == pytest.approx(START + 0.1 + autonomy_s)
    assert not power.dark(at - 0.001)
    assert power.dark(at)
    assert power.next_change(at) == inf


def test_the_voltage_sinks_from_float_to_44_and_rises_again() -> None:
    power = site()
    assert power.read(START).battery_v == FLOAT_V
    power.mains(START, on=False)
    falling = [power.read(START + second).battery_v for second in range(101)]
    assert falling == sorted(falling, reverse=True)
    assert falling[-1] == 44.0
    power.mains(START + 101, on=True)
    rising = [power.read(START + 101 + second).battery_v for second in range(126)]
    assert rising == sorted(rising)
    assert rising[-1] == FLOAT_V


def test_a_generator_starts_by_itself_runs_until_its_fuel_is_gone_and_then_the_battery_sinks() -> None:
    power = site(generator=True)
    assert power.generator(START) == "off"
    power.mains(START, on=False)
    fuel = power.read(START).fuel
    assert fuel
    assert power.generator(START + 5) == "off"
    assert power.generator(START + 11) == "run"
    assert power.read(START + 3600).charge == 1
    assert power.read(START + 10 + 3600).fuel == pytest.approx(fuel - 3600 / FUEL_S)
    out = START + 10 + fuel * FUEL_S
    assert power.generator(out + 1) == "fault"
    assert power.read(out + 1).fuel == pytest.approx(0)
    assert power.dark(out + 101)
    power.mains(out + 200, on=True)
    assert power.generator(out + 200) == "off"


def test_the_cabinet_warms_without_mains_and_its_door_is_told() -> None:
    with_mains, without = site(NEW_S), site(NEW_S)
    without.mains(START, on=False)
    without.door(is_open=True)
    assert without.read(START + 3600).cabinet_celsius > with_mains.read(START + 3600).cabinet_celsius + 5
    assert (without.read(START).door_open, with_mains.read(START).door_open) == (True, False)


def aided(arrives: tuple[float, float], access: str, seeds: int = 200) -> tuple[int, float, float]:
    """Return how many of so many cuts somebody comes to, and when the first and the last of them are there."""
    found = []
    for seed in range(seeds):
        power = Power(PLACE.model_copy(update={"access": access}), seed, START, autonomy_s=HOUR_S)
        power.mains(START, on=False)
        times = [power.next_change(START)]
        while (at := power.next_change(times[-1])) < inf:
            times.append(at)
        found += [at - START for at in times if power.source(at) == "portable"]
    assert all(arrives[0] <= at <= arrives[1] for at in found)
    return len(found), min(found), max(found)


@pytest.mark.parametrize(("access", "hours"), [("road", (1.5, 4.0)), ("boat", (3.0, 8.0))])
def test_a_portable_generator_comes_to_some_sites_later_by_boat_than_by_road(
    access: str, hours: tuple[float, float]
) -> None:
    count, first, last = aided((hours[0] * HOUR_S, hours[1] * HOUR_S), access)
    assert 60 <= count <= 140
    assert first < (hours[0] + 0.5) * HOUR_S
    assert last > (hours[1] - 0.5) * HOUR_S


def test_a_new_battery_lasts_about_four_hours_and_an_old_one_half_of_that() -> None:
    def lasts(years: float) -> list[float]:
        born = datetime.fromtimestamp(START - years * YEAR_S, UTC).date()
        place = PLACE.model_copy(update={"battery_since": born})
        return [Power(place, seed, START).autonomy_s / HOUR_S for seed in range(300)]

    new, old = lasts(0), lasts(12)
    assert 3.3 < sum(new) / len(new) < 4.0  # the heat takes 5 to 9 % of the four
    assert sum(old) / len(old) == pytest.approx(WORN * sum(new) / len(new), rel=0.02)
    assert min(new) > 0.9


def test_a_rectifier_that_fails_leaves_the_load_to_the_battery_and_no_generator_helps() -> None:
    power = site(generator=True)
    power.rectifier(START, works=False)
    reading = power.read(START + 50)
    assert (reading.mains, reading.rectifier_ok, power.source(START + 50)) == (True, False, "battery")
    assert power.dark(START + 100)
    power.rectifier(START + 200, works=True)
    assert not power.dark(START + 200)


def test_a_generator_that_is_broken_does_not_start_and_says_so() -> None:
    power = site(10 * HOUR_S, generator=True)
    power.starts(works=False)
    power.mains(START, on=False, aided=False)
    assert (power.generator(START + 5), power.generator(START + 11)) == ("off", "fault")


def test_without_air_conditioning_the_cabinet_is_nine_degrees_hotter() -> None:
    cooled, broken = site(), site()
    broken.cooling(START, works=False)
    later = START + 6 * HOUR_S
    assert broken.read(later).cabinet_celsius - cooled.read(later).cabinet_celsius == pytest.approx(9, abs=0.1)
