"""Sets of batch numbers as sorted, disjoint, closed intervals: acknowledgements and the ledger are sets, not counters.

A set costs memory by its gaps, not by its members; a service that runs for a year has a handful of intervals per boot.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

Pair = tuple[int, int]


class IntervalSet:
    """A set of integers >= 0. Mutable; `add` is O(log n) plus the intervals that it joins."""

    __slots__ = ("_first", "_last")

    def __init__(self, pairs: Iterable[Iterable[int]] = ()) -> None:
        """Take closed intervals in any order, also overlapping ones.

        Raises:
            ValueError: an interval is not two integers 0 <= first <= last.
        """
        self._first: list[int] = []
        self._last: list[int] = []
        if pairs:
            for first, last in sorted(map(_pair, pairs)):  # in order each is appended; out of order costs a square
                self.add(first, last)

    def add(self, first: int, last: int | None = None) -> None:
        """Add `first` to `last`, both included; one number when `last` is left out.

        Raises:
            ValueError: not 0 <= first <= last.
        """
        if last is None:
            last = first
        if not 0 <= first <= last:
            raise ValueError(f"[{first}, {last}] is not an interval of numbers >= 0")
        if self._last and first == self._last[-1] + 1:  # most numbers come in order
            self._last[-1] = last
            return
        start = bisect_left(self._last, first - 1)  # the first interval that touches or overlaps
        stop = bisect_right(self._first, last + 1)
        if start < stop:
            first = min(first, self._first[start])
            last = max(last, self._last[stop - 1])
        self._first[start:stop] = [first]
        self._last[start:stop] = [last]

    def pairs(self) -> list[Pair]:
        """Return the intervals in order."""
        return list(zip(self._first, self._last, strict=True))

    def within(self, first: int, last: int) -> "IntervalSet":
        """Return the part from `first` to `last`, both included; costs only what lies there."""
        out = IntervalSet()
        start, stop = bisect_left(self._last, first), bisect_right(self._first, last)
        if start < stop:
            out._first, out._last = self._first[start:stop], self._last[start:stop]
            out._first[0] = max(first, out._first[0])
            out._last[-1] = min(last, out._last[-1])
        return out

    def __iter__(self) -> Iterator[int]:
        for first, last in self.pairs():
            yield from range(first, last + 1)

    def __contains__(self, number: int) -> bool:
        at = bisect_left(self._last, number)
        return at < len(self._first) and self._first[at] <= number

    def __len__(self) -> int:
        return sum(self._last) - sum(self._first) + len(self._first)

    def __bool__(self) -> bool:
        return bool(self._first)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IntervalSet) and self.pairs() == other.pairs()

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __repr__(self) -> str:
        return f"IntervalSet({self.pairs()})"

    def __or__(self, other: "IntervalSet") -> "IntervalSet":
        return IntervalSet(self.pairs() + other.pairs())

    def __sub__(self, other: "IntervalSet") -> "IntervalSet":
        out = IntervalSet()
        for first, last in self.pairs():
            at = first
            for i in range(bisect_left(other._last, first), bisect_right(other._first, last)):
                if at < other._first[i]:
                    out.add(at, other._first[i] - 1)
                at = other._last[i] + 1
            if at <= last:
                out.add(at, last)
        return out

    def __and__(self, other: "IntervalSet") -> "IntervalSet":
        return self - (self - other)


def _pair(pair: Iterable[int]) -> Pair:
    try:
        first, last = pair
    except TypeError:
        raise ValueError(f"{pair!r:.40} is not two integers") from None
    if type(first) is not int or type(last) is not int:  # from JSON; a bool is none
        raise ValueError(f"[{first!r:.40}, {last!r:.40}] is not two integers")
    return first, last
