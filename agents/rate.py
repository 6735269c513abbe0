"""Counters to increases: right or absent.

The elapsed time is the device's own (sysUpTime, RFC 3418), so that a missed poll or a jump of our clock loses nothing.
There is no value after a restart of the device, a counter that fell (reset, or wrapped: nobody can tell), a possible
wrap, a discontinuity (RFC 2863 ifCounterDiscontinuityTime), or a row that came back under another index. Nobody can
see a 32-bit counter go round between any two polls, in 34 s at 1 Gbit/s, which is why there are 64-bit ones.

A column of counters is kept as lists, one entry a row: what all rows have in common is compared at once, and only
where it is not so row by row.
"""

from collections.abc import Sequence
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
    """What was last read; `ticks` is one number where all rows were read together. `pace` is the last increase per
    tick, as far as it is known; only narrow columns have it."""

    rows: Rows
    values: Counts
    sources: bytes
    marks: list[int | None]
    ticks: int | list[int]
    pace: list[float] | None


class Counters:
    """The counters of one device when they were last read, each with the device's time of that."""

    __slots__ = ("_columns", "_mono_ms", "_ticks", "_uptime")

    def __init__(self) -> None:
        self._uptime: int | None = None
        self._mono_ms = 0
        self._ticks = 0  # the device's time since the first poll after its start, without wraps
        self._columns: dict[int, _Column] = {}

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

    def count(self, key: int, rows: Rows, now: Read) -> Increase:
        """Return by how much the column `key` grew since each of its rows was last read."""
        last = self._columns.get(key)
        if last is None:
            last = self._columns[key] = _nothing(rows)
        elif last.rows is not rows:
            last = self._columns[key] = _moved(last, rows)
        return _all_at_once(last, now, self._ticks) or _row_by_row(last, now, self._ticks)


def _nothing(rows: Rows) -> _Column:
    count = len(rows)
    return _Column(rows, [None] * count, bytes(count), [None] * count, [0] * count, None)


def _moved(last: _Column, rows: Rows) -> _Column:
    """Return what was last read of these rows: of one that has another index by now, or another name, nothing."""
    if last.rows == rows:
        last.rows = rows
        return last
    places = {key: place for place, key in enumerate(zip(last.rows.indices, last.rows.names, strict=True))}
    olds = [places.get(key) for key in zip(rows.indices, rows.names, strict=True)]
    ticks = _each(last)
    return _Column(
        rows,
        [None if old is None else last.values[old] for old in olds],
        bytes(0 if old is None else last.sources[old] for old in olds),
        [None if old is None else last.marks[old] for old in olds],
        [0 if old is None else ticks[old] for old in olds],
        last.pace and [0.0 if old is None else last.pace[old] for old in olds],
    )


def _each(last: _Column) -> list[int]:
    return [last.ticks] * len(last.values) if isinstance(last.ticks, int) else last.ticks


def _all_at_once(last: _Column, now: Read, ticks: int) -> Increase | None:
    """Return the increase where all rows came, of the objects that they had the last time, and none is in doubt."""
    if not isinstance(last.ticks, int) or last.sources != now.sources or last.marks != now.marks or None in now.values:
        return None
    elapsed = ticks - last.ticks
    amounts: list[int] = list(map(sub, now.values, last.values))
    if elapsed <= 0 or min(amounts) < 0:
        return None
    if min(now.sources) < BITS_64:
        if last.pace is None or max(amounts) >= SURE_32 or max(last.pace) * elapsed >= SURE_32:
            return None
        last.pace = [amount / elapsed for amount in amounts]
    last.values, last.ticks = now.values, ticks
    return Increase(amounts, elapsed)


def _row_by_row(last: _Column, now: Read, ticks: int) -> Increase:
    count = len(now.values)
    values, sources, marks, times = list(last.values), bytearray(last.sources), list(last.marks), list(_each(last))
    paces = last.pace or [0.0] * count
    amounts: list[int | None] = [None] * count
    elapsed = [0] * count
    for place, value in enumerate(now.values):
        if value is None:
            continue
        before, then = values[place], times[place]
        same = sources[place] == now.sources[place]
        if before is not None and then == ticks and same:
            continue  # the device's clock stood still: what passes meanwhile belongs to the next value
        comparable = before is not None and then < ticks and same and marks[place] == now.marks[place]
        values[place], times[place] = value, ticks
        sources[place], marks[place] = now.sources[place], now.marks[place]
        if before is None or not comparable:
            paces[place] = 0.0
            continue
        increase, passed = value - before, ticks - then
        if increase < 0 or (now.sources[place] < BITS_64 and max(increase, paces[place] * passed) >= SURE_32):
            continue
        amounts[place], elapsed[place], paces[place] = increase, passed, increase / passed
    together = count > 0 and None not in values and times.count(times[0]) == count
    # Where the rows have these in common, all columns of a table share what was read.
    last.values = now.values if together and values == now.values else values
    last.sources = now.sources if sources == now.sources else bytes(sources)
    last.marks = now.marks if marks == now.marks else marks
    last.ticks = times[0] if together else times
    last.pace = paces if count and min(last.sources) < BITS_64 else None
    return Increase(amounts, elapsed)
