"""Batches of cells: of a cell of the version that they name and of the agent that reads it, stored with its tags, and
read back as the page on radio says."""

import re
import time
from pathlib import Path

import pytest
from collector.kit import AGENT, OTHER_AGENT, Rig, inventory, payload, record
from servers.influxdb import InfluxDb

from collector.intake import Accepted, Held, Judged, Malformed, judge
from collector.line_protocol import lines
from collector.points import Enricher
from collector.store import Point
from contract.batch import Batch, Row, Table
from contract.catalog import load_catalog
from contract.inventory import Cell, Inventory

ROOT = Path(__file__).parents[2]
CATALOG = load_catalog(ROOT / "config" / "catalog.yaml")
QUARTER_MS = 900_000
TAGS = ("area", "technology", "site")


def cells() -> Inventory:
    """Two cells of two communes that one agent reads, and one that nobody does."""
    return inventory("dev-1").model_copy(
        update={
            "cells": [
                Cell(id="c-1", site="site-1", technology="4g", operator="mau-a", agent=AGENT, key="x"),
                Cell(id="c-2", site="site-2", technology="4g", operator="mau-b", agent=AGENT, key="y"),
                Cell(id="c-3", site="site-2", technology="4g", operator="mau-b"),
            ]
        }
    )


def access(cell: str, version: str, periods: dict[int, tuple[int, int]]) -> Batch:
    """Attempts and successes of a cell by the ends of periods; so many resource blocks are there and in use, too."""
    rows: list[Row] = [["4g", a, s, a, s, a, s, 100 * s / a if a else None] for a, s in periods.values()]
    fields = [f"{what}_{n}" for what in ("rrc", "signalling", "bearer") for n in ("attempts", "successes")]
    table = Table(
        measurement="cell_access", tags=["technology"], fields=[*fields, "rrc_pct"], rows=rows, times=list(periods)
    )
    up: list[Row] = [["4g", 900, 900 * s // a if a else 900] for a, s in periods.values()]
    state = Table(
        measurement="cell",
        tags=["technology"],
        fields=["reported_s", "available_s"],
        rows=up,
        times=list(periods),
    )
    full: list[Row] = [["4g", s, a] for a, s in periods.values()]
    names = ["dl_prb_used", "dl_prb_available"]
    load = Table(measurement="cell_load", tags=["technology"], fields=names, rows=full, times=list(periods))
    return Batch(kind="pm", device=cell, time=max(periods), assignment=version, tables=[table, state, load])


def judged(rig: Rig, now_ms: int, batch: Batch, agent: str = AGENT) -> Judged:
    return judge(agent, payload(record(batch)), rig.versions, CATALOG, now_ms)


def points(rig: Rig, now_ms: int, batch: Batch) -> list[Point]:
    one = judged(rig, now_ms, batch)
    assert isinstance(one, Accepted)
    return Enricher(rig.guard).points(one)[0]


def test_a_batch_of_a_cell_has_the_tags_of_the_cell_and_of_its_site_and_the_times_of_its_periods(
    rig: Rig, now_ms: int
) -> None:
    version = rig.publish(cells()).version.id
    found = points(rig, now_ms, access("c-2", version, {now_ms - QUARTER_MS: (10, 9), now_ms: (20, 19)}))
    assert {point.tags for point in found} == {
        (
            ("agent", AGENT),
            ("area", "dat-mui"),
            ("device", "c-2"),
            ("operator", "mau-b"),
            ("site", "site-2"),
            ("technology", "4g"),
        )
    }
    assert [(p.measurement, p.time) for p in found] == [
        (name, at) for name in ("cell_access", "cell", "cell_load") for at in (now_ms - QUARTER_MS, now_ms)
    ]


@pytest.mark.parametrize(
    ("cell", "agent", "what"), [("c-3", AGENT, "device"), ("dev-1", AGENT, "device"), ("c-1", OTHER_AGENT, "agent")]
)
def test_a_cell_that_the_agent_does_not_read_is_held(rig: Rig, now_ms: int, cell: str, agent: str, what: str) -> None:
    version = rig.publish(cells()).version.id
    one = judged(rig, now_ms, access(cell, version, {now_ms: (1, 1)}), agent)
    assert isinstance(one, Held)
    assert one.what == what


def test_a_poll_of_a_cell_is_held_for_a_cell_is_no_device(rig: Rig, now_ms: int) -> None:
    version = rig.publish(cells()).version.id
    batch = access("c-1", version, {now_ms: (1, 1)}).model_copy(update={"kind": "poll"})
    assert isinstance(judged(rig, now_ms, batch), Held)


def test_a_row_without_the_technology_is_malformed(rig: Rig, now_ms: int) -> None:
    version = rig.publish(cells()).version.id
    table = Table(measurement="cell", fields=["reported_s"], rows=[[900]], times=[now_ms])
    one = judged(rig, now_ms, Batch(kind="pm", device="c-1", time=now_ms, assignment=version, tables=[table]))
    assert isinstance(one, Malformed)
    assert "lacks the tag technology" in one.reason


def test_the_queries_of_the_page_on_radio_give_ratios_of_sums_on_a_real_database(
    rig: Rig, shared_influxdb: InfluxDb
) -> None:
    now_ms = time.time_ns() // 1_000_000
    version = rig.publish(cells()).version.id
    periods = {now_ms - QUARTER_MS: (1, 0), now_ms - 1000: (999, 998)}  # a mean of the percentages would be 50 %
    batches = [access("c-1", version, periods), access("c-2", version, {now_ms - 1000: (0, 0)})]
    made = [point for batch in batches for point in points(rig, now_ms, batch)]
    shared_influxdb.create_database("radio")
    shared_influxdb.write(lines(made).decode(), database="radio")
    page = (ROOT / "docs" / "radio.md").read_text(encoding="utf-8")
    queries = [" ".join(block.split()) for block in re.findall(r"SELECT .+?GROUP BY [\w, ]+", page, re.DOTALL)]
    assert len(queries) == 4
    for query in queries:
        rows = shared_influxdb.query(query, database="radio")
        found = [row for row in rows if row.get("area") == "nam-can" or row.get("site") == "site-1"]
        (value,) = (value for name, value in found[0].items() if name not in ("measurement", "time", *TAGS))
        share = (900 * 998 // 999) / 1800 if "reported_s" in query else 998 / 1000
        assert value == pytest.approx(100 * share ** (3 if "bearer" in query else 1), rel=1e-9), query
