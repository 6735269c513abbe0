"""Of many points each is written or refused, whatever the database says of whole requests."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.store import Answer, Point, QueryError, Refused, Retry, Row, Stop, TooLarge, Written
from collector.write import MAX_EXTRA, Settled, write_all


class FakeStore:
    """Refuses a request with a point whose time is in `bad`, keeping the others; `limit` is its largest request."""

    horizon_s = 0.0
    linger_s = 0.0

    def __init__(self, bad: Sequence[int] = (), *, limit: int = 10**9, counts: bool = False) -> None:
        self.bad, self.limit, self.counts = set(bad), limit, counts
        self.sizes: list[int] = []
        self.kept: set[int] = set()
        self.trouble: Callable[[int], Answer | None] = lambda _: None

    def write(self, points: Sequence[Point]) -> Answer:
        self.sizes.append(len(points))
        if trouble := self.trouble(len(self.sizes)):
            return trouble
        if len(points) > self.limit:
            return TooLarge("too large")
        bad = [point.time for point in points if point.time in self.bad]
        self.kept |= {point.time for point in points} - set(bad)
        return Refused(f"partial write: bad {bad[0]} dropped={len(bad) if self.counts else 0}") if bad else Written()

    def incarnation(self) -> str | None:
        return None

    def query(self, text: str) -> list[Row]:
        raise QueryError(text)

    def close(self) -> None:
        """Nothing to close."""


def _points(count: int) -> list[Point]:
    return [Point.of("interface", (("if_name", f"{i:05}"),), (("in_bps", 1.0),), i) for i in range(count)]


def _settled(store: FakeStore, count: int, size: int = 5000) -> Settled:
    outcome = write_all(store, _points(count), size)
    assert isinstance(outcome, Settled)
    both = [*outcome.written, *(i for i, _ in outcome.refused)]
    assert sorted(both) == list(range(count)), "each point once"
    assert set(outcome.written) <= store.kept, "no point is written that the database never took"
    return outcome


def test_good_points_go_in_requests_of_bounded_size() -> None:
    store = FakeStore()
    assert _settled(store, 12_000) == Settled(tuple(range(12_000)), ())
    assert store.sizes == [5000, 5000, 2000]


def test_no_points_are_settled_without_a_request() -> None:
    store = FakeStore()
    assert _settled(store, 0) == Settled((), ())
    assert store.sizes == []


@pytest.mark.parametrize("bad", [0, 1, 2499, 2500, 3777, 4999])
def test_one_bad_point_among_5000_costs_at_most_14_requests(bad: int) -> None:
    store = FakeStore([bad])
    outcome = _settled(store, 5000)
    assert outcome.refused == ((bad, f"partial write: bad {bad} dropped=0"),)
    assert len(store.sizes) - 1 <= 14


@given(st.integers(1, 300), st.sets(st.integers(0, 299), max_size=12), st.integers(1, 120), st.booleans())
def test_exactly_the_bad_points_are_refused(count: int, bad: set[int], size: int, counts: bool) -> None:
    store = FakeStore(sorted(bad), counts=counts)
    outcome = _settled(store, count, size)
    assert [i for i, _ in outcome.refused] == sorted(i for i in bad if i < count)


def test_a_run_that_the_database_counts_is_found_at_once() -> None:
    store = FakeStore(range(5000), counts=True)
    assert len(_settled(store, 5000).refused) == 5000
    assert len(store.sizes) == 1
    store = FakeStore(range(1000, 1300), counts=True)
    assert [i for i, _ in _settled(store, 5000).refused] == list(range(1000, 1300))
    assert len(store.sizes) < 100


@pytest.mark.parametrize("step", [1, 2, 7, 40])
def test_the_cost_of_many_bad_points_is_bounded(step: int) -> None:
    store = FakeStore(range(0, 5000, step))
    outcome = _settled(store, 5000)
    assert set(range(0, 5000, step)) <= {i for i, _ in outcome.refused}
    assert len(store.sizes) <= MAX_EXTRA + 300


def test_too_large_is_halved_until_it_fits() -> None:
    store = FakeStore(limit=300)
    assert len(_settled(store, 1000).written) == 1000
    assert max(store.sizes[3:]) <= 500


def test_a_point_too_large_by_itself_is_refused() -> None:
    assert _settled(FakeStore(limit=0), 3).refused == ((0, "too large"), (1, "too large"), (2, "too large"))


@pytest.mark.parametrize("trouble", [Retry(3.0, "busy"), Stop("token")])
@pytest.mark.parametrize("at", [1, 2, 5])
def test_trouble_in_the_middle_is_the_answer_for_all(trouble: Retry | Stop, at: int) -> None:
    store = FakeStore([17])
    store.trouble = lambda number: trouble if number == at else None
    assert write_all(store, _points(100), 50) == trouble
    assert len(store.sizes) == at


def test_bad_points_of_one_time_are_found_with_few_requests_though_each_is_of_another_series() -> None:
    class Old(FakeStore):
        def write(self, points: Sequence[Point]) -> Answer:
            self.sizes.append(len(points))
            old = [point for point in points if point.time < 10]
            whole = f" dropped={len(points)}" if len(old) == len(points) else ""
            return Refused(f"the database said yes and ignored rows (small_timestamp){whole}") if old else Written()

    store = Old()
    mixed = [
        Point.of("interface", (("if_name", f"{i:05}"),), (("in_bps", 1.0),), time)
        for i in range(300)
        for time in (5, 20, 30)
    ]
    outcome = write_all(store, mixed)
    assert isinstance(outcome, Settled)
    assert {mixed[i].time for i, _ in outcome.refused} == {5}
    assert len(outcome.refused) == 300
    assert len(store.sizes) < 60
