"""What customers ask for goes to the core on some way, or nowhere: whatever links are up, nothing is lost between."""

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator.played import INVENTORY, Province

from contract.inventory import Link
from simulator.snmp import ways
from simulator.snmp.week import TICKS

ASKED = {device.id: 1e6 * n for n, device in enumerate(INVENTORY.devices, 1)}
ALL = {link.id for link in INVENTORY.links}
CORES = {device.id for device in INVENTORY.devices if ways.is_core(device)}


@pytest.fixture
def province() -> Province:
    made = Province()
    made.go(600)
    return made


def joined(up: set[str]) -> set[str]:
    """The devices that links join to the core."""
    found = set(CORES)
    while more := {end for link in INVENTORY.links if link.id in up and found & set(link.ends) for end in link.ends}:
        if more <= found:
            break
        found |= more
    return found


@settings(max_examples=60)
@given(st.sets(st.sampled_from(sorted(ALL)), max_size=40))
def test_whatever_is_cut_all_that_is_asked_for_behind_links_that_are_up_reaches_the_core(cut: set[str]) -> None:
    loads, totals = ways.loads(INVENTORY, ASKED, ALL - cut)
    there = joined(ALL - cut)
    assert sum(totals.values()) == pytest.approx(sum(ASKED[name] for name in there))
    assert not loads.keys() & cut
    through: defaultdict[str, float] = defaultdict(float, {name: ASKED[name] for name in there})
    upward = {}
    for link in INVENTORY.links:
        if load := loads.get(link.id):
            through[link.ends[1 - load.far]] += load.bps
            assert link.ends[load.far] not in upward  # one way up for each
            upward[link.ends[load.far]] = load.bps
    assert upward == pytest.approx({name: bps for name, bps in through.items() if name in there - CORES})


def rate(province: Province, link: Link) -> float:
    """What passes over a link both ways, in octets a second by the wall, as both ends agree."""
    flow = province.equipment.flows[link.id]
    first, begun = sum(flow.passed(province.ticks)), province.ticks
    province.go(1200)
    return (sum(flow.passed(province.ticks)) - first) / (province.ticks - begun) * TICKS


def test_a_ring_that_is_cut_has_its_traffic_on_the_other_way_and_back_once_it_is_mended(province: Province) -> None:
    loads, _ = ways.loads(INVENTORY, ASKED, ALL)
    closing = next(link for link in INVENTORY.links if link.id not in loads and not CORES & set(link.ends))
    used = next(link for link in INVENTORY.links if link.id in loads and link.ends[loads[link.id].far] in closing.ends)
    before = rate(province, closing)
    province.strike(used.id, "fibre", 3600.0)
    assert rate(province, used) == 0
    assert rate(province, closing) > 2 * before
    province.go(3600)
    assert rate(province, closing) == pytest.approx(before, rel=0.4)
    assert rate(province, used) > 0


def test_what_is_asked_for_behind_a_device_that_is_off_passes_nowhere_above_it(province: Province) -> None:
    district = next(link for link in INVENTORY.links if "agg-ngoc-hien" in link.ends and "agg-nam-can" in link.ends)
    before = rate(province, district)
    province.strike("mw-dat-mui-1", "device", 3600.0)
    assert rate(province, district) < 0.8 * before
    province.go(3600)
    assert rate(province, district) == pytest.approx(before, rel=0.2)
