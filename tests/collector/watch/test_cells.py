"""The state of cells by their own reports: newer evidence of a dark site wins, what is late or over says nothing."""

from collections.abc import Callable, Mapping

import pytest
from collector.watch.world import START, World, province

from collector.intake import Accepted
from collector.watch.cells import Reports
from contract.batch import Batch, PollInfo, Row, Table, encode
from contract.inventory import Inventory
from contract.wire import pack, unpack

QUARTER_MS = 900_000
EAST = ("east-4g-0", "east-4g-1")


def reporting(*, device: str | None = None) -> Inventory:
    """The province, whose 4G cells in the east agent `a` reads in performance files, or which a device is."""
    made = province()
    update = {"device": device} if device else {"agent": "a"}
    cells = [cell.model_copy(update=update) if cell.id in EAST else cell for cell in made.cells]
    return made.model_copy(update={"cells": cells})


def report(world: World, cell: str, available_s: int, end: int, seconds: int = 900) -> Accepted:
    """What a performance file says of a cell."""
    table = Table(
        measurement="cell",
        tags=["technology"],
        fields=["reported_s", "available_s"],
        rows=[["4g", seconds, available_s]],
        times=[end],
    )
    batch = Batch(kind="pm", device=cell, time=end, assignment=world.meaning.version.id, tables=[table])
    world.seq += 1
    return Accepted("a", unpack(pack(1, world.seq, encode(batch))), batch, world.meaning, (), 0)


def both(world: World, available_s: int, end: int) -> None:
    """Both cells say the same."""
    world.give(*(report(world, cell, available_s, end) for cell in EAST))


def east(world: World) -> Mapping[str, float | int]:
    return world.last("coverage", area="nam-can", technology="4g")


@pytest.fixture
def world(make: Callable[..., World]) -> World:
    made = make(inventory=reporting())
    made.run(60)
    assert (east(made)["cells_up"], east(made)["inferred"], east(made)["cells_reported"]) == (2, 1, 0)
    return made


def test_a_cell_is_as_its_report_says_with_the_age_that_this_has(world: World) -> None:
    both(world, 900, world.now - 120_000)
    world.run(60)
    row = east(world)
    assert (row["cells_up"], row["inferred"], row["cells_reported"]) == (2, 0, 2)
    assert 120 <= row["age_s"] <= 180
    assert world.last("coverage", area="nam-can", technology="2g")["inferred"] == 1
    assert "age_s" not in world.last("coverage", area="nam-can", technology="2g")


@pytest.mark.parametrize(("available_s", "up"), [(0, 0), (9, 0), (10, 2), (899, 2)])
def test_a_cell_is_down_when_it_was_so_for_the_whole_period(world: World, available_s: int, up: int) -> None:
    both(world, available_s, world.now - 60_000)
    assert (east(world)["cells_up"], east(world)["cells_down"], east(world)["inferred"]) == (up, 2 - up, 0)


def test_a_site_that_is_seen_dark_since_overrules_what_its_cells_said_before(world: World) -> None:
    both(world, 900, world.now - 60_000)
    world.down |= {"rt-east"}
    world.run(60)
    assert (east(world)["cells_down"], east(world)["inferred"]) == (2, 1)
    world.down.clear()
    world.run(60)
    assert (east(world)["cells_up"], east(world)["inferred"]) == (2, 0)


def test_power_that_is_used_up_overrules_them_too(world: World) -> None:
    both(world, 900, world.now - 60_000)
    world.power["pw-east"] = (0, 0.0)
    world.run(30)
    assert (east(world)["cells_down"], east(world)["inferred"]) == (2, 1)


def test_a_report_that_is_newer_than_what_was_seen_of_a_dark_site_counts(world: World) -> None:
    world.down |= {"rt-east"}
    world.run(40)
    assert east(world)["cells_down"] == 2
    world.silent |= {"rt-east", "pw-east"}
    world.run(5)
    both(world, 900, world.now)
    assert (east(world)["cells_up"], east(world)["inferred"]) == (2, 0)


def test_what_we_do_not_see_is_as_its_cells_say(world: World) -> None:
    world.silent |= {"a"}
    world.run(200)
    assert east(world)["cells_unknown"] == 2
    both(world, 0, world.now - 60_000)
    assert (east(world)["cells_down"], east(world)["inferred"]) == (2, 0)


def test_a_report_counts_for_two_and_a_half_periods_and_then_the_state_is_inferred_again(world: World) -> None:
    both(world, 0, world.now - 2 * QUARTER_MS)
    assert east(world)["cells_down"] == 2
    world.run(460)
    assert (east(world)["cells_up"], east(world)["inferred"], east(world)["cells_reported"]) == (2, 1, 0)


def test_what_is_over_two_periods_old_says_nothing_of_now_and_is_counted(world: World) -> None:
    both(world, 0, world.now - 2 * QUARTER_MS - 1)
    assert (east(world)["cells_up"], east(world)["inferred"]) == (2, 1)
    assert world.engine.counts["history"] == 2


def test_the_newest_period_counts_in_whatever_order_files_come(world: World) -> None:
    both(world, 0, world.now - 60_000)
    both(world, 900, world.now - 60_000 - QUARTER_MS)
    assert east(world)["cells_down"] == 2


def test_reports_wake_nobody(world: World) -> None:
    both(world, 0, world.now - 60_000)
    world.run(120)
    assert world.told() == []


def test_a_commune_where_some_cells_report_is_inferred(world: World) -> None:
    world.give(report(world, EAST[0], 0, world.now))
    row = east(world)
    assert (row["cells_up"], row["cells_down"], row["inferred"], row["cells_reported"]) == (1, 1, 1, 1)


def test_what_is_forgotten_with_a_transaction_is_judged_anew(world: World) -> None:
    def undone() -> None:
        with world.database.together():
            world.engine.take([report(world, EAST[0], 0, world.now)], [], world.now)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()
    world.run(60)
    assert (east(world)["cells_up"], east(world)["cells_reported"]) == (2, 0)


def test_a_small_cell_says_in_its_poll_whether_it_is_in_service(make: Callable[..., World]) -> None:
    world = make(inventory=reporting(device="rt-east"))
    world.run(60)
    one = world.batch("rt-east")
    state = Table(measurement="cell", tags=["technology"], fields=["status"], rows=[["4g", 0]])
    batch = one.batch.model_copy(
        update={"time": world.now + 1, "poll": PollInfo(outcome="ok", took_ms=1), "tables": [state]}
    )
    world.now += 1
    world.give(Accepted(one.agent, one.record, batch, world.meaning, (), 0))
    assert (east(world)["cells_down"], east(world)["inferred"]) == (2, 0)


def test_a_report_of_a_later_time_is_of_now_and_forgotten_when_the_clock_is_put_back() -> None:
    reports = Reports()
    row: Row = ["4g", 900, 0]
    table = Table(
        measurement="cell", tags=["technology"], fields=["reported_s", "available_s"], rows=[row], times=[START + 5_000]
    )
    assert reports.hear(Batch(kind="pm", device="c", time=START, tables=[table]), START)
    found = reports.of("c", START)
    assert found is not None
    assert (found.at, found.is_up) == (START, False)
    reports.forget(after_ms=START - 1)
    assert reports.of("c", START) is None
