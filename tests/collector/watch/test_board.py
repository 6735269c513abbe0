"""What is so now: coverage, service and headline of what we see and do not see, and since when."""

from pathlib import Path

import pytest
from collector.watch.world import START, World, cells, province, router, said, with_controllers
from hypothesis import given
from hypothesis import strategies as st

from collector.watch.coverage import FULL, NONE, PARTIAL, UNSEEN, CellState, Tally, cell_state, headlines, services
from collector.watch.network import Group
from collector.watch.sight import Answer
from contract.inventory import Inventory

TALLIES = st.builds(Tally, st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))


@pytest.mark.parametrize(
    ("routers", "has_power", "state"),
    [
        ([], True, "unknown"),
        ([None], True, "unknown"),
        ([None], False, "unknown"),
        (["up"], True, "up"),
        (["unclear"], True, "up"),
        (["up"], False, "down"),
        (["down"], True, "down"),
        (["down", None], True, "unknown"),
        (["down", "up"], True, "up"),
        (["down", "down"], True, "down"),
    ],
)
def test_cells_are_up_with_a_router_and_power_and_not_down_before_all_is_seen(
    routers: list[Answer | None], has_power: bool, state: CellState
) -> None:
    assert cell_state(routers, has_power=has_power) == state


@pytest.mark.parametrize(
    ("tally", "status", "share"),
    [
        (Tally(2, 0, 0), FULL, 100.0),
        (Tally(1, 1, 0), PARTIAL, 50.0),
        (Tally(1, 0, 1), PARTIAL, 100.0),
        (Tally(0, 2, 0), NONE, 0.0),
        (Tally(0, 1, 1), UNSEEN, 0.0),
        (Tally(0, 0, 2), UNSEEN, None),
    ],
)
def test_a_service_is_lost_only_when_all_of_its_cells_were_seen_lost(
    tally: Tally, status: int, share: float | None
) -> None:
    assert (tally.status, tally.share_pct) == (status, share)


@given(
    st.dictionaries(st.tuples(st.sampled_from("abc"), st.sampled_from(["3g", "4g"]), st.sampled_from("xy")), TALLIES)
)
def test_the_headline_counts_every_commune_once(given: dict[tuple[str, str, str], Tally]) -> None:
    communes = services({Group(*key): tally for key, tally in given.items()})
    for technology, line in headlines(communes).items():
        mine = [tally for (_, one), tally in communes.items() if one == technology]
        assert line.total == len(mine) == line.communes + line.lost + line.blind
        assert line.cells == sum(mine, Tally())
        assert line.cells.total == sum(t.total for (_, one, _), t in given.items() if one == technology)


def test_a_true_zero_says_zero_and_what_is_not_seen_says_nothing(world: World) -> None:
    world.down |= {"rt-east", "rt-west", "rt-near", "rt-far"}
    world.run(40)
    row = world.last("headline", technology="4g")
    assert (row["communes"], row["lost"], row["blind"], row["share_pct"]) == (0, 4, 0, 0.0)
    world.silent |= {"a", "b"}
    world.run(60)
    row = world.last("headline", technology="4g")
    assert (row.get("communes"), row["lost"], row["blind"]) == (None, 0, 4)
    assert "share_pct" not in row
    assert "age_s" not in row
    network = world.last("network")
    assert (network["sites_unknown"], network["agents_silent"]) == (6, 2)
    assert network["age_s"] == pytest.approx(60, abs=10)


def test_since_when_a_service_is_lost_survives_our_blindness_and_a_restart(world: World) -> None:
    since = int(world.last("service", technology="4g", area="song-doc")["since_ms"])
    assert since <= START + 30_000
    world.down.add("rt-near")
    world.run(40)
    lost = world.last("service", technology="4g", area="song-doc")
    assert lost["status"] == NONE
    world.silent.add("a")
    world.run(60)
    blind = world.last("service", technology="4g", area="song-doc")
    assert (blind["status"], blind["since_ms"] > lost["since_ms"]) == (UNSEEN, True)
    world.silent.clear()
    world.run(30)
    assert world.last("service", technology="4g", area="song-doc") == lost
    world.restart()
    world.run(30)
    assert world.last("service", technology="4g", area="song-doc") == lost
    world.down.clear()
    world.run(20)
    back = world.last("service", technology="4g", area="song-doc")
    assert (back["status"], back["since_ms"] > lost["since_ms"]) == (FULL, True)


def test_the_age_of_the_headline_is_that_of_routers_that_serve_cells(tmp_path: Path) -> None:
    plain = province()
    olt = router("olt-far", "far", "b").model_copy(update={"role": "olt", "interval_s": 86_400.0})
    world = World(tmp_path, inventory=plain.model_copy(update={"devices": [*plain.devices, olt]}))
    world.run(20)
    for element in ("olt-far", "rt-core"):
        world.silent.add(element)
    world.run(200)
    assert world.last("headline", technology="4g")["age_s"] <= 11
    world.close()


def two_routers(tmp_path: Path) -> World:
    """A province with a site of two routers."""
    plain = province()
    devices = [*plain.devices, router("rt-near-2", "near")]
    world = World(tmp_path, inventory=Inventory.model_validate(plain.model_copy(update={"devices": devices})))
    world.run(30)
    return world


@pytest.mark.parametrize(
    ("down", "planned", "status"),
    [
        (set(), [], 1),
        ({"rt-near"}, [], 1),
        ({"rt-near", "rt-near-2"}, [], 0),
        (set(), ["rt-near"], 1),
        ({"rt-near"}, ["rt-near"], 1),
        ({"rt-near", "rt-near-2"}, ["rt-near"], 0),
        (set(), ["rt-near", "rt-near-2"], 3),
        (set(), ["near"], 3),
        (set(), ["song-doc"], 3),
    ],
)
def test_a_site_is_as_its_best_router_is_and_in_maintenance_when_all_are(
    tmp_path: Path, down: set[str], planned: list[str], status: int
) -> None:
    world = two_routers(tmp_path)
    world.down |= down
    with world.database.together():
        for subject in planned:
            world.engine.plan(subject, world.now, world.now + 400_000, "-")
    world.run(130)
    assert world.engine.status()["site/near"] == status
    newest = max(point.time for point in world.points if point.measurement == "availability")
    rows = [dict(one.tags) | dict(one.fields) for one in world.points if one.time == newest]
    row = [row for row in rows if row.get("scope") == "site" and row["site"] == "near"][-1]
    state = {0: "down_s", 1: "up_s", 3: "maintenance_s"}[status]
    assert row[state] == pytest.approx(60, abs=1)  # availability says the same
    world.close()


@pytest.mark.parametrize(
    ("power", "silent", "status"),
    [
        ((1, 0.0), False, FULL),
        ((0, 1.0), False, FULL),
        ((0, 0.0), False, NONE),
        ((0, 0.0), True, FULL),  # its last word may be of long ago, and the router answers
    ],
)
def test_cells_of_a_site_whose_power_is_used_up_are_down_as_long_as_a_sensor_says_so(
    world: World, power: tuple[int, float], silent: bool, status: int
) -> None:
    world.power["pw-east"] = power
    world.run(15)
    if silent:
        world.silent.add("pw-east")
    world.run(60)
    assert world.last("service", technology="4g", area="nam-can")["status"] == status


@pytest.mark.parametrize(
    ("power", "down", "status"),
    [((1, 0.0), False, FULL), ((0, 1.0), False, FULL), ((0, 0.0), False, NONE), ((0, 0.0), True, FULL)],
)
def test_a_power_controller_that_is_polled_says_so_just_as_a_sensor(
    tmp_path: Path, power: tuple[int, float], down: bool, status: int
) -> None:
    world = World(tmp_path, with_controllers("east"), power={"pw-ctl-east": power})
    world.run(15)
    if down:
        world.down.add("pw-ctl-east")
    world.run(60)
    assert world.last("service", technology="4g", area="nam-can")["status"] == status
    world.close()


@pytest.mark.parametrize(
    ("volts", "status"), [(53.5, FULL), (-53.5, FULL), (40.0, NONE), (-40.0, NONE), (27.2, FULL), (12.0, NONE)]
)
def test_a_bus_that_has_fallen_below_what_its_system_needs_is_dark(tmp_path: Path, volts: float, status: int) -> None:
    world = World(tmp_path, with_controllers("east"))
    world.run(15)
    world.now += 1
    world.give(said(world.batch("pw-ctl-east"), rectifier={"volts": volts}))
    world.run(60)
    assert world.last("service", technology="4g", area="nam-can")["status"] == status
    world.close()


def test_a_clock_that_is_put_back_stops_no_rows_and_no_alerts(world: World) -> None:
    world.now -= 300_000
    before = len(world.points)
    world.run(30)
    assert len(world.points) > before
    assert world.engine.status()["device/rt-near"] == 1
    assert world.last("headline", technology="4g")["communes"] == 4
    world.down.add("rt-near")
    world.run(60)
    assert world.told() == [("page", "ca-1")]
    world.now -= 300_000
    world.run(60)
    world.down.clear()
    world.run(60)
    assert world.told() == [("page", "ca-1"), ("resolve", "ca-1")]


def test_cells_of_a_site_that_nobody_looks_at_are_unknown(tmp_path: Path) -> None:
    plain = province()
    world = World(tmp_path, inventory=plain.model_copy(update={"cells": [*plain.cells, *cells("core", ["5g"])]}))
    world.silent.add("rt-core")
    world.run(30)
    assert world.last("service", technology="5g", area="dat-mui")["status"] == UNSEEN
    world.close()
