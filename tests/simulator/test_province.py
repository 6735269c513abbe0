"""The sample: a valid inventory, the same for the same seed; and the faults of its demo."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator.manager import PORTS, START, ask, device, request

from contract.config_file import parse
from contract.inventory import Inventory
from contract.inventory_check import check
from simulator import ber
from simulator.faults import FIRST_S, Fault, begin, end, schedule
from simulator.objects import IF_ENTRY, SYS_UP_TIME
from simulator.province import FIRST_PORT, sample


@settings(deadline=None, max_examples=10)
@given(st.integers(1, 60), st.integers())
def test_a_sample_is_a_valid_inventory_also_as_a_file(devices: int, seed: int) -> None:
    inventory = sample(devices, seed)
    loaded = parse(inventory.model_dump_json(indent=1), Inventory, "sample.yaml")
    assert loaded.value == inventory == sample(devices, seed)
    assert check(loaded, {"system", "if-mib"}) == []
    assert len({(device.address, device.port) for device in inventory.devices}) == devices


def test_devices_are_spread_over_both_agents_and_listen_where_told() -> None:
    inventory = sample(4, 1)
    assert {device.agent for device in inventory.devices} == {"cum-ca-mau", "cum-bac-lieu"}
    assert [device.port for device in inventory.devices] == [FIRST_PORT + n for n in range(4)]
    assert [device.port for device in sample(2, 1, [7, 8]).devices] == [7, 8]


def test_what_is_made_up_says_so() -> None:
    assert all("mẫu tự sinh" in site.name for site in sample(40, 1).sites)


@pytest.mark.parametrize(("devices", "ports"), [(0, None), (2, [1]), (60_000, None)])
def test_an_impossible_sample_is_refused(devices: int, ports: list[int] | None) -> None:
    with pytest.raises(ValueError, match="cannot listen"):
        sample(devices, 1, ports)


@settings(deadline=None)
@given(st.integers(), st.integers(1, 5), st.integers(1, 9))
def test_faults_come_in_order_one_at_a_time_per_device_and_the_same_by_seed(
    seed: int, devices: int, ports: int
) -> None:
    names = [f"rt-{n}" for n in range(devices)]
    faults = list(itertools.islice(schedule(seed, names, ports), 30))
    assert faults == list(itertools.islice(schedule(seed, names, ports), 30))
    free = dict.fromkeys(names, FIRST_S)
    for fault in faults:
        assert fault.at_s >= free[fault.device]
        assert (1 <= fault.port <= ports) == (fault.kind == "link_down")
        free[fault.device] = fault.at_s + fault.for_s
    assert [fault.at_s for fault in faults] == sorted(fault.at_s for fault in faults)


def test_a_quiet_sky_has_no_faults() -> None:
    assert list(schedule(1, ["rt-1"], 8, quiet=True)) == []


def test_a_link_that_went_down_comes_up_when_the_fault_is_over() -> None:
    router, fault, status = device(), Fault(1.0, 2.0, "rt", "link_down", PORTS), (*IF_ENTRY, 8, PORTS)
    begin(fault, router, START)
    assert ask(router, ber.GET, [status]).values == [2]
    end(fault, router, START + 200)
    assert ask(router, ber.GET, [status], at=START + 200).values == [1]


def test_silence_and_a_reboot_last_as_long_as_the_fault_says() -> None:
    asked = request(ber.GET, [(*SYS_UP_TIME, 0)])
    silent, rebooted = device(), device()
    begin(Fault(1.0, 2.0, "rt", "silent"), silent, START)
    begin(Fault(1.0, 2.0, "rt", "reboot"), rebooted, START)
    for router in (silent, rebooted):
        assert router.answer(asked, START + 199) is None
    assert ask(rebooted, ber.GET, [(*SYS_UP_TIME, 0)], at=START + 200).values == [0]
    assert ask(silent, ber.GET, [(*SYS_UP_TIME, 0)], at=START + 200).values != [0]
