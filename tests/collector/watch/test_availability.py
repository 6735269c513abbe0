"""Availability adds up, and is the same whatever the order in which readings arrive and however often."""

from pathlib import Path
from tempfile import TemporaryDirectory

from collector.watch.world import INTERVAL_S, START, World
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.store import Point
from collector.watch.spans import Spans, Totals, joined, totals
from contract.intervals import IntervalSet

READINGS = st.lists(st.tuples(st.integers(0, 100_000), st.sampled_from([0.3, 2.0, 60.0]), st.booleans()), max_size=25)
PERIOD = st.tuples(st.integers(0, 120_000), st.integers(0, 60_000)).map(lambda pair: (pair[0], pair[0] + pair[1]))


def seen(readings: list[tuple[int, float, bool]]) -> Spans:
    made = Spans()
    for at, interval_s, is_up in readings:
        made.observe(at, interval_s, is_up=is_up)
    return made


@given(READINGS, st.randoms(use_true_random=False), PERIOD)
def test_any_order_and_any_repetition_of_readings_gives_the_same_seconds(
    readings: list[tuple[int, float, bool]], chance: object, period: tuple[int, int]
) -> None:
    shuffled = readings + readings[: len(readings) // 2]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = seen(readings), seen(shuffled)
    assert (one.up, one.down) == (other.up, other.down)
    nothing = IntervalSet()
    assert totals(one.part(*period), *period, nothing) == totals(other.part(*period), *period, nothing)


@given(READINGS, PERIOD, st.lists(PERIOD, max_size=3))
def test_the_states_add_up_to_the_period_and_none_is_negative(
    readings: list[tuple[int, float, bool]], period: tuple[int, int], windows: list[tuple[int, int]]
) -> None:
    found = totals(seen(readings).part(*period), *period, IntervalSet(windows))
    assert found.up + found.down + found.unknown + found.maintenance == period[1] - period[0] + 1
    assert min(found.up, found.down, found.unknown, found.maintenance) >= 0


@given(READINGS, PERIOD)
def test_what_nobody_read_is_unknown_and_what_was_read_down_is_not_up(
    readings: list[tuple[int, float, bool]], period: tuple[int, int]
) -> None:
    part = seen(readings).part(*period)
    assert not part.up & part.down
    if not readings:
        assert totals(part, *period, IntervalSet()) == Totals(0, 0, period[1] - period[0] + 1, 0)


@given(st.lists(READINGS, min_size=1, max_size=3), PERIOD)
def test_a_site_is_up_while_any_router_is_and_down_while_all_are(
    routers: list[list[tuple[int, float, bool]]], period: tuple[int, int]
) -> None:
    parts = [seen(readings).part(*period) for readings in routers]
    site = joined(parts)
    for at in range(period[0], period[1] + 1, 997):
        assert (at in site.up) == any(at in part.up for part in parts)
        assert (at in site.down) == all(at in part.down for part in parts)
    assert not site.up & site.down


def test_an_outage_is_as_long_as_from_its_first_reading_to_the_first_after_it() -> None:
    made = Spans()
    for minute in range(60):
        made.observe(minute * 60_000 + minute * 13, 60.0, is_up=not 20 <= minute < 30)
    found = totals(made.part(0, 3_599_999), 0, 3_599_999, IntervalSet())
    assert abs(found.down - 600_000) <= 12_000
    assert found.unknown == 0
    assert len(made.up.pairs()) == 2  # beats that jitter join


@settings(max_examples=12, deadline=None)
@given(st.permutations(range(36)), st.integers(0, 35))
def test_a_backlog_in_any_order_ends_in_the_same_rows_and_wakes_nobody(order: list[int], cut: int) -> None:
    """The agent is cut off for an hour; what it read comes later, shuffled, and partly twice."""

    def rows(late: list[int]) -> dict[tuple[object, ...], object]:
        with TemporaryDirectory() as folder:
            world = World(Path(folder))
            world.run(20)
            world.now += 3_600_000
            world.run(20)
            told = world.told()
            for n in late:
                at = START + 100_000 + n * 90_000
                world.give(world.batch("rt-near", "timeout" if n % 5 == 0 else "ok", at))
            world.run(20)
            assert world.told() == told
            world.close()
            return {_series(p): p.fields for p in world.points if p.measurement == "availability"}

    assert rows(order + order[:cut]) == rows(sorted(order))


def _series(point: Point) -> tuple[object, ...]:
    return point.measurement, point.tags, point.time


def test_an_agent_that_is_cut_off_makes_its_devices_unknown_and_its_backlog_corrects_that(world: World) -> None:
    world.silent.add("a")
    began = world.now
    world.run(130)
    period = (began // 60_000 + 1) * 60_000

    def row() -> dict[str, float | int]:
        found = [p for p in world.points if p.time == period and ("device", "rt-near") in p.tags]
        return dict([p for p in found if p.measurement == "availability"][-1].fields)

    assert (row()["unknown_s"], row()["down_s"]) == (60.0, 0.0)
    world.silent.clear()
    backlog = [world.batch("rt-near", "ok", at) for at in range(began, world.now, int(INTERVAL_S * 1000))]
    world.give(*reversed(backlog))
    world.run(5)
    assert (row()["up_s"], row()["unknown_s"]) == (60.0, 0.0)


def test_maintenance_that_is_announced_afterwards_corrects_the_rows(world: World) -> None:
    world.down.add("rt-near")
    began = world.now
    world.run(130)
    with world.database.together():
        world.engine.plan("song-doc", began, world.now, "-")
    world.run(5)
    period = (began // 60_000 + 1) * 60_000
    found = [p for p in world.points if p.time == period and dict(p.tags).get("device") == "rt-near"]
    assert dict([p for p in found if p.measurement == "availability"][-1].fields)["maintenance_s"] == 60.0


def test_rows_of_a_commune_are_the_sum_of_its_sites_and_those_of_the_province_of_all(world: World) -> None:
    world.run(130)
    newest = max(p.time for p in world.points if p.measurement == "availability")
    rows = [p for p in world.points if p.time == newest and p.measurement == "availability"]
    up = {
        (tags["scope"], tags.get("site", tags["area"])): dict(p.fields)["up_s"] for p in rows if (tags := dict(p.tags))
    }
    assert up["area", "dat-mui"] == up["site", "core"] + up["site", "agg"]
    assert up["area", "ca-mau"] == sum(seconds for (scope, _), seconds in up.items() if scope == "site")
