"""The sample: a valid inventory, the same for the same seed; a tree in each cluster, and what its story needs."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.config_file import parse
from contract.inventory import Inventory
from contract.inventory_check import check
from simulator.model.topology import cut_off, leaves
from simulator.sample.small import FIRST_PORT, small


@settings(deadline=None, max_examples=10)
@given(st.integers(1, 60), st.integers())
def test_a_sample_is_a_valid_inventory_also_as_a_file(devices: int, seed: int) -> None:
    inventory = small(devices, seed)
    loaded = parse(inventory.model_dump_json(indent=1), Inventory, "sample.yaml")
    assert loaded.value == inventory == small(devices, seed)
    assert check(loaded, {"system", "if-mib"}, {"site-power", "site-cabinet"}) == []
    assert len({(device.address, device.port) for device in inventory.devices}) == devices


def test_devices_are_spread_over_both_agents_and_listen_where_told() -> None:
    inventory = small(4, 1)
    assert {device.agent for device in inventory.devices} == {"cum-ca-mau", "cum-bac-lieu"}
    assert [device.port for device in inventory.devices] == [FIRST_PORT + n for n in range(4)]
    assert [device.port for device in small(2, 1, [7, 8]).devices] == [7, 8]


def test_what_is_made_up_says_so() -> None:
    assert all("mẫu tự sinh" in site.name for site in small(40, 1).sites)


@pytest.mark.parametrize(("devices", "ports"), [(0, None), (2, [1]), (60_000, None)])
def test_an_impossible_sample_is_refused(devices: int, ports: list[int] | None) -> None:
    with pytest.raises(ValueError, match="cannot listen"):
        small(devices, 1, ports)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 60), st.integers())
def test_the_routers_of_a_cluster_are_a_tree_behind_the_agents_one(devices: int, seed: int) -> None:
    inventory = small(devices, seed)
    for agent in inventory.agents:
        mine = {device.id for device in inventory.devices if device.agent == agent.id}
        inner = [link for link in inventory.links if set(link.ends) <= mine]
        assert len(inner) == max(0, len(mine) - 1)
        seat = {device.id for device in inventory.devices if device.site == agent.site}
        assert cut_off(inventory, seat) >= mine  # with as many links: a tree
    assert len(inventory.links) == max(0, devices - 2)
    below = {device.level for device in inventory.devices if device.id in leaves(inventory) and device.id[-2:] != "01"}
    assert below <= {"commune"}


def test_of_forty_routers_two_a_cluster_aggregate_and_each_has_many_behind_it() -> None:
    inventory = small(40, 1)
    aggregating = [device.id for device in inventory.devices if device.level == "district"]
    assert len(aggregating) == 4
    assert all(len(cut_off(inventory, {name})) > 5 for name in aggregating)


@settings(deadline=None, max_examples=10)
@given(st.integers(13, 80), st.integers())
def test_one_commune_has_one_site_whose_router_has_nothing_behind_it(devices: int, seed: int) -> None:
    inventory = small(devices, seed)
    assert Counter(site.area for site in inventory.sites)["dat-mui"] == 1
    assert "rt-dat-mui-01" in leaves(inventory)


def test_every_site_has_its_two_sensors_and_cells_of_two_or_three_sectors() -> None:
    inventory = small(40, 1)
    for site in inventory.sites:
        mark = site.id.removeprefix("tram-")
        sensors = [(sensor.id, sensor.mapping, sensor.name) for sensor in inventory.sensors if sensor.site == site.id]
        assert sensors == [(f"pw-{mark}", "site-power", site.id), (f"cab-{mark}", "site-cabinet", site.id)]
        sectors = Counter(cell.technology for cell in inventory.cells if cell.site == site.id)
        assert {"2g", "4g"} <= sectors.keys()
        assert set(sectors.values()) in ({2}, {3})
    assert {cell.site for cell in inventory.cells if cell.technology == "5g"} == {
        agent.site for agent in inventory.agents
    }


def test_every_commune_has_its_middle_in_the_province() -> None:
    for area in small(1, 1).areas:
        if area.level == "commune":
            assert area.lat is not None
            assert area.lon is not None
            assert (8.3 < area.lat < 9.7, 104.6 < area.lon < 105.9) == (True, True)
