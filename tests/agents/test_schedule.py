"""When devices are polled."""

from hypothesis import given
from hypothesis import strategies as st

from agents.schedule import missed, next_beat, phase

INTERVALS = st.floats(0.5, 3600)
TIMES = st.floats(0, 1e9)


def test_phases_spread_evenly_over_the_interval() -> None:
    buckets = [0] * 20
    for n in range(2000):
        buckets[int(phase(f"rt-{n:04}", 60.0) / 3.0)] += 1
    assert min(buckets) > 60
    assert max(buckets) < 140


@given(st.text(min_size=1, max_size=63), INTERVALS)
def test_a_phase_lies_in_the_interval_and_is_always_the_same(device: str, interval_s: float) -> None:
    assert 0 <= phase(device, interval_s) < interval_s
    assert phase(device, interval_s) == phase(device, interval_s)


@given(st.floats(0, 1), INTERVALS, TIMES)
def test_the_next_beat_is_the_first_after_now_and_on_the_beat(share: float, interval_s: float, now: float) -> None:
    offset = share * interval_s
    due = next_beat(offset, interval_s, now)
    assert now < due <= now + interval_s * (1 + 1e-6) + 1e-6
    beats = (due - offset) / interval_s
    assert abs(beats - round(beats)) < 1e-3


@given(INTERVALS, TIMES, st.integers(0, 1000))
def test_beats_are_kept_whatever_a_poll_takes(interval_s: float, now: float, long: int) -> None:
    due = next_beat(0.0, interval_s, now)
    later = next_beat(0.0, interval_s, due + long * interval_s / 10)
    beats = (later - due) / interval_s
    assert abs(beats - round(beats)) < 1e-3


@given(st.integers(0, 50), st.floats(0.01, 0.99))
def test_a_beat_is_missed_when_the_poll_before_it_still_goes_on(beats: int, more: float) -> None:
    assert missed(100.0, 4.0, 100.0 + (beats + more) * 4.0) == beats
