"""Each commune as a person who asks is told it: its sites, devices, service and batteries."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from collector.watch.world import World, province, said, with_controllers
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.watch.by_area import ON_BATTERY, RUNNING, AreaNow


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def areas(world: World) -> dict[str, AreaNow]:
    return {area.id: area for area in world.engine.overview(0, world.now).areas}


def test_every_area_that_has_sites_is_told_in_the_order_of_the_inventory_and_unknown_before_it_is_seen(
    world: World,
) -> None:
    world.give()
    found = areas(world)
    assert list(found) == ["dat-mui", "nam-can", "u-minh", "song-doc", "ganh"]
    assert found["dat-mui"].sites == {"unknown": 2}
    assert found["dat-mui"].devices == {"unknown": 2}
    assert found["nam-can"].services == {"2g": "unseen", "4g": "unseen"}
    assert (found["dat-mui"].agents, found["ganh"].agents) == (["a"], ["b"])


def test_a_dead_node_is_down_where_it_stands_and_what_is_behind_it_is_behind_and_has_lost_its_service(
    world: World,
) -> None:
    world.run(20)
    assert all(set(area.sites) == {"up"} and set(area.services.values()) <= {"full"} for area in areas(world).values())
    world.down |= {"rt-agg", "rt-east", "rt-west"}
    world.run(30)
    found = areas(world)
    assert found["dat-mui"].sites == {"up": 1, "down": 1}
    assert found["nam-can"].sites == found["u-minh"].sites == {"behind": 1}
    assert found["nam-can"].services == {"2g": "none", "4g": "none"}
    assert found["song-doc"].services == {"4g": "full"}


def test_a_site_is_on_battery_when_its_power_controller_says_so_and_the_first_to_go_dark_is_told(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, with_controllers("core", "agg"))
    world.run(20)
    for site, left in (("core", 90.0), ("agg", 30.0)):
        reading = said(world.batch(f"pw-ctl-{site}"), ups={"output_source": ON_BATTERY, "remaining_min": left})
        world.now += 1
        world.give(reading)
    found = areas(world)["dat-mui"]
    assert (found.on_battery, found.left_min) == (2, 30.0)
    assert areas(world)["nam-can"].on_battery == 0


def test_a_power_controller_that_lost_the_mains_runs_on_its_battery_beside_an_inverter_that_always_does(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, with_controllers("core"))
    world.run(20)
    for mains, count, left in ((1, 0, None), (0, 1, 45.0)):
        tables: dict[str, Mapping[str, float]] = {
            "ups": {"output_source": ON_BATTERY, "on_battery_s": 0.0},
            "mains": {"present": mains},
            "battery": {"remaining_min": 45.0},
        }
        world.now += 1
        world.give(said(world.batch("pw-ctl-core"), **tables))
        found = areas(world)["dat-mui"]
        assert (found.on_battery, found.left_min) == (count, left)


@pytest.mark.parametrize(("generator", "count"), [(None, 1), (0, 1), (RUNNING, 0)])
def test_without_a_power_controller_the_mains_tell_unless_a_generator_runs(
    world: World, generator: int | None, count: int
) -> None:
    world.run(20)
    tables = {"mains": {"present": 0}} | ({} if generator is None else {"generator": {"status": generator}})
    world.now += 1
    world.give(said(world.batch("pw-east"), **tables))
    found = areas(world)["nam-can"]
    assert (found.on_battery, found.left_min) == (count, None)


def test_what_can_no_longer_be_seen_runs_on_no_battery(world: World) -> None:
    world.power["pw-east"] = (0, 60.0)
    world.run(20)
    assert areas(world)["nam-can"].on_battery == 1
    world.silent |= {"pw-east"}
    world.run(60)
    assert areas(world)["nam-can"].on_battery == 0


@settings(max_examples=15, deadline=None)
@given(st.sets(st.sampled_from([device.id for device in province().devices])), st.booleans())
def test_whatever_is_down_every_site_and_device_is_counted_once(down: set[str], is_silent: bool) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder), down=set(down), silent={"a"} if is_silent else set())
        world.run(12)
        overview = world.engine.overview(0, world.now)
        world.close()
    sums = [sum(getattr(area, of).values()) for of in ("sites", "devices") for area in overview.areas]
    assert sum(sums) == len(province().sites) + len(province().devices)
    for status, count in overview.sites.items():
        assert sum(area.sites.get(status, 0) for area in overview.areas) == count
