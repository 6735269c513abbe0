"""Counters to increases: right or absent.

The elapsed time is the device's own (sysUpTime, RFC 3418), so that a missed poll or a jump of our clock loses nothing.
There is no value after a restart of the device, a counter that fell (reset, or wrapped: nobody can tell), a possible
wrap, a discontinuity (RFC 2863 ifCounterDiscontinuityTime), or a row that came back under another index. Nobody can
see a 32-bit counter go round between any two polls, in 34 s at 1 Gbit/s, which is why there are 64-bit ones.

A column of counters is kept as lists, one entry a row: what all rows have in common is compared at once, and only
where it is not so row by row.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from operator import sub

from agents.layout import Rows

TICKS_PER_S = 100
WRAP_TICKS = 2**32
# sysUpTime must advance as our clock does, or the device has restarted. What this cannot see is the restart of a device
# that had been up for less than TOLERANCE_S and a fiftieth of the time between the two polls.
TOLERANCE_S = 2.0
TOLERANCE = 0.02
SURE_32 = 2**31  # half way round: what may have gone further may have gone round
BITS_32, BITS_64 = 32, 64

Counts = Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Read:
    """A column of counters as read: a value for each row, None where none came; `sources` tells for each row which
    object it is of: BITS_32 or BITS_64 of the first choice, one more of the second; `marks` are the rows'
    discontinuity times."""

    values: Counts
    sources: bytes
    marks: list[int | None]


@dataclass(frozen=True, slots=True)
class Increase:
    """By how much each row grew, None where it is not sure, and over how many of the device's hundredths of a second:
    one number where all rows were read together."""

    amounts: Counts
    ticks: int | Sequence[int]


@dataclass(slots=True)
class _Column:
    """What was last read. `pace` is the last increase per tick, as far as it is known; only narrow columns have it."""

    rows: Rows
    values: list[int | None]
    sources: bytearray
    marks: list[int | None]
    ticks: list[int]
    pace: list[float] | None
    together: bool


class Counters:
    """The counters of one device when they were last read, each with the device's time of that."""

    def __init__(self) -> None:
        self._uptime: int | None = None
        self._mono_ms = 0
        self._ticks = 0  # the device's time since the first poll after its start, without wraps
        self._columns: dict[Hashable, _Column] = {}

    def begin(self, uptime: int | None, mono_ms: int) -> bool:
        """Begin a poll: `uptime` is sysUpTime in hundredths of a second, `mono_ms` our monotonic clock when it came.
        Returns whether the device has restarted since the last poll; of one that does not say, nobody knows."""
        restarted, passed = False, None
        if uptime is not None and self._uptime is not None:
            ours = (mono_ms - self._mono_ms) / 1000
            ticks = (uptime - self._uptime) % WRAP_TICKS  # it wraps after 497 days
            restarted = abs(ticks / TICKS_PER_S - ours) > TOLERANCE_S + TOLERANCE * ours
            passed = None if restarted else ticks
        if passed is None:
            self._columns.clear()
        self._ticks += passed or 0
        self._uptime, self._mono_ms = uptime, mono_ms
        return restarted

    def forget(self) -> None:
        """Forget all counters; the device's time goes on."""
        self._columns.clear()

    def count(self, key: Hashable, rows: Rows, now: Read) -> Increase:
        """Return by how much the column `key` grew since each of its rows was last read."""
        last = self._columns.get(key)
        if last is None:
            last = self._columns[key] = _nothing(rows)
        elif last.rows is not rows:
            last = self._columns[key] = _moved(last, rows)
        return _all_at_once(last, now, self._ticks) or _row_by_row(last, now, self._ticks)


def _nothing(rows: Rows) -> _Column:
    count = len(rows)
    return _Column(rows, [None] * count, bytearray(count), [None] * count, [0] * count, None, together=False)


def _moved(last: _Column, rows: Rows) -> _Column:
    """Return what was last read of these rows: of one that has another index by now, or another name, nothing."""
    if last.rows == rows:
        last.rows = rows
        return last
    places = {key: place for place, key in enumerate(zip(last.rows.indices, last.rows.names, strict=True))}
    new = _nothing(rows)
    new.pace = None if last.pace is None else [0.0] * len(rows)
    for place, key in enumerate(zip(rows.indices, rows.names, strict=True)):
        if (old := places.get(key)) is not None:
            new.values[place], new.marks[place] = last.values[old], last.marks[old]
            new.sources[place], new.ticks[place] = last.sources[old], last.ticks[old]
            if new.pace is not None and last.pace is not None:
                new.pace[place] = last.pace[old]
    return new


def _all_at_once(last: _Column, now: Read, ticks: int) -> Increase | None:
    """Return the increase where all rows came, of the objects that they had the last time, and none is in doubt."""
    if not last.together or last.sources != now.sources or last.marks != now.marks or None in now.values:
        return None
    elapsed = ticks - last.ticks[0]
    amounts: list[int] = list(map(sub, now.values, last.values))
    if elapsed <= 0 or min(amounts) < 0:
        return None
    if min(now.sources) < BITS_64:
        if last.pace is None or max(amounts) >= SURE_32 or max(last.pace) * elapsed >= SURE_32:
            return None
        last.pace = [amount / elapsed for amount in amounts]
    last.values = list(now.values)
    last.ticks = [ticks] * len(amounts)
    return Increase(amounts, elapsed)


def _row_by_row(last: _Column, now: Read, ticks: int) -> Increase:
    if last.pace is None and now.sources and min(now.sources) < BITS_64:
        last.pace = [0.0] * len(now.values)
    amounts: list[int | None] = [None] * len(now.values)
    elapsed = [0] * len(now.values)
    for place, value in enumerate(now.values):
        if value is None:
            continue
        before, then = last.values[place], last.ticks[place]
        same = last.sources[place] == now.sources[place]
        if before is not None and then == ticks and same:
            continue  # the device's clock stood still: what passes meanwhile belongs to the next value
        pace = last.pace[place] if last.pace is not None else 0.0
        comparable = before is not None and then < ticks and same and last.marks[place] == now.marks[place]
        last.values[place], last.ticks[place] = value, ticks
        last.sources[place], last.marks[place] = now.sources[place], now.marks[place]
        if last.pace is not None:
            last.pace[place] = pace if comparable else 0.0
        if before is None or not comparable:
            continue
        increase, passed = value - before, ticks - then
        if increase < 0 or (now.sources[place] < BITS_64 and max(increase, pace * passed) >= SURE_32):
            continue
        amounts[place], elapsed[place] = increase, passed
        if last.pace is not None:
            last.pace[place] = increase / passed
    last.together = None not in last.values and len(set(last.ticks)) == 1
    return Increase(amounts, elapsed)
