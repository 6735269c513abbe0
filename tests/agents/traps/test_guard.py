"""A source has its share and no more, and costs the others nothing."""

from hypothesis import given
from hypothesis import strategies as st

from agents.traps.guard import Guard


def test_a_mad_source_has_its_burst_and_then_its_rate_and_the_others_have_theirs() -> None:
    guard = Guard(per_s=10, burst=50)
    mad = sum(guard.admit("mad", n / 1000) for n in range(10_000))  # 1,000 a second for 10 s
    assert 149 <= mad <= 151
    assert all(guard.admit("calm", n / 2) for n in range(20))
    assert guard.dropped == 10_000 - mad
    assert guard.let_go(10) == {"mad": 10_000 - mad}
    assert guard.let_go(11) == {}


def test_large_datagrams_count_as_several() -> None:
    guard = Guard(per_s=10, burst=50)
    assert sum(guard.admit("mad", n / 1000, 8_000) for n in range(1_000)) == 3  # of 16 each


def test_a_source_that_is_calm_again_is_forgotten() -> None:
    guard = Guard(per_s=10, burst=50)
    for n in range(100):
        guard.admit(f"192.0.2.{n}", 0.0)
    assert len(guard) == 100
    guard.let_go(60)
    assert len(guard) == 0


@given(
    st.floats(0.1, 100),
    st.integers(1, 500),
    st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 3)), max_size=200),
)
def test_no_source_ever_has_more_than_its_burst_and_rate(
    per_s: float, burst: int, steps: list[tuple[str, float]]
) -> None:
    guard, now = Guard(per_s, burst), 0.0
    admitted = dict.fromkeys("ab", 0)
    for source, passes in steps:
        now += passes
        admitted[source] += guard.admit(source, now)
        assert admitted[source] <= burst + now * per_s + 1e-6
    assert sum(admitted.values()) + guard.dropped == len(steps)
