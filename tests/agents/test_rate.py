"""Counters to rates: exact or absent, whatever the device and the network do."""

from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.layout import Rows
from agents.rate import BITS_32, BITS_64, Counters, Increase, Read

KEY = 7
BITS = {32: BITS_32, 64: BITS_64}


@dataclass(frozen=True)
class Count:
    """One counter as read, in a row with a name and an index; `choice` 1 is the second object for it."""

    value: int | None
    bits: int = 64
    index: int = 3
    discontinuity: int | None = 0
    name: str = "GE0/0/1"
    choice: int = 0


count = Count


def read(counters: Counters, seconds: float, *all_of: Count, ours: float | None = None) -> tuple[int, float] | None:
    """One poll, so many seconds after the device's start. Return what is known of the first row."""
    mono = seconds if ours is None else ours
    counters.begin(int(seconds * 100) % 2**32, int(mono * 1000))
    return first(counted(counters, *all_of))


def counted(counters: Counters, *all_of: Count) -> Increase:
    """Count rows of a poll that has begun."""
    rows = Rows(tuple((one.index,) for one in all_of), tuple((one.name,) for one in all_of))
    now = Read(
        [one.value for one in all_of],
        bytes(BITS[one.bits] + one.choice for one in all_of),
        [one.discontinuity for one in all_of],
    )
    return counters.count(KEY, rows, now)


def first(increase: Increase) -> tuple[int, float] | None:
    """The increase and the seconds of the first row."""
    return at(increase, 0)


def at(increase: Increase, place: int) -> tuple[int, float] | None:
    """The increase and the seconds of one row."""
    amount = increase.amounts[place]
    ticks = increase.ticks if isinstance(increase.ticks, int) else increase.ticks[place]
    return None if amount is None else (amount, ticks / 100)


def test_the_increase_is_over_the_devices_own_time() -> None:
    counters = Counters()
    assert read(counters, 1000, count(5000)) is None
    assert read(counters, 1010.5, count(5700), ours=1010.9) == (700, 10.5)


def test_a_missed_poll_loses_nothing_of_64_bits() -> None:
    counters = Counters()
    read(counters, 1000, count(0))
    read(counters, 1010, count(10**12))
    assert read(counters, 1060, count(7 * 10**12)) == (6 * 10**12, 50.0)


def test_sys_up_time_may_wrap() -> None:
    counters, wrap = Counters(), 2**32 / 100
    read(counters, wrap - 5, count(100))
    assert read(counters, wrap + 5, count(300)) == (200, 10.0)


def test_there_is_no_value_after_a_restart() -> None:
    counters = Counters()
    read(counters, 100_000, count(5), ours=100)
    assert read(counters, 3, count(9), ours=110) is None
    assert read(counters, 13, count(19), ours=120) == (10, 10.0)


def test_a_restart_is_noticed_though_the_new_uptime_is_the_larger_one() -> None:
    counters = Counters()
    read(counters, 60, count(1000), ours=100)
    assert read(counters, 400, count(9000), ours=800) is None


def test_there_is_no_value_while_the_uptime_is_unknown_and_right_after() -> None:
    counters = Counters()
    read(counters, 100, count(1))
    counters.begin(None, 110_000)
    assert first(counted(counters, count(2))) is None
    assert read(counters, 120, count(3)) is None
    assert read(counters, 130, count(4)) == (1, 10.0)


def test_what_passes_while_the_devices_clock_stands_still_belongs_to_the_next_value() -> None:
    counters = Counters()
    read(counters, 100, count(10))
    assert read(counters, 100, count(20), ours=101) is None
    assert read(counters, 102, count(30), ours=102) == (20, 2.0)


def test_there_is_no_value_where_the_row_may_not_be_compared() -> None:
    changes = (
        count(200, index=4),  # renumbered ifIndex
        count(200, name="GE0/0/2"),  # another interface under the same ifIndex
        count(200, discontinuity=77),
        count(200, discontinuity=None),
        count(200, bits=32),
        count(200, choice=1),  # another object
        count(50),  # reset
    )
    for changed in changes:
        counters = Counters()
        read(counters, 100, count(100))
        assert read(counters, 110, changed) is None
        assert changed.value is not None
        assert read(counters, 120, replace(changed, value=changed.value + 7)) == (7, 10.0)


def test_a_row_in_doubt_takes_nothing_from_the_others() -> None:
    counters = Counters()
    rows = [count(100 * n, index=n, name=f"GE0/0/{n}") for n in range(1, 6)]
    read(counters, 100, *rows)
    changed = [replace(one, value=1000 * one.index) for one in rows]
    changed[2] = replace(changed[2], discontinuity=9)
    changed[3] = replace(changed[3], value=None)
    read(counters, 110, *changed)
    again = [replace(one, value=2000 * one.index) for one in rows]
    again[2] = replace(again[2], discontinuity=9)
    counters.begin(12_000, 120_000)
    found = counted(counters, *again)
    assert [at(found, place) for place in range(5)] == [
        (1000, 10.0),
        (2000, 10.0),
        (3000, 10.0),
        (7600, 20.0),  # over both polls: nothing is lost
        (5000, 10.0),
    ]


def test_the_others_keep_their_values_when_rows_come_and_go() -> None:
    counters = Counters()
    read(counters, 100, count(1, index=1, name="a"), count(2, index=2, name="b"), count(3, index=3, name="c"))
    counters.begin(11_000, 110_000)
    found = counted(counters, count(12, index=2, name="b"), count(13, index=3, name="d"), count(14, index=9, name="e"))
    assert [at(found, place) for place in range(3)] == [(10, 10.0), None, None]


def test_a_device_that_has_restarted_says_so() -> None:
    counters = Counters()
    assert not counters.begin(100_000, 0)
    assert not counters.begin(101_000, 10_000)
    assert counters.begin(300, 20_000)
    assert not counters.begin(None, 30_000)


def test_a_cleared_32_bit_counter_is_no_spike_even_in_its_upper_half() -> None:
    counters = Counters()
    read(counters, 100, count(3_000_000_000, bits=32))
    assert read(counters, 110, count(5, bits=32)) is None


def test_a_32_bit_counter_that_may_have_gone_round_while_polls_were_missed_has_no_value() -> None:
    counters, pace = Counters(), 100_000_000
    for second in (100, 110):
        read(counters, second, count(second * pace % 2**32, bits=32))
    assert read(counters, 200, count(200 * pace % 2**32, bits=32)) is None
    assert read(counters, 210, count(210 * pace % 2**32, bits=32)) == (10 * pace, 10.0)


@dataclass
class Device:
    """A counter that grows at a pace of its own, wraps, and restarts with its device. Seconds."""

    bits: int
    now: float = 5000.0
    booted: float = 0.0
    total: float = 0.0

    def grow(self, seconds: float, pace: float) -> None:
        self.now += seconds
        self.total += seconds * pace

    @property
    def shown(self) -> int:
        return int(self.total) % (1 << self.bits)


Steps = list[tuple[str, float, float]]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["poll", "poll", "poll", "missed", "reboot", "agent restart", "our clock jumps"]),
        st.floats(8, 12),
        st.floats(0.7, 1.3),
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([32, 64]), st.floats(1, 1.2e8), st.floats(0, 2.0**32), STEPS)
def test_a_value_is_exact_or_absent(
    bits: int, pace: float, start: float, steps: list[tuple[str, float, float]]
) -> None:
    device, counters, skew = Device(bits, total=start), Counters(), 0.0
    last: tuple[float, float, float] | None = None  # when, total and boot of the last reading
    paced = False
    for step, seconds, share in steps:
        device.grow(seconds, pace * share)
        if step == "missed":
            continue
        if step == "reboot":
            device.booted, device.total, paced = device.now - 4, 4 * pace, False
        if step == "agent restart":
            counters, last, paced = Counters(), None, False
        if step == "our clock jumps":
            skew, paced = skew + 500, False  # the machine slept
        got = read(counters, device.now - device.booted, count(device.shown, bits), ours=device.now + skew)
        if bits == 32 and not paced and last is not None and device.total - last[1] >= 2**32:
            return  # nobody can see it go round before its pace is known
        if got is not None:
            paced = True
            assert last is not None
            then, total, booted = last
            assert booted == device.booted
            assert got[0] == int(device.total) - int(total)
            assert abs(got[1] - (device.now - then)) <= 0.011
        last = device.now, device.total, device.booted
