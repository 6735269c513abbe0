"""Counters to rates: right or absent.

The elapsed time is the device's own (sysUpTime, RFC 3418), so that a missed poll or a jump of our clock loses nothing.
There is no value after a restart of the device, a counter that fell (reset, or wrapped: nobody can tell), a possible
wrap, a discontinuity (RFC 2863 ifCounterDiscontinuityTime), or a row that came back under another index. Nobody can
see a 32-bit counter go round between any two polls, in 34 s at 1 Gbit/s, which is why there are 64-bit ones.
"""

from dataclasses import dataclass

WRAP_TICKS = 2**32
TICKS_PER_S = 100
# sysUpTime must advance as our clock does, or the device has restarted. What this cannot see is the restart of a device
# that had been up for less than TOLERANCE_S and a fiftieth of the time between the two polls.
TOLERANCE_S = 2.0
TOLERANCE = 0.02
KEEP_TICKS = 86_400 * TICKS_PER_S
SURE_32 = 2**31  # half way round: what may have gone further may have gone round

Identity = tuple[str, ...]
Oid = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """A counter as read: the object's instance and the row's discontinuity time say whether it may be compared with the
    last one."""

    value: int
    bits: int
    instance: Oid
    discontinuity: int | None


@dataclass(frozen=True, slots=True)
class _Last:
    """`pace` is the last increase per tick, as far as it is known."""

    ticks: int
    count: Count
    pace: float


class Counters:
    """The counters of one device when they were last read, each with the device's time of that."""

    def __init__(self) -> None:
        self._uptime: int | None = None
        self._mono_ms = 0
        self._ticks = 0  # the device's time since the first poll after its start, without wraps
        self._last: dict[Identity, _Last] = {}

    def begin(self, uptime: int | None, mono_ms: int) -> None:
        """Begin a poll: `uptime` is sysUpTime in hundredths of a second, `mono_ms` our monotonic clock when it came."""
        passed = self._passed(uptime, mono_ms)
        if passed is None:
            self._last.clear()
        self._ticks += passed or 0
        self._uptime, self._mono_ms = uptime, mono_ms
        if passed:
            self._last = {k: v for k, v in self._last.items() if self._ticks - v.ticks < KEEP_TICKS}

    def count(self, identity: Identity, now: Count) -> tuple[int, float] | None:
        """Return (increase, seconds) since the counter was last read, or None where it is not sure."""
        before = self._last.get(identity)
        if before is not None and before.ticks == self._ticks and before.count.instance == now.instance:
            return None  # the device's clock stood still: what passes meanwhile belongs to the next value
        self._last[identity] = _Last(self._ticks, now, 0.0)
        if before is None or before.ticks == self._ticks:
            return None
        last, ticks = before.count, self._ticks - before.ticks
        if (last.bits, last.instance, last.discontinuity) != (now.bits, now.instance, now.discontinuity):
            return None
        increase = now.value - last.value
        if increase < 0 or (now.bits == 32 and max(increase, before.pace * ticks) >= SURE_32):
            self._last[identity] = _Last(self._ticks, now, before.pace)
            return None
        self._last[identity] = _Last(self._ticks, now, increase / ticks)
        return increase, ticks / TICKS_PER_S

    def _passed(self, uptime: int | None, mono_ms: int) -> int | None:
        if uptime is None or self._uptime is None:
            return None
        ours = (mono_ms - self._mono_ms) / 1000
        ticks = (uptime - self._uptime) % WRAP_TICKS  # it wraps after 497 days
        if abs(ticks / TICKS_PER_S - ours) > TOLERANCE_S + TOLERANCE * ours:
            return None
        return ticks
