"""Which periods are worked out and when: once when they are over, again when something corrects them, and no more."""

from collections.abc import Callable
from pathlib import Path

import pytest
from collector.watch.world import START, World, province

from collector.store import Point
from collector.versions import Versions
from collector.watch.network import Network
from collector.watch.periods import CATCH_UP_MS, EVERYWHERE, GRACE_MS, KEPT_MS, MAX_SITES, Periods
from collector.watch.planned import Planned
from collector.watch.spans import Spans

MINUTE = 60_000


@pytest.fixture
def network(tmp_path: Path) -> Network:
    """The province of six sites."""
    return Network(Versions(tmp_path).publish(province(), {}, 1))


def due(periods: Periods, network: Network) -> dict[int, set[str]]:
    """Which sites of which periods have rows now."""
    out: dict[int, set[str]] = {}
    for point in periods.due(network, {}, Planned([])):
        tags = dict(point.tags)
        if tags["scope"] == "site":
            out.setdefault((point.time - START) // MINUTE, set()).add(tags["site"])
    return out


def begun(network: Network) -> Periods:
    """Periods of which the first minute is over."""
    periods = Periods(60.0, None, [])
    periods.close(START + MINUTE + GRACE_MS)
    due(periods, network)
    return periods


def test_a_period_is_over_once_its_last_readings_had_their_time(network: Network) -> None:
    periods = begun(network)
    periods.close(START + 2 * MINUTE + GRACE_MS - 1)
    assert due(periods, network) == {}
    periods.close(START + 2 * MINUTE + GRACE_MS)
    assert due(periods, network) == {1: set(network.sites)}
    periods.close(START + 2 * MINUTE + GRACE_MS + 1)
    assert due(periods, network) == {}


def test_a_reading_corrects_the_periods_that_are_over_and_no_others(network: Network) -> None:
    periods = begun(network)
    periods.close(START + 3 * MINUTE + GRACE_MS)
    due(periods, network)
    periods.touch("near", (START + 90_000, START + 4 * MINUTE))
    assert due(periods, network) == {2: {"near"}, 1: {"near"}}


def test_what_corrects_an_area_or_an_element_corrects_the_sites_that_it_has_or_lies_in(network: Network) -> None:
    periods = begun(network)
    for subject, sites in (
        ("dat-mui", {"core", "agg"}),
        ("rt-east", {"east"}),
        ("pw-west", {"west"}),
        ("ca-mau", set(network.sites)),
        ("a", set()),
        ("gone", set()),
    ):
        periods.touch(subject, (START, START + 1))
        assert due(periods, network) == ({0: sites} if sites else {}), subject


def test_after_a_long_stop_the_last_hours_are_worked_out_and_noted_once_each(network: Network) -> None:
    periods = begun(network)
    periods.begun.clear()
    stopped = 48 * 60
    periods.close(START + stopped * MINUTE + GRACE_MS)
    newest = START // MINUTE + stopped - 1
    hours = CATCH_UP_MS // MINUTE
    assert periods.begun == {(newest - n, EVERYWHERE) for n in range(hours + 1)}


def test_work_of_one_tick_is_bounded_also_when_one_site_makes_an_area_be_summed_up(network: Network) -> None:
    periods = begun(network)
    periods.close(START + 5000 * MINUTE)
    while due(periods, network):
        pass
    for period in range(4000):
        periods.touch("near", (START + period * MINUTE, START + period * MINUTE))
    periods.done.clear()
    list(periods.due(network, {}, Planned([])))
    assert 0 < len(periods.done) <= MAX_SITES // 6  # each sums up the five sites beside it


def test_the_newest_periods_come_first(network: Network) -> None:
    periods = begun(network)
    periods.close(START + 9 * MINUTE + GRACE_MS)
    times = [point.time for point in periods.due(network, {}, Planned([]))]
    assert times == sorted(times, reverse=True)


def test_what_lies_before_all_that_is_remembered_is_not_worked_out_anew(network: Network) -> None:
    periods = begun(network)
    periods.begun.clear()
    periods.touch("ca-mau", (0, START + 10 * MINUTE))
    oldest = min(period for period, _ in periods.begun)
    assert oldest * MINUTE >= START + 2 * MINUTE - KEPT_MS
    assert len(periods.begun) <= KEPT_MS // MINUTE


def test_before_the_first_tick_nothing_is_over(network: Network) -> None:
    periods = Periods(60.0, None, [])
    periods.touch("near", (0, START))
    assert due(periods, network) == {}


def test_what_was_marked_again_after_it_was_done_stays_to_be_done(network: Network) -> None:
    periods = begun(network)
    periods.begun.clear()
    periods.done.clear()
    periods.touch("near", (START, START))
    due(periods, network)
    periods.touch("near", (START, START))
    first = START // MINUTE
    assert (periods.begun, periods.done) == ({(first, "near")}, set())


def test_a_clock_that_is_put_back_closes_nothing_twice(network: Network) -> None:
    periods = begun(network)
    periods.close(START - 3_600_000)
    assert due(periods, network) == {}
    periods.close(START + 2 * MINUTE + GRACE_MS)
    assert due(periods, network) == {1: set(network.sites)}


def last(world: World, device: str, period: int) -> Callable[[str], float]:
    """The newest row of a device and a minute."""

    def is_it(point: Point) -> bool:
        return point.measurement == "availability" and point.time == period and ("device", device) in point.tags

    row = dict([point for point in world.points if is_it(point)][-1].fields)
    return lambda name: float(row[name])


def test_a_correction_that_was_committed_survives_a_crash_before_the_tick(world: World) -> None:
    world.run(200)
    late = world.batch("rt-near", "timeout", world.now - 120_000)
    with world.database.together():
        world.engine.take([late], [], world.now)
    world.restart()
    world.run(2)
    assert last(world, "rt-near", (world.now - 122_000) // MINUTE * MINUTE)("down_s") > 9


def test_maintenance_of_one_device_that_is_announced_afterwards_corrects_its_site_too(world: World) -> None:
    world.down.add("rt-near")
    began = world.now
    world.run(130)
    with world.database.together():
        world.engine.plan("rt-near", began, world.now, "-")
    world.run(2)
    period = (began // MINUTE + 1) * MINUTE
    assert last(world, "rt-near", period)("maintenance_s") == 60
    rows = [dict(one.tags) | dict(one.fields) for one in world.points if one.time == period]
    site = [row for row in rows if row.get("scope") == "site" and row["site"] == "near"][-1]
    assert (site["maintenance_s"], site["down_s"]) == (60, 0)


def test_the_backlog_of_a_device_that_was_moved_corrects_the_rows_of_where_it_is_now(world: World) -> None:
    world.run(100)
    moved = [one.model_copy(update={"site": "west"}) if one.id == "rt-far" else one for one in world.inventory.devices]
    late = world.batch("rt-far", "timeout", world.now - 70_000)
    world.edit(world.inventory.model_copy(update={"devices": moved}))
    world.run(1)
    world.give(late)
    assert last(world, "rt-far", (world.now - 71_000) // MINUTE * MINUTE)("down_s") > 0


def test_maintenance_of_a_province_for_a_year_past_is_taken_at_once(world: World) -> None:
    world.run(60)
    with world.database.together():
        world.engine.plan("ca-mau", world.now - 366 * 86_400_000, world.now, "-")
    assert len(world.engine.memory.dirty()) <= KEPT_MS // MINUTE
    world.run(3)
    assert world.engine.status()["site/near"] == 1


def test_spans_of_nothing_are_all_unknown() -> None:
    assert Spans().part(0, 999).up.pairs() == []
