"""A generated router over time: its counters, its faults, and that a seed says it all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator.snmp.manager import PORTS, START, ask, device, request

from simulator.snmp import ber
from simulator.snmp.ber import Oid
from simulator.snmp.device import Device
from simulator.snmp.interfaces import IF_ENTRY, IF_NUMBER, IF_X_ENTRY, NUMBERS
from simulator.snmp.plain import SPEED_BPS
from simulator.snmp.system import SYS_UP_TIME, SYSTEM

UPTIME: Oid = (*SYS_UP_TIME, 0)
COUNTERS = [
    (*column, port)
    for column, (tag, _) in NUMBERS.items()
    if tag in (ber.COUNTER32, ber.COUNTER64)
    for port in range(1, PORTS + 1)
]
WIDE = [name for name in COUNTERS if name[:-2] == IF_X_ENTRY]
STEPS = st.lists(st.integers(0, 100_000), min_size=1, max_size=8)


def numbers(router: Device, names: list[Oid], at: int) -> list[int]:
    values = ask(router, ber.GET, names, at=at).values
    return [value for value in values if isinstance(value, int)]


def everything(router: Device, at: int) -> list[tuple[Oid, int | bytes | Oid | str]]:
    return ask(router, ber.GET, list(router.mib.layout.names), at=at).varbinds


@settings(deadline=None, max_examples=30)
@given(st.integers(), st.integers(0, 10**8))
def test_the_same_seed_gives_the_same_values_and_another_seed_gives_others(seed: int, later: int) -> None:
    one, same, other = (device(s, max_size=65_000) for s in (seed, seed, seed + 1))
    one.answer(request(ber.GET, COUNTERS), START)  # having been asked before changes nothing
    assert everything(one, START + later) == everything(same, START + later) != everything(other, START + later)


@settings(deadline=None)
@given(STEPS)
def test_counters_never_fall_and_never_outrun_the_line(steps: list[int]) -> None:
    router, at = device(), START
    before = numbers(router, WIDE, at)
    for n, step in enumerate(steps):
        at += step
        router.link(1, at, up=n % 2 == 1)
        after = numbers(router, WIDE, at)
        most = step * SPEED_BPS // 8 // 100 + 1
        assert all(0 <= new - old <= most for old, new in zip(before, after, strict=True))
        before = after


@settings(deadline=None)
@given(st.integers(0, 10**8))
def test_a_32_bit_counter_is_the_low_half_of_the_64_bit_one(later: int) -> None:
    for low, high in ((10, 6), (11, 7), (16, 10), (17, 11)):
        narrow, wide = numbers(device(), [(*IF_ENTRY, low, 2), (*IF_X_ENTRY, high, 2)], START + later)
        assert narrow == wide % 2**32


def test_a_port_that_is_down_counts_nothing_and_says_since_when() -> None:
    router, names = device(), [(*IF_X_ENTRY, 6, 2), (*IF_ENTRY, 8, 2), (*IF_ENTRY, 9, 2), (*IF_ENTRY, 7, 2), UPTIME]
    router.link(2, START, up=False)
    (octets, oper, changed, admin, up_for), later = (numbers(router, names, START + n) for n in (0, 500))
    assert (oper, admin, changed) == (2, 1, up_for)
    assert later == [octets, 2, changed, 1, up_for + 500]
    router.link(2, START + 600, up=True)
    again = numbers(router, names, START + 700)
    assert again[0] > octets
    assert again[1:3] == [1, up_for + 600]


def test_after_a_reboot_uptime_and_counters_start_at_zero_and_meanwhile_there_is_silence() -> None:
    router = device()
    router.off(START)
    router.reboot(START + 300)
    assert router.answer(request(ber.GET, [UPTIME]), START + 299) is None
    assert numbers(router, [UPTIME, (*IF_ENTRY, 8, 1), *COUNTERS], START + 300) == [0, 1] + [0] * len(COUNTERS)
    assert numbers(router, [UPTIME], START + 350) == [50]


def test_silence_ends_by_itself_and_changes_nothing_else() -> None:
    router = device(max_size=65_000)
    router.silence(START + 300)
    assert router.answer(request(ber.GET, [UPTIME]), START + 299) is None
    assert everything(router, START + 300) == everything(device(max_size=65_000), START + 300)


def test_sys_up_time_wraps_after_497_days() -> None:
    router = device()
    (up_for,) = numbers(router, [UPTIME], START)
    assert numbers(router, [UPTIME], START + 2**32) == [up_for]


def test_names_keep_their_accents_and_say_that_they_are_generated() -> None:
    router = device()
    location, alias, name = ask(router, ber.GET, [(*SYSTEM, 6, 0), (*IF_X_ENTRY, 18, 1), (*IF_X_ENTRY, 1, 1)]).values
    assert isinstance(location, bytes)
    assert isinstance(alias, bytes)
    assert location.decode() == "Trạm Năm Căn 01, Xã Năm Căn (mẫu tự sinh)"
    assert alias.decode() == "Đi Đất Mũi (mẫu tự sinh)"
    assert name == b"GE0/0/1"


def test_there_are_as_many_ports_as_asked_for() -> None:
    router = device(ports=24)
    assert ask(router, ber.GET, [(*IF_NUMBER, 0), (*IF_ENTRY, 1, 24), (*IF_ENTRY, 1, 25)]).values == [
        24,
        24,
        "NoSuchInstance",
    ]
    with pytest.raises(IndexError):
        router.link(25, START, up=False)
