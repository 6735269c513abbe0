"""Hints: a look at once and one at the end, and never a storm of polls."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from agents.hints import MAX_AHEAD_S, PAUSE_S, SPACING_S, Hints


def test_a_thousand_hints_are_two_looks_the_last_of_them_after_the_last_hint() -> None:
    hints = Hints()
    times = [hints.when("rt-1", 100 + n * 0.005) for n in range(1000)]
    planned = [at for at in times if at is not None]
    assert planned == [100.0, 100.0 + PAUSE_S]
    assert (hints.counts.followed, hints.counts.merged) == (2, 998)


def test_a_province_that_speaks_at_once_is_not_read_at_once_and_not_for_ever() -> None:
    hints = Hints()
    planned = [at for n in range(5_000) if (at := hints.when(f"d-{n}", 7.0)) is not None]
    assert planned[0] == 7.0
    assert all(b - a > SPACING_S * 0.99 for a, b in pairwise(planned))
    assert planned[-1] <= 7.0 + MAX_AHEAD_S
    assert hints.when("d-4999", 7.0 + MAX_AHEAD_S) is not None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 5)), max_size=60))
def test_after_every_hint_there_is_a_look_and_looks_keep_their_distance(steps: list[tuple[str, float]]) -> None:
    hints, now = Hints(), 1000.0
    looks: dict[str, list[float]] = {}
    for device, passes in steps:
        now += passes
        if (at := hints.when(device, now)) is not None:
            looks.setdefault(device, []).append(at)
        assert looks[device][-1] >= now - 1e-9
    for found in looks.values():
        assert all(b - a >= PAUSE_S - 1e-9 for a, b in pairwise(found))
