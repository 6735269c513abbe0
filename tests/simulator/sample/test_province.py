"""The sample: a valid inventory, the same for the same seed; its network reaches everything, and its rings protect."""

from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.watch.topology import Topology
from contract.config_file import parse
from contract.inventory import Inventory, Site
from contract.inventory_check import check
from simulator.model.topology import cut_off
from simulator.sample.facts import communes, districts
from simulator.sample.plane import Point, km
from simulator.sample.province import sample

PROFILES = {"system", "if-mib", "entity-sensor", "ups-mib"}
MAPPINGS = {path.stem for path in (Path(__file__).parents[3] / "config" / "sensors").glob("*.yaml")}


@cache
def province() -> Inventory:
    """As it is committed."""
    return sample(300, 1)


def without_link(inventory: Inventory, name: str) -> Inventory:
    return inventory.model_copy(update={"links": [link for link in inventory.links if link.id != name]})


def unreached(inventory: Inventory) -> set[str]:
    """Return the devices to which no way leads from the site of their agent."""
    site = {agent.id: agent.site for agent in inventory.agents}
    roots = {device.id for device in inventory.devices if device.site == site[device.agent]}
    reached = cut_off(inventory, roots)  # with the roots dead, all that was reached from them is cut off
    return {device.id for device in inventory.devices} - reached


def at(site: Site) -> Point:
    assert site.lat is not None
    assert site.lon is not None
    return Point(site.lat, site.lon)


@settings(deadline=None, max_examples=6)
@given(st.integers(1, 70), st.integers())
def test_a_sample_is_a_valid_inventory_also_as_a_file(sites: int, seed: int) -> None:
    inventory = sample(sites, seed)
    loaded = parse(inventory.model_dump_json(indent=1), Inventory, "sample.yaml")
    assert loaded.value == inventory == sample(sites, seed)
    assert check(loaded, PROFILES, MAPPINGS) == []
    assert len({device.address for device in inventory.devices}) == len(inventory.devices)
    assert len(inventory.sites) == sites


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 150), st.integers())
def test_every_device_is_reached_from_the_site_of_its_agent(sites: int, seed: int) -> None:
    inventory = sample(sites, seed)
    assert {device.agent for device in inventory.devices} == {agent.id for agent in inventory.agents}
    assert unreached(inventory) == set()


@settings(deadline=None, max_examples=5)
@given(st.integers(5, 300), st.integers())
def test_a_cut_of_any_one_link_of_a_ring_cuts_nothing_off(sites: int, seed: int) -> None:
    inventory = sample(sites, seed)
    rings = [link.id for link in inventory.links if link.ring]
    assert rings
    for name in rings:
        assert unreached(without_link(inventory, name)) == set(), name


def test_the_collector_sees_the_same_devices_cut_off_by_a_dead_one_as_the_simulator() -> None:
    inventory = sample(64, 1)
    topology = Topology(inventory)
    for device in inventory.devices:
        assert topology.cut_off_by({device.id}) | {device.id} == cut_off(inventory, {device.id})


def test_the_links_of_a_ring_are_one_cycle() -> None:
    ends = defaultdict(list)
    for link in province().links:
        if link.ring:
            ends[link.ring].append(link.ends)
    assert len(ends) > 6
    for links in ends.values():
        degree = Counter(end for pair in links for end in pair)
        assert set(degree.values()) == {2}
        joined, rest = set(links[0]), links[1:]
        for _ in links:
            joined |= {end for pair in rest if joined & set(pair) for end in pair}
        assert joined == degree.keys()


@settings(deadline=None, max_examples=10)
@given(st.integers(1, 100), st.integers(0, 100), st.integers())
def test_more_sites_leave_those_of_fewer_as_they_were(few: int, more: int, seed: int) -> None:
    small, large = sample(few, seed), sample(few + more, seed)
    feeders = {site.id: site.feeder for site in large.sites}
    assert [site.model_copy(update={"feeder": feeders[site.id]}) for site in small.sites] == large.sites[:few]
    assert large.cells[: len(small.cells)] == small.cells
    assert large.sensors[: len(small.sensors)] == small.sensors


def test_what_is_made_up_says_so() -> None:
    for site in province().sites:
        assert "mẫu tự sinh" in site.name
        assert "mẫu tự sinh" in str(site.contact)
    assert all("mẫu tự sinh" in str(agent.name) for agent in province().agents)


@pytest.mark.parametrize("sites", [-1, 0, 10_001])
def test_an_impossible_number_of_sites_is_refused(sites: int) -> None:
    with pytest.raises(ValueError, match="1 to 10000 sites"):
        sample(sites)


@pytest.mark.parametrize("sites", [64, 300])
def test_every_commune_has_one_router_and_one_olt_and_every_former_district_an_aggregation(sites: int) -> None:
    devices = sample(sites).devices
    names = Counter(device.id.rpartition("-")[0] if device.role == "olt" else device.id for device in devices)
    for name in communes():
        assert (names[f"rt-{name}"], names[f"olt-{name}"]) == (1, 1)
    assert sum(device.role == "olt" for device in devices) == 64
    assert Counter(device.level for device in devices) == {
        "province": 2,
        "district": len(districts()),
        "commune": len(devices) - 18,
    }


@settings(deadline=None, max_examples=5)
@given(st.integers(7, 400), st.integers())
def test_one_commune_has_one_site_and_that_one_no_generator(sites: int, seed: int) -> None:
    inventory = sample(sites, seed)
    (alone,) = [site for site in inventory.sites if site.area == "dat-mui"]
    assert not alone.generator
    behind = cut_off(inventory, {"rt-dat-mui"})
    assert {device.site for device in inventory.devices if device.id in behind} == {alone.id}


def test_sites_are_nearer_to_the_middle_of_their_commune_than_to_any_other_but_for_the_islands() -> None:
    middles = {name: commune.middle for name, commune in communes().items()}
    astray = [
        site.id
        for site in province().sites
        if min(middles, key=lambda name: km(middles[name], at(site))) != site.area
        or km(middles[site.area], at(site)) > communes()[site.area].radius_km
    ]
    assert astray == ["tram-da-bac-02", "tram-song-doc-02"]


def test_no_access_link_is_longer_than_its_commune_but_the_hop_to_the_island() -> None:
    long = {link.id for link in province().links if not link.ring and (link.length_km or 0) > 20}
    assert long == {"ln-song-doc-02"}
    assert all(link.length_km is not None and link.length_km < 70 for link in province().links)


def test_neighbours_share_a_feeder() -> None:
    feeders = Counter(site.feeder for site in province().sites)
    assert (min(feeders.values()), max(feeders.values())) == (10, 37)
    assert max(Counter(site.feeder for site in sample(1000).sites).values()) <= 40


def test_every_site_has_sensors_of_its_clusters_kind_a_router_a_power_controller_and_cells() -> None:
    inventory = province()
    sensors, roles, cells = defaultdict(list), defaultdict(set), defaultdict(set)
    for sensor in inventory.sensors:
        sensors[sensor.site].append((sensor.id, sensor.mapping, sensor.name))
    for device in inventory.devices:
        roles[device.site].add(device.role)
    for cell in inventory.cells:
        cells[cell.site].add(cell.technology)
    for site in inventory.sites:
        mark = site.id.removeprefix("tram-")
        assert sensors[site.id] in (
            [(f"pw-{mark}", "site-power", site.id), (f"cab-{mark}", "site-cabinet", site.id)],
            [(f"pw-{mark}", "site-line", site.id)],
            [(f"pw-{mark}", "site-sparkplug", site.id)],
        )
        assert {"router", "power"} <= roles[site.id]
        assert {"2g", "4g"} <= cells[site.id]
    assert {"3g", "5g"} <= set.union(*cells.values())


def test_a_microwave_hop_has_a_radio_at_both_ends() -> None:
    inventory = province()
    role = {device.id: device.role for device in inventory.devices}
    site = {device.id: device.site for device in inventory.devices}
    hops = [link.ends for link in inventory.links if link.kind == "microwave"]
    assert len(hops) > 40
    for ends in hops:
        assert {role[end] for end in ends} == {"microwave"}
        assert site[ends[0]] != site[ends[1]]
    assert len({end for ends in hops for end in ends}) == sum(one == "microwave" for one in role.values())


def test_some_speak_snmp_v3_and_all_else_v2c() -> None:
    secrets = defaultdict(set)
    for device in province().devices:
        secrets[device.credential].add((device.role, device.level))
    assert secrets["sample-v3"] == {("router", "province"), ("router", "district"), ("power", "commune")}
    assert ("power", "commune") in secrets["sample"]
