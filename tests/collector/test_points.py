"""A batch as points: tags of the version that it names, one type a field, the same points each time."""

from pathlib import Path

import pytest
from collector.kit import AGENT, CATALOG, Rig, inventory, payload, poll, record

from collector.intake import Accepted, judge
from collector.needed import NEEDED, lacks
from collector.points import Enricher
from collector.store import Point
from contract.batch import Batch, PollInfo, Table
from contract.catalog import load_catalog
from contract.inventory import Sensor


def made(rig: Rig, batch: Batch, now_ms: int) -> list[Point]:
    one = judge(AGENT, payload(record(batch)), rig.versions, CATALOG, now_ms)
    assert isinstance(one, Accepted)
    return Enricher(rig.guard).points(one)[0]


def test_a_batch_is_enriched_from_the_version_that_it_names_and_an_edit_never_retags_the_past(
    rig: Rig, now_ms: int
) -> None:
    before = poll("dev-1", rig.publish(inventory("dev-1", site="site-1")).version.id, now_ms)
    first = made(rig, before, now_ms)
    after = poll("dev-1", rig.publish(inventory("dev-1", site="site-2"), 2).version.id, now_ms)
    assert made(rig, before, now_ms) == first
    assert {dict(point.tags)["area"] for point in first} == {"nam-can"}
    assert {dict(point.tags)["area"] for point in made(rig, after, now_ms)} == {"dat-mui"}


def test_the_same_batch_gives_the_same_points_also_in_another_process(rig: Rig, now_ms: int) -> None:
    batch = poll("dev-1", rig.publish(inventory("dev-1")).version.id, now_ms, rows=5)
    first = made(rig, batch, now_ms)
    rig.restart()
    assert made(rig, batch, now_ms) == first
    assert len({(point.measurement, point.tags, point.time) for point in first}) == len(first) == 6


def test_tags_are_sorted_and_fields_have_the_types_of_the_catalog(rig: Rig, now_ms: int) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    table = Table(measurement="interface", tags=["if_name"], fields=["oper_status", "in_bps"], rows=[["a", 1, 7]])
    batch = poll("dev-1", version, now_ms).model_copy(update={"tables": [table]})
    reading = made(rig, batch, now_ms)[1]
    assert reading.fields == (("oper_status", 1), ("in_bps", 7.0))
    assert [type(value) for _, value in reading.fields] == [int, float]
    assert reading.tags == tuple(sorted(reading.tags))


def test_a_row_without_a_value_is_no_point_and_a_row_may_have_a_time_of_its_own(rig: Rig, now_ms: int) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    rows: list[list[float | int | str | None]] = [["a", None], ["b", 2.0]]
    table = Table(measurement="interface", tags=["if_name"], fields=["in_bps"], rows=rows, times=[now_ms, now_ms - 5])
    batch = poll("dev-1", version, now_ms).model_copy(update={"tables": [table], "poll": None})
    assert [(dict(p.tags)["if_name"], p.time) for p in made(rig, batch, now_ms)] == [("b", now_ms - 5)]


SHIPPED = load_catalog(Path(__file__).parents[2] / "config" / "catalog.yaml")


@pytest.mark.parametrize("name", NEEDED)
def test_a_catalog_without_what_we_make_ourselves_is_named_before_anything_is_refused(name: str) -> None:
    assert lacks(SHIPPED) == ""
    others = {other: spec for other, spec in SHIPPED.measurements.items() if other != name}
    assert lacks(SHIPPED.model_copy(update={"measurements": others})) == f"the catalog has no measurement {name}"


def test_what_is_derived_in_the_shipped_catalog_is_what_we_make() -> None:
    derived = {name: set(spec.fields) for name, spec in SHIPPED.measurements.items() if spec.derived}
    assert derived.pop("collector")  # tests/collector/test_health.py
    assert derived.pop("canary")  # tests/collector/test_proved.py
    assert derived == {name: set(fields) for name, fields in NEEDED.items() if name != "poll"}


def test_that_a_sensor_came_or_went_is_its_outcome_and_no_cost_that_nobody_had(rig: Rig, now_ms: int) -> None:
    made_of = inventory("dev-1")
    sensor = Sensor(id="s-1", site=made_of.sites[0].id, agent=AGENT, mapping="m")
    version = rig.publish(made_of.model_copy(update={"sensors": [sensor]})).version.id
    gone = PollInfo(outcome="unreachable", took_ms=0, reason="its edge node has gone (NDEATH)")
    [point] = made(rig, Batch(kind="sensor", device="s-1", time=now_ms, assignment=version, poll=gone), now_ms)
    assert (point.measurement, point.fields) == ("poll", (("outcome", 5),))
