"""Files of radio counters, as an XML parser reads them: the form of the standard, and what they say of the truth."""

import asyncio
import gzip
from pathlib import Path
from random import Random
from xml.etree import ElementTree as ET

import pytest
from agents.waiting import until
from hypothesis import given
from hypothesis import strategies as st
from simulator.played import INVENTORY

from contract.inventory import Cell
from simulator.model.change import Change
from simulator.pm import document
from simulator.pm.counters import AWAY, counters
from simulator.pm.oss import KEPT, Oss
from simulator.snmp.week import TICKS, Week

NAMES = {"": document.NAMESPACE}
START = 1_800_000_000.0
AGENT = INVENTORY.agents[0].id
CELLS = {cell.id for cell in INVENTORY.cells if cell.agent == AGENT}
WEEK = Week(int(START * TICKS), START)


def values(text: str) -> dict[str, dict[str, str]]:
    """By cell, each counter as it is written."""
    found = {}
    for info in ET.fromstring(text).iterfind(".//measInfo", NAMES):  # noqa: S314  # our own file
        names = info.findtext("measTypes", "", NAMES).split()
        for value in info.iterfind("measValue", NAMES):
            cell = value.attrib["measObjLdn"].rpartition("=")[2]
            found[cell] = dict(zip(names, value.findtext("measResults", "", NAMES).split(), strict=True))
    return found


@given(st.sampled_from(INVENTORY.cells), st.floats(0.1, 1), st.floats(0, 900), st.integers())
def test_of_what_was_tried_no_more_succeeds_and_nothing_when_the_cell_is_away(
    cell: Cell, busy: float, away_s: float, seed: int
) -> None:
    found = counters(cell, busy, 900, away_s, Random(seed))
    assert all(value >= 0 for value in found.values())
    assert found[AWAY] == round(away_s)
    pairs = [(name, name.replace("Att", "Succ")) for name in found if "Att" in name]
    pairs += [(name, name.replace("Avail", "Used")) for name in found if "PrbAvail" in name]
    assert all(found[done] <= found[tried] for tried, done in pairs)
    assert counters(cell, busy, 900, 900, Random(seed)).get("RRC.ConnEstabAtt.sum", 0) == 0


async def test_after_each_period_there_is_a_file_with_every_cell_that_is_reached(tmp_path: Path) -> None:
    unheard = set[str]()
    wall = START + 0.9
    oss = Oss(INVENTORY, lambda cell: cell not in unheard, WEEK, {AGENT: tmp_path / "pm"}, period_s=1, seed=1)
    loop = asyncio.get_running_loop()
    began = loop.time()
    running = asyncio.create_task(oss.run(lambda: wall + loop.time() - began))
    gone, back = sorted(CELLS)[:2]
    oss.take(Change(0, "x", "dark", "y", down=(gone, back)), wall + 0.1)
    oss.take(Change(0, "x", "powered", "y", up=(back,)), wall + 0.6)
    unheard.add(gone)
    await until(lambda: len(list((tmp_path / "pm").glob("*"))) >= 3)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    first, second, *_ = sorted((tmp_path / "pm").glob("*.xml.gz"))
    assert first.name == f"A20270115.080000+0000-080001+0000_{AGENT}.xml.gz"
    found = values(gzip.decompress(second.read_bytes()).decode())
    assert found.keys() == CELLS - {gone}
    assert len(list((tmp_path / "pm").glob("*"))) <= KEPT


def test_the_time_for_which_a_cell_was_away_is_that_of_the_period(tmp_path: Path) -> None:
    oss = Oss(INVENTORY, lambda _: True, WEEK, {AGENT: tmp_path}, period_s=900, seed=1)
    cell = min(CELLS)
    oss.take(Change(0, "x", "dark", "y", down=(cell,)), START + 100)
    oss.take(Change(0, "x", "powered", "y", up=(cell,)), START + 400)
    text = oss.files(START, START + 900)[AGENT]
    assert values(text)[cell][AWAY] == "300"
    assert values(oss.files(START + 900, START + 1800)[AGENT])[cell][AWAY] == "0"
    assert f'endTime="{"2027-01-15T08:15:00Z"}"' in text
