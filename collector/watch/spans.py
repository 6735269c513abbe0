"""Availability of one element: the milliseconds in which it was seen up, and those in which it was seen down. Pure.

Each reading vouches for the time until the next one is due. Both are sets, and sets are joined: readings may arrive in
any order and any number of times and make the same picture. Where both claim a millisecond it was down; where neither
does it is unknown, which is neither uptime nor downtime. In maintenance neither counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contract.intervals import IntervalSet, Pair

GRID = 10  # parts of an interval: beats that jitter by less join without a seam
UP_HOLDS, DOWN_HOLDS = 15, 11  # parts that a reading vouches for: a missed beat is forgiven to one that was up


@dataclass(frozen=True, slots=True)
class Totals:
    """Milliseconds of a period in each state; they add up to the period."""

    up: int
    down: int
    unknown: int
    maintenance: int


class Spans:
    """Mutable; times are milliseconds since 1970 UTC."""

    __slots__ = ("down", "up")

    def __init__(self, up: IntervalSet | None = None, down: IntervalSet | None = None) -> None:
        self.up = IntervalSet() if up is None else up
        self.down = IntervalSet() if down is None else down

    def observe(self, at: int, interval_s: float, *, is_up: bool) -> Pair | None:
        """Take a reading at `at`; returns the time that it vouches for, or None when that was known. Times before 1970
        are none."""
        part = max(1, int(interval_s * 1000) // GRID)
        first = max(0, at // part * part)
        pair = first, first + part * (UP_HOLDS if is_up else DOWN_HOLDS) - 1
        known = self.up if is_up else self.down
        if known.within(*pair).pairs() == [pair]:
            return None
        known.add(*pair)
        return pair

    def trim(self, before: int) -> None:
        """Forget what is older."""
        forever = 1 << 62
        self.up, self.down = self.up.within(before, forever), self.down.within(before, forever)

    def part(self, first: int, last: int) -> "Spans":
        """Return the part of a period, in which nothing is both."""
        up, down = self.up.within(first, last), self.down.within(first, last)
        return Spans(up - down if down else up, down)


def joined(parts: Sequence[Spans]) -> Spans:
    """Return the availability of what is up while any of its parts is, and down while all are. Parts as `Spans.part`
    gives them."""
    if len(parts) == 1:
        return parts[0]
    out = Spans()
    for number, one in enumerate(parts):
        out.up |= one.up
        out.down = out.down & one.down if number else one.down
    return out


def summed(every: Iterable[Totals]) -> Totals:
    """Return the milliseconds of all together."""
    up = down = unknown = maintenance = 0
    for one in every:
        up += one.up
        down += one.down
        unknown += one.unknown
        maintenance += one.maintenance
    return Totals(up, down, unknown, maintenance)


def totals(part: Spans, first: int, last: int, maintenance: IntervalSet) -> Totals:
    """Return the milliseconds from `first` to `last`, both included, of a part of that period."""
    planned = maintenance.within(first, last) if maintenance else maintenance
    up, down = (len(part.up - planned), len(part.down - planned)) if planned else (len(part.up), len(part.down))
    return Totals(up, down, last - first + 1 - up - down - len(planned), len(planned))
