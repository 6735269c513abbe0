"""What the devices say unasked, as pysnmp reads it: whose it is, what it names, and when nothing gets out."""

import pytest
from simulator.played import HOUR_S, INVENTORY, UPTIME, Province

from simulator.snmp import notice
from simulator.snmp.ber import Oid

HOP = next(link for link in INVENTORY.links if link.kind == "microwave")
CORE = next(link for link in INVENTORY.links if link.kind == "fibre")
SITE, ROUTER = "tram-dat-mui-01", "rt-dat-mui-01"
UPS = next(device.id for device in INVENTORY.devices if device.site == SITE and device.role == "power")


@pytest.fixture
def province() -> Province:
    made = Province()
    made.go(600)
    return made


def named(province: Province, device: str) -> list[Oid]:
    """The names of what a device has said, in order."""
    found = [reply.varbinds[1][1] for name, reply in province.heard if name == device]
    return [name for name in found if isinstance(name, tuple)]


def test_a_fibre_that_is_cut_is_told_by_both_ends_with_the_port_and_so_is_its_return(province: Province) -> None:
    province.strike(CORE.id, "fibre", HOUR_S)
    assert {name for name, _ in province.heard} == set(CORE.ends)
    for name, reply in province.heard:
        port = province.port(name, CORE.id)
        assert reply.names[:2] == [UPTIME, notice.SNMP_TRAP_OID]
        assert reply.values[1:] == [notice.LINK_DOWN, port, 1, 2]  # ifIndex, up by the operator's will, and down
        assert all(oid[-1] == port for oid in reply.names[2:])
    province.heard.clear()
    province.go(HOUR_S + 1)
    assert [named(province, name) for name in CORE.ends] == [[notice.LINK_UP]] * 2


def test_a_device_that_reboots_says_that_it_has_started_and_its_neighbours_that_it_was_away(province: Province) -> None:
    province.strike(ROUTER, "device", HOUR_S)
    assert named(province, ROUTER) == []
    assert {oid for name, _ in province.heard for oid in named(province, name)} <= {notice.LINK_DOWN}
    province.heard.clear()
    province.go(HOUR_S + 60)
    assert named(province, ROUTER) == [notice.COLD_START]
    (cold,) = (reply for name, reply in province.heard if name == ROUTER)
    assert cold.values[0] == 0  # sysUpTime


def test_a_ups_tells_of_its_battery_when_the_mains_go_and_that_all_is_over_when_they_return(province: Province) -> None:
    province.strike(SITE, "mains", HOUR_S / 4)
    assert named(province, UPS) == [notice.ON_BATTERY, notice.ALARM_ADDED]
    left_min = next(reply for name, reply in province.heard if name == UPS).values[2]
    assert isinstance(left_min, int)
    assert left_min > 30
    province.go(HOUR_S / 4 + 1)
    assert named(province, UPS)[2:] == [notice.ALARM_REMOVED]


def test_what_is_cut_off_says_nothing_and_does_not_say_it_later(province: Province) -> None:
    province.strike("rt-dat-mui", "silent", 2 * HOUR_S)  # all of the site is behind it
    province.heard.clear()
    province.strike(SITE, "mains", HOUR_S / 4)
    province.go(HOUR_S)
    assert province.heard == []
    province.go(2 * HOUR_S)
    assert named(province, UPS) == []


def test_a_port_that_is_taken_down_is_told_once(province: Province) -> None:
    province.strike(ROUTER, "port", HOUR_S, number=1)
    province.strike(ROUTER, "clock", 60)
    assert named(province, ROUTER) == [notice.LINK_DOWN]
