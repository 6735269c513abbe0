"""The province over time: who is not heard, why, and who comes back how. The same whatever the steps."""

from collections.abc import Iterable, Iterator
from itertools import islice
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.inventory import Inventory
from simulator.model.chance import chance
from simulator.model.change import Change
from simulator.model.faults import MOMENTARY, STRIKES, Fault, Kind
from simulator.model.rates import Rates
from simulator.model.statistics import statistics
from simulator.model.story import story
from simulator.model.topology import cut_off
from simulator.model.world import BOOT_S, World
from simulator.sample.province import sample

START = 1_750_000_000.0
SMALL = sample(14, 1)
BACKBONE = "agg-ngoc-hien"  # the cape is behind it
CAPE, ROUTER = "tram-dat-mui-01", "rt-dat-mui-01"
ELEMENTS = {"site": CAPE, "device": ROUTER, "sensor": "pw-dat-mui-01", "link": "ln-dat-mui"}


def world(faults: Iterable[Fault], inventory: Inventory = SMALL, *, autonomy_s: float = 12.0) -> World:
    lasts = dict.fromkeys((site.id for site in inventory.sites), autonomy_s)
    return World(inventory, faults, START, seed=1, autonomy_s=lasts)


def until(there: World, end: float) -> Iterator[Change]:
    """Go on to `end` seconds after the start, from one change to the next."""
    while there.next_at <= START + end:
        yield from there.advance(there.next_at)


def elements(inventory: Inventory) -> list[str]:
    return [one.id for one in (*inventory.devices, *inventory.sensors)] + [cell.id for cell in inventory.cells]


def test_a_site_without_mains_sinks_goes_dark_with_all_it_has_and_boots_when_power_returns() -> None:
    there = world([Fault(12, 37, CAPE, "mains", "story")])
    cut, dark, back, powered, *started = until(there, 100)
    assert [(change.state, change.time - START) for change in (cut, dark, back, powered)] == [
        *(("mains_cut", 12), ("dark", 24), ("mains_back", 49), ("powered", 49))
    ]
    at_the_cape = {device.id for device in SMALL.devices if device.site == CAPE}
    assert {(change.element, change.state, change.time - START) for change in started} == {
        (name, "started", 49 + BOOT_S) for name in at_the_cape
    }
    assert (cut.down, back.up, powered.up) == ((), (), ())
    assert {*at_the_cape, "pw-dat-mui-01", "cab-dat-mui-01", "cell-dat-mui-01-4g-1"} <= set(dark.down)
    assert sorted(name for change in started for name in change.up) == sorted(dark.down)
    assert {change.root for change in (cut, dark, back, powered, *started)} == {f"mains:{CAPE}:12.00"}


def test_a_site_whose_mains_return_in_time_has_lost_nothing() -> None:
    there = world([Fault(12, 11, CAPE, "mains")])
    assert [change.state for change in until(there, 12)] == ["mains_cut"]
    assert there.read(CAPE, START + 18).charge == pytest.approx(0.5)
    assert [change.state for change in until(there, 100)] == ["mains_back"]


def test_a_feeder_takes_all_its_sites_and_two_cuts_of_one_site_end_with_the_later() -> None:
    inventory = sample(40, 1)
    feeder = next(site.feeder for site in inventory.sites if site.feeder)
    fed = [site.id for site in inventory.sites if site.feeder == feeder]
    there = world([Fault(1, 20, str(feeder), "mains"), Fault(5, 40, fed[0], "mains")], inventory, autonomy_s=1e6)
    first = list(until(there, 1))
    assert {change.element for change in first if change.state == "mains_cut"} == {feeder, *fed}
    list(until(there, 30))
    assert [site for site in fed if not there.read(site, START + 30).mains] == [fed[0]]
    list(until(there, 50))
    assert there.read(fed[0], START + 50).mains


@pytest.mark.parametrize("kind", ["rectifier", "cooling", "door", "flood"])
def test_of_two_faults_of_a_kind_the_end_of_the_first_does_not_undo_the_second(kind: Kind) -> None:
    once, twice = world([Fault(5, 60, CAPE, kind)]), world([Fault(1, 20, CAPE, kind), Fault(5, 60, CAPE, kind)])
    for there in (once, twice):
        list(until(there, 40))
    reading = twice.read(CAPE, START + 40)
    match kind:
        case "rectifier":
            assert not reading.rectifier_ok
        case "door":
            assert reading.door_open
        case "flood":
            assert reading.water
        case "cooling":
            hot = [there.read(CAPE, START + 3000).cabinet_celsius for there in (once, twice)]
            assert hot[0] == pytest.approx(hot[1], abs=0.1)


def test_a_generator_that_is_broken_twice_does_not_start_before_both_are_mended() -> None:
    site = next(site.id for site in SMALL.sites if site.generator)
    said = []
    for broken in ([], [Fault(1, 20, site, "generator"), Fault(5, 600, site, "generator")]):
        there = world([*broken, Fault(30, 300, site, "mains")], autonomy_s=1000.0)
        list(until(there, 100))
        said.append(there.read(site, START + 100).generator)
    assert said == ["run", "fault"]


def test_a_site_that_two_faults_cut_from_the_mains_is_counted_as_cut_once_until_the_later_ends() -> None:
    there = world([Fault(0, 1000, CAPE, "mains"), Fault(500, 1500, CAPE, "mains")], autonomy_s=1e6)
    figures = statistics(SMALL, until(there, 3000), START + 3000, 1.0)
    assert figures.saidi_min * len(SMALL.sites) == pytest.approx(2000 / 60)
    assert figures.saifi * len(SMALL.sites) == pytest.approx(1)


def test_a_silent_backbone_router_takes_what_is_behind_it_which_answers_at_once_when_it_is_back() -> None:
    behind = cut_off(SMALL, {BACKBONE})
    assert ROUTER in behind
    there = world([Fault(60, 25, BACKBONE, "silent")])
    (silent,) = until(there, 60)
    assert {device.id for device in SMALL.devices if device.id in silent.down} == behind
    sites = {device.site for device in SMALL.devices if device.id in behind}
    assert {sensor.site for sensor in SMALL.sensors if not there.heard(sensor.id)} == sites
    (answered,) = until(there, 85)
    assert answered.up == silent.down


def test_a_device_that_hangs_takes_nothing_with_it_but_itself() -> None:
    hung, answers = until(world([Fault(1, 5, BACKBONE, "hang")]), 10)
    assert hung.down == answers.up == (BACKBONE,)


def test_a_cut_fibre_of_a_ring_cuts_nobody_off_and_two_do() -> None:
    inventory = sample(80, 1)
    seats = {agent.site for agent in inventory.agents}
    ring = [link for link in inventory.links if link.ring and link.ring != "ring-core"]
    ends = {end for link in ring for end in link.ends}
    device = next(one.id for one in inventory.devices if one.id in ends and one.site not in seats)
    mine = [link.id for link in ring if device in link.ends]
    there = world([Fault(1, 50, mine[0], "fibre"), Fault(2, 10, mine[1], "fibre")], inventory)
    first, second, over, _ = until(there, 100)
    assert first.down == ()
    assert device in second.down == over.up
    assert there.signal(mine[0], START + 100) > -30


def test_a_fade_takes_the_link_only_when_it_is_deeper_than_the_margin() -> None:
    inventory = sample(80, 1)
    hop = next(link.id for link in inventory.links if link.kind == "microwave")
    there = world([Fault(1, 5, hop, "fade", number=10.0), Fault(10, 5, hop, "fade", number=70.0)], inventory)
    clear = there.signal(hop, START)
    (shallow,) = until(there, 1)
    assert there.signal(hop, START + 1) == pytest.approx(clear - 10)
    assert shallow.down == ()
    _, deep = until(there, 10)
    assert deep.down
    assert there.signal(hop, START + 10) < -90


def test_a_generator_keeps_a_site_up_and_is_told() -> None:
    there = world([Fault(1, 60, "tram-tan-thanh-01", "mains")])
    assert [(change.state, change.down) for change in until(there, 100)] == [
        *(("mains_cut", ()), ("generator_run", ()), ("mains_back", ()), ("generator_off", ()))
    ]


@pytest.mark.parametrize("kind", STRIKES)
def test_every_fault_is_told_when_it_begins_and_when_it_is_over_and_leaves_all_heard(kind: Kind) -> None:
    element = ELEMENTS[STRIKES[kind][-1]]
    there = world([Fault(1, 2, element, kind, number=50.0)], autonomy_s=1000.0)
    told = list(until(there, 100))
    mine = [change.time - START for change in told if change.element == element]
    assert next(change.element for change in told if change.root == f"{kind}:{element}:1.00") == element
    assert mine[:2] == ([1.0] if kind in MOMENTARY else [1.0, 3.0])
    assert there.active() == []
    assert all(map(there.heard, elements(SMALL)))


def test_what_is_mended_early_is_over_once() -> None:
    there = world([])
    there.begin(Fault(5, 1000, CAPE, "mains", "command"))
    assert [fault.kind for fault in there.active()] == ["mains"]
    assert [change.state for change in there.mend(CAPE, "mains", START + 9)] == ["mains_back"]
    assert there.mend(CAPE, "mains", START + 10) == []
    assert list(until(there, 2000)) == []


PROVINCE = sample(70, 3)
HASTY = Rates().times(300)


def by_chance(seed: int, count: int = 150) -> list[Fault]:
    return list(islice(chance(PROVINCE, seed, START, HASTY), count))


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 50), st.lists(st.floats(1, 20_000), min_size=1, max_size=30))
def test_any_steps_give_the_same_truth(seed: int, steps: list[float]) -> None:
    faults = by_chance(seed)
    one, other = (World(PROVINCE, faults, START, seed=seed) for _ in range(2))
    at_once = one.advance(START + sum(steps))
    now, stepwise = START, list[Change]()
    for step in steps:
        now += step
        stepwise += other.advance(now)
    stepwise += other.advance(START + sum(steps))
    assert stepwise == at_once
    assert [change.time for change in at_once] == sorted(change.time for change in at_once)


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 10_000))
def test_what_is_heard_is_what_was_told_and_in_the_end_that_is_all(seed: int) -> None:
    told = story(PROVINCE, seed, START)
    faults = sorted([*told.faults, *filter(told.leaves, by_chance(seed))], key=lambda fault: fault.at_s)
    there = World(PROVINCE, faults, START, seed=seed)
    gone: set[str] = set()
    while (at := there.next_at) < inf:
        for change in there.advance(at):
            assert not gone & set(change.down)
            assert gone >= set(change.up)
            gone = (gone | set(change.down)) - set(change.up)
    assert gone == set()
    assert all(map(there.heard, elements(PROVINCE)))
