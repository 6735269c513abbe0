"""The province over time: who is silent, why, and who comes back how."""

from collections.abc import Iterable, Iterator
from itertools import islice
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator.snmp.manager import ask, request

from simulator.model.faults import Fault, Kind, schedule, targets
from simulator.model.story import story
from simulator.model.topology import cut_off
from simulator.model.world import BOOT_S, Change, World
from simulator.routers import build
from simulator.sample.small import small
from simulator.snmp import ber
from simulator.snmp.device import Device
from simulator.snmp.interfaces import IF_ENTRY
from simulator.snmp.system import SYS_UP_TIME
from simulator.snmp.week import TICKS

START = 1_800_000_000.0
UPTIME = (*SYS_UP_TIME, 0)


def province(
    faults: Iterable[Fault], *, devices: int = 14, autonomy_s: float = 12.0
) -> tuple[World, dict[str, Device]]:
    inventory = small(devices, 1)
    routers = build(inventory, int(START * TICKS), seed=1, ports=3, community="public")
    return World(inventory, routers, faults, START, seed=1, autonomy_s=autonomy_s), routers


def until(world: World, end: float) -> Iterator[Change]:
    """Go on to `end` seconds after the start, from one change to the next."""
    while world.next_at <= START + end:
        yield from world.advance(world.next_at)


def answers(router: Device, second: float) -> bool:
    return router.answer(request(ber.GET, [UPTIME]), int((START + second) * TICKS)) is not None


def uptime(router: Device, second: float) -> object:
    return ask(router, ber.GET, [UPTIME], at=int((START + second) * TICKS)).values[0]


def test_a_site_without_mains_sinks_goes_dark_with_all_it_has_and_boots_when_power_returns() -> None:
    world, routers = province([Fault(12, 37, "tram-dat-mui-01", "mains_cut")])
    router = routers["rt-dat-mui-01"]
    cut, dark, back, powered, started = until(world, 100)
    assert [change.state for change in (cut, dark, back, powered, started)] == [
        *("mains_cut", "dark", "mains_back", "powered", "started")
    ]
    assert [change.time - START for change in (cut, dark, back, powered, started)] == [12, 24, 49, 49, 49 + BOOT_S]
    assert (cut.down, back.up, powered.up) == ((), (), ())
    assert {"rt-dat-mui-01", "pw-dat-mui-01", "cab-dat-mui-01", "cell-dat-mui-01-4g-1"} <= set(dark.down)
    assert started.up == dark.down
    assert uptime(router, 49 + BOOT_S + 1) == TICKS


def test_a_site_whose_mains_return_in_time_has_lost_nothing() -> None:
    world, routers = province([Fault(12, 11, "tram-dat-mui-01", "mains_cut")])
    assert [change.state for change in until(world, 12)] == ["mains_cut"]
    assert world.read("tram-dat-mui-01", START + 18).charge == pytest.approx(0.5)
    assert [change.state for change in until(world, 100)] == ["mains_back"]
    assert answers(routers["rt-dat-mui-01"], 24)


def test_a_silent_backbone_router_takes_what_is_behind_it_which_answers_at_once_when_it_is_back() -> None:
    inventory = small(14, 1)
    backbone = next(device.id for device in inventory.devices if device.level == "district")
    behind = cut_off(inventory, {backbone})
    world, routers = province([Fault(60, 25, backbone, "silent")])
    (child, *_) = behind - {backbone}
    before = uptime(routers[child], 59)
    (silent,) = until(world, 60)
    assert {name for name in silent.down if name.startswith("rt-")} == behind
    assert all(not world.heard(f"{kind}-{name.removeprefix('rt-')}") for name in behind for kind in ("pw", "cab"))
    assert [name for name, router in routers.items() if not answers(router, 61)] == [
        name for name in routers if name in behind
    ]
    (answered,) = until(world, 85)
    assert answered.up == silent.down
    assert uptime(routers[child], 85) == int(str(before)) + 26 * TICKS


def test_a_generator_keeps_a_site_up_and_is_told() -> None:
    world, _ = province([Fault(1, 60, "tram-an-xuyen-01", "mains_cut")])
    assert [(change.state, change.down) for change in until(world, 100)] == [
        *(("mains_cut", ()), ("generator_run", ()), ("mains_back", ()), ("generator_off", ()))
    ]


@pytest.mark.parametrize(
    ("kind", "element", "states"),
    [
        ("reboot", "rt-dat-mui-01", ["reboot", "started"]),
        ("link_down", "rt-dat-mui-01", ["link_down", "link_up"]),
        ("door_open", "tram-dat-mui-01", ["door_open", "door_closed"]),
        ("garbled", "pw-dat-mui-01", ["garbled"]),
    ],
)
def test_every_fault_is_told_when_it_begins_and_when_it_is_over(kind: Kind, element: str, states: list[str]) -> None:
    world, _ = province([Fault(1, 2, element, kind, port=2 if kind == "link_down" else 0)])
    assert [change.state for change in until(world, 10)] == states
    assert world.next_at == inf


def test_a_link_that_went_down_comes_up_when_the_fault_is_over() -> None:
    world, routers = province([Fault(1, 2, "rt-dat-mui-01", "link_down", port=2)])
    router, status = routers["rt-dat-mui-01"], (*IF_ENTRY, 8, 2)
    for second, expected in ((1.0, 2), (3.0, 1)):
        list(until(world, second))
        assert ask(router, ber.GET, [status], at=int((START + second) * TICKS)).values == [expected]


def test_a_reboot_lasts_as_long_as_the_fault_says_and_starts_anew() -> None:
    world, routers = province([Fault(1, 2, "rt-dat-mui-01", "reboot")])
    list(until(world, 1))
    assert not answers(routers["rt-dat-mui-01"], 2.9)
    list(until(world, 3))
    assert uptime(routers["rt-dat-mui-01"], 3) == 0


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 30), st.integers(), st.sampled_from([0.05, 1.0, 12.0, 14_400.0]))
def test_whatever_befalls_what_is_heard_is_what_was_told_and_in_the_end_that_is_all(
    devices: int, seed: int, autonomy_s: float
) -> None:
    inventory = small(devices, seed)
    chance = islice(schedule(seed, targets(inventory, 3), 3), 40)  # also on what the story plays with
    faults = sorted([*story(inventory, seed, autonomy_s=autonomy_s).faults, *chance], key=lambda fault: fault.at_s)
    routers = build(inventory, int(START * TICKS), seed=seed, ports=3, community="public")
    world = World(inventory, routers, faults, START, seed=seed, autonomy_s=autonomy_s)
    elements = [one.id for one in (*inventory.devices, *inventory.sensors)] + [cell.id for cell in inventory.cells]
    gone: set[str] = set()
    while (at := world.next_at) < inf:
        for change in world.advance(at):
            assert not gone & set(change.down)
            assert gone >= set(change.up)
            gone = (gone | set(change.down)) - set(change.up)
        assert {name for name in elements if not world.heard(name)} == gone
        assert [router for router in routers if not answers(routers[router], at - START + 0.01)] == [
            router for router in routers if router in gone
        ]
    assert gone == set()
