"""Interval sets behave as sets of integers do, and stay normal."""

import itertools
import time
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.intervals import IntervalSet

PAIRS = st.tuples(st.integers(0, 40), st.integers(0, 6)).map(lambda pair: (pair[0], pair[0] + pair[1]))
STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "one", "or", "sub", "and"]), st.lists(PAIRS, min_size=1, max_size=5))
)


def _members(pairs: list[tuple[int, int]]) -> set[int]:
    return {number for first, last in pairs for number in range(first, last + 1)}


@given(STEPS)
def test_any_sequence_of_operations_equals_that_on_a_plain_set_and_stays_normal(
    steps: list[tuple[str, list[tuple[int, int]]]],
) -> None:
    ours, model = IntervalSet(), set[int]()
    for operation, pairs in steps:
        other, members = IntervalSet(pairs), _members(pairs)
        match operation:
            case "add":
                ours.add(*pairs[0])
                model |= _members(pairs[:1])
            case "one":
                ours.add(pairs[0][0])
                model.add(pairs[0][0])
            case "or":
                ours, model = ours | other, model | members
            case "sub":
                ours, model = ours - other, model - members
            case "and":
                ours, model = ours & other, model & members
        assert list(ours) == sorted(model)
        assert len(ours) == len(model)
        assert all((number in ours) == (number in model) for number in range(50))
        found = ours.pairs()
        assert all(first <= last for first, last in found)
        assert all(before[1] + 1 < after[0] for before, after in itertools.pairwise(found))


@given(st.lists(PAIRS, max_size=8), st.randoms())
def test_sets_are_equal_when_their_members_are_whatever_the_order(pairs: list[tuple[int, int]], chance: object) -> None:
    assert IntervalSet(pairs) == IntervalSet(reversed(pairs)) == IntervalSet((n, n) for n in _members(pairs))
    assert IntervalSet(pairs) != IntervalSet([*pairs, (1000, 1000)])


@pytest.mark.parametrize(
    "pair", [(2, 1), (-1, 3), (1,), (1, 2, 3), (1, None), (None, 1), (1.5, 2), (0, True), ("0", "1"), 5, None]
)
def test_what_is_no_pair_of_numbers_is_a_value_error(pair: object) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        IntervalSet(cast("list[tuple[int, int]]", [pair]))


@pytest.mark.parametrize("backwards", [False, True])
def test_a_hundred_thousand_gaps_are_worked_with_in_time(backwards: bool) -> None:
    pairs = [(4 * n, 4 * n + 1) for n in range(100_000)]
    began = time.process_time()
    ours = IntervalSet(reversed(pairs) if backwards else pairs)
    other = IntervalSet((first + 1, last + 1) for first, last in pairs)
    assert len(ours - other) == len(ours & other) == 100_000
    assert len(ours | other) == 300_000
    assert time.process_time() - began < 5
