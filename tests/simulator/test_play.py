"""What comes to pass in the model, as it is seen from outside: by the real parts, and a clock that is set."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator.played import HOUR_S, INVENTORY, SPEED, UPTIME, Province

from simulator.model.faults import Kind
from simulator.snmp.week import TICKS

STATUS = (1, 3, 6, 1, 2, 1, 2, 2, 1, 8)  # ifOperStatus
SPEED_MBPS = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 15)  # ifHighSpeed
OCTETS = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6)  # ifHCInOctets
UP, DOWN = 1, 2
HOP = next(link for link in INVENTORY.links if link.kind == "microwave")
CORE = next(link for link in INVENTORY.links if link.kind == "fibre")
SITE = "tram-dat-mui-01"
ROUTER = "rt-dat-mui-01"


@pytest.fixture
def province() -> Province:
    made = Province()
    made.go(600)
    return made


def test_a_device_that_breaks_is_silent_and_starts_anew_when_it_is_mended(province: Province) -> None:
    province.strike(ROUTER, "device")
    assert not province.answers(ROUTER)
    province.go(HOUR_S + 60)
    assert province.answers(ROUTER)
    assert province.value(ROUTER, *UPTIME) <= 60 * TICKS / SPEED + 1
    assert [change.state for change in province.told] == ["broken", "mended", "started"]


def test_a_site_that_goes_dark_is_silent_with_all_it_has_and_all_of_it_boots(province: Province) -> None:
    here = [device.id for device in INVENTORY.devices if device.site == SITE]
    province.strike(SITE, "mains", 48 * HOUR_S)
    for _ in range(48):
        province.go(HOUR_S)
        if not province.answers(ROUTER):
            break
    assert not any(map(province.answers, here))
    province.life.command(lambda now: province.world.mend(SITE, "mains", now))
    province.go(60)
    assert all(map(province.answers, here))
    assert all(province.value(name, *UPTIME) <= 60 * TICKS / SPEED + 1 for name in here)


def test_a_silent_router_silences_what_is_behind_it_and_nothing_of_it_restarts(province: Province) -> None:
    before = province.value(ROUTER, *UPTIME)
    province.strike("rt-dat-mui", "silent")
    assert not province.answers(ROUTER)
    assert province.answers("core-ca-mau")
    province.go(HOUR_S + 1)
    assert province.value(ROUTER, *UPTIME) > before


def test_a_fibre_that_is_cut_is_seen_at_both_ends_until_all_that_cuts_it_is_over(province: Province) -> None:
    def states() -> set[int]:
        return {province.value(end, *STATUS, province.port(end, CORE.id)) for end in CORE.ends}

    assert states() == {UP}
    province.strike(CORE.id, "fibre", HOUR_S)
    province.go(60)
    province.strike(CORE.id, "fibre", HOUR_S)
    assert states() == {DOWN}
    province.go(HOUR_S - 30)
    assert states() == {DOWN}
    province.go(60)
    assert states() == {UP}


def test_rain_makes_a_hop_slower_and_heavy_rain_takes_it(province: Province) -> None:
    near = HOP.ends[0]
    port = province.port(near, HOP.id)
    full = province.value(near, *SPEED_MBPS, port)
    margin = province.world.signal(HOP.id, province.life.go_on()) + 72.0
    province.strike(HOP.id, "fade", HOUR_S, margin - 1)
    assert 0 < province.value(near, *SPEED_MBPS, port) < full
    assert province.value(near, *STATUS, port) == UP
    province.go(60)
    province.strike(HOP.id, "fade", HOUR_S / 2, 10.0)
    assert province.value(near, *STATUS, port) == DOWN
    province.go(HOUR_S / 2)
    assert province.value(near, *STATUS, port) == UP
    province.go(HOUR_S)
    assert province.value(near, *SPEED_MBPS, port) == full


def test_a_port_goes_down_and_up_by_its_number_or_counted_from_the_last(province: Province) -> None:
    ports = province.equipment.devices[ROUTER].ports
    for number, port in ((2, 2), (-1, ports), (99, ports)):
        province.strike(ROUTER, "port", HOUR_S, number)
        assert province.value(ROUTER, *STATUS, port) == DOWN
        province.go(HOUR_S + 1)
        assert province.value(ROUTER, *STATUS, port) == UP


def test_counters_that_are_reset_begin_anew_while_the_device_runs_on(province: Province) -> None:
    province.go(HOUR_S)
    port = province.port(CORE.ends[0], CORE.id)
    octets, uptime = (province.value(CORE.ends[0], *oid) for oid in ((*OCTETS, port), UPTIME))
    province.strike(CORE.ends[0], "counters")
    province.go(60)
    assert province.value(CORE.ends[0], *OCTETS, port) < octets
    assert province.value(CORE.ends[0], *UPTIME) > uptime


def test_a_flood_switches_the_devices_off_only_when_it_is_high(province: Province) -> None:
    province.strike(SITE, "flood", HOUR_S, 10.0)
    assert province.answers(ROUTER)
    province.go(60)
    province.strike(SITE, "flood", HOUR_S, 40.0)
    assert not province.answers(ROUTER)
    province.go(HOUR_S + 60)
    assert province.answers(ROUTER)
    assert province.value(ROUTER, *UPTIME) <= 60 * TICKS / SPEED + 1


PROVINCE = Province()  # it takes a while to build, and goes on through all examples
STRUCK = st.sampled_from(
    [
        *[(device.id, kind) for device in INVENTORY.devices for kind in ("device", "silent", "hang", "reboot", "port")],
        *[(link.id, "fibre") for link in INVENTORY.links],
        *[(HOP.id, "fade"), (SITE, "flood"), (SITE, "mains")],
    ]
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(STRUCK, st.floats(1, HOUR_S), st.floats(1, 2 * HOUR_S)), max_size=8))
def test_whatever_comes_to_pass_a_device_answers_when_the_model_says_so_and_in_the_end_all_is_well(
    faults: list[tuple[tuple[str, Kind], float, float]],
) -> None:
    province = PROVINCE
    for (element, kind), after, lasts in faults:
        province.go(after)
        province.strike(element, kind, lasts, 60.0 if kind in ("fade", "flood") else None)
        for device in INVENTORY.devices:
            assert province.answers(device.id) == province.world.heard(device.id)
    province.go(60 * HOUR_S)
    assert all(province.answers(device.id) for device in INVENTORY.devices)
    for link in INVENTORY.links:
        assert province.world.carries(link.id)
        assert province.equipment.flows[link.id].state(province.ticks)[0]
    assert all(one.time <= other.time for one, other in pairwise(province.told))
