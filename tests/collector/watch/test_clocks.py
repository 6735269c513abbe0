"""Clocks that are set while the watch goes on, the collector's or an agent's, wake nobody and hide nothing."""

import pytest
from collector.watch.world import World

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@pytest.mark.parametrize("step", [HOUR, -DAY])
def test_our_own_clock_that_jumps_pages_nobody_and_the_next_fault_is_paged(world: World, step: int) -> None:
    world.run(60)
    world.now += step
    world.skew = {"a": -step, "b": -step}
    world.run(60)
    world.now -= step
    world.skew = {}
    world.run(60)
    assert world.told() == []
    world.down.add("rt-near")
    world.run(60)
    assert "page" in dict(world.told())


@pytest.mark.parametrize("step", [5 * MINUTE, -HOUR, DAY])
def test_an_agents_clock_that_jumps_pages_nobody_and_the_next_fault_is_paged(world: World, step: int) -> None:
    for skew in (step, 0):
        world.skew = {"a": skew}
        world.run(60)
    assert world.told() == []
    world.down.add("rt-near")
    world.run(60)
    assert "page" in dict(world.told())
