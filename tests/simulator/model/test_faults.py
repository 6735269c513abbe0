"""Faults by chance, and the story: in order, the same by seed, and out of each other's way."""

import heapq
import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.model.faults import FIRST_S, REST_S, Kind, schedule, targets, with_generator
from simulator.model.story import CUT_S, DARK_S, story
from simulator.model.topology import cut_off, leaves
from simulator.sample.small import small


@settings(deadline=None)
@given(st.integers(), st.integers(1, 5), st.integers(2, 9), st.floats(0, 500))
def test_faults_come_in_order_one_at_a_time_per_element_and_the_same_by_seed(
    seed: int, devices: int, ports: int, busy: float
) -> None:
    names = [f"rt-{n}" for n in range(devices)]
    struck: dict[Kind, list[str]] = {"silent": names, "reboot": names, "link_down": names, "mains_cut": ["tram-1"]}
    faults = list(itertools.islice(schedule(seed, struck, ports, {"rt-0": busy}), 30))
    assert faults == list(itertools.islice(schedule(seed, struck, ports, {"rt-0": busy}), 30))
    free = dict.fromkeys([*names, "tram-1"], FIRST_S) | {"rt-0": max(busy, FIRST_S)}
    for fault in faults:
        assert fault.at_s >= round(free[fault.element], 2)
        assert fault.element in struck[fault.kind]
        assert (2 <= fault.port <= ports) == (fault.kind == "link_down")
        free[fault.element] = fault.at_s + fault.for_s
    assert [fault.at_s for fault in faults] == sorted(fault.at_s for fault in faults)


def test_without_targets_there_are_no_faults() -> None:
    assert list(schedule(1, {}, 8)) == []
    assert list(schedule(1, {"silent": []}, 8)) == []


def test_chance_strikes_no_router_that_others_are_behind_and_no_power_without_a_generator() -> None:
    inventory = small(40, 1)
    struck = targets(inventory, 8)
    assert set(struck["silent"]) == set(struck["reboot"]) == set(struck["link_down"]) == leaves(inventory)
    assert set(struck["mains_cut"]) == with_generator(inventory)
    assert targets(inventory, 1)["link_down"] == []


@settings(deadline=None, max_examples=30)
@given(st.integers(13, 40), st.integers(), st.floats(1, 20_000), st.floats(0.01, 3))
def test_the_story_cuts_the_only_site_of_a_commune_and_then_silences_a_router_with_others_behind(
    devices: int, seed: int, autonomy_s: float, pace: float
) -> None:
    inventory = small(devices, seed)
    told = story(inventory, seed, autonomy_s=autonomy_s, pace=pace)
    assert told == story(inventory, seed, autonomy_s=autonomy_s, pace=pace)
    by_kind = {fault.kind: fault for fault in told.faults}
    assert by_kind.keys() == {"mains_cut", "garbled", "silent"}
    cut, silent = by_kind["mains_cut"], by_kind["silent"]
    area = {site.id: site.area for site in inventory.sites}
    assert list(area.values()).count(area[cut.element]) == 1
    assert cut.element not in with_generator(inventory)
    assert cut.at_s == CUT_S * pace
    assert abs(cut.for_s - autonomy_s - DARK_S * pace) < 1e-6
    assert silent.at_s > cut.at_s + cut.for_s
    assert len(cut_off(inventory, {silent.element})) > 1
    assert not {agent.site for agent in inventory.agents} & {
        device.site for device in inventory.devices if device.id == silent.element
    }


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 40), st.integers())
def test_chance_keeps_off_what_the_story_plays_with_while_it_plays(devices: int, seed: int) -> None:
    inventory = small(devices, seed)
    told = story(inventory, seed, autonomy_s=12)
    chance = schedule(seed, targets(inventory, 8), 8, told.busy)
    for fault in itertools.islice(heapq.merge(chance, key=lambda fault: fault.at_s), 20):
        assert fault.at_s >= round(told.busy.get(fault.element, 0.0), 2)
    for fault in told.faults:
        if fault.kind != "garbled":
            assert told.busy[fault.element] >= fault.at_s + fault.for_s + REST_S - 1e-6


def test_a_province_of_one_router_has_no_story() -> None:
    assert [fault.kind for fault in story(small(1, 1), 1, autonomy_s=12).faults] == ["garbled"]
