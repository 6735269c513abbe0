"""Counters to rates: right or absent.

The elapsed time is the device's own (sysUpTime, RFC 3418), so that a missed poll or a jump of our clock loses nothing.
There is no value after a restart of the device, a counter that fell, a discontinuity (RFC 2863
ifCounterDiscontinuityTime), or a row that came back under another index.
"""

from dataclasses import dataclass

WRAP_TICKS = 2**32
TICKS_PER_S = 100
CLOCK_TOLERANCE = 0.2
KEEP_TICKS = 86_400 * TICKS_PER_S

Identity = tuple[str, ...]
Index = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """A counter as read: its row's index and discontinuity time say whether it may be compared with the last one."""

    value: int
    bits: int
    index: Index
    discontinuity: int | None


class Counters:
    """The counters of one device when they were last read, each with the device's time of that."""

    def __init__(self) -> None:
        self._uptime: int | None = None
        self._mono_ms = 0
        self._ticks = 0  # the device's time since the first poll after its start, without wraps
        self._last: dict[Identity, tuple[int, Count]] = {}

    def begin(self, uptime: int | None, mono_ms: int) -> None:
        """Begin a poll: `uptime` is sysUpTime in hundredths of a second, `mono_ms` our monotonic clock."""
        passed = self._passed(uptime, mono_ms)
        if passed is None:
            self._last.clear()
        self._ticks += passed or 0
        self._uptime, self._mono_ms = uptime, mono_ms
        if passed:
            self._last = {k: v for k, v in self._last.items() if self._ticks - v[0] < KEEP_TICKS}

    def count(self, identity: Identity, now: Count) -> tuple[int, float] | None:
        """Return (increase, seconds) since the counter was last read, or None where it is not sure."""
        before = self._last.get(identity)
        self._last[identity] = self._ticks, now
        if before is None or before[0] == self._ticks:
            return None
        then, last = before
        if (last.bits, last.index, last.discontinuity) != (now.bits, now.index, now.discontinuity):
            return None
        increase = now.value - last.value
        if increase < 0:
            # A 64-bit counter that fell was reset; a 32-bit one has wrapped once when that is the short way round.
            increase += 2**32
            if now.bits != 32 or not 0 <= increase < 2**31:
                return None
        return increase, (self._ticks - then) / TICKS_PER_S

    def _passed(self, uptime: int | None, mono_ms: int) -> int | None:
        if uptime is None or self._uptime is None:
            return None
        ours = (mono_ms - self._mono_ms) / 1000
        ticks = uptime - self._uptime
        if ticks < 0:
            # Restarted, or wrapped after 497 days: a wrap agrees with our own clock.
            ticks += WRAP_TICKS
            if abs(ticks / TICKS_PER_S - ours) > 1 + CLOCK_TOLERANCE * ours:
                return None
        return ticks
