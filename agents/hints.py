"""When a device is read out of turn because something was heard of it. Pure.

A hint says no more than that a look is worth while. A device that is hinted at a thousand times is read twice: at once,
and once more when its pause is over, so that what is stored is how it was after the last hint. A province that loses
its mains is not read all at once.
"""

from dataclasses import dataclass

PAUSE_S = 10.0
"""Between two hinted readings of one device."""
SPACING_S = 0.05
"""Between the hinted readings of an agent."""
MAX_AHEAD_S = 30.0
"""A hinted reading that would have to wait longer is left to the beat."""

MANY = 1_000
"""Devices that are remembered before those whose pause is over are forgotten."""


@dataclass(slots=True)
class HintCounts:
    """Since the start: hints that started a reading, and those that another reading answers as well."""

    followed: int = 0
    merged: int = 0


class Hints:
    """Times are in seconds of a monotonic clock. Remembers nothing of a device for longer than its pause."""

    def __init__(self) -> None:
        self.counts = HintCounts()
        self._last: dict[str, float] = {}
        self._free = 0.0

    def when(self, device: str, now: float) -> float | None:
        """Return when to read a device that was hinted at now. None: a reading is on its way that began or begins late
        enough, or there is no room."""
        last = self._last.get(device, now - PAUSE_S)
        at = max(now, last + PAUSE_S, self._free)
        if last > now or at > now + MAX_AHEAD_S:
            self.counts.merged += 1
            return None
        if len(self._last) > MANY:
            self._last = {name: time for name, time in self._last.items() if time > now - PAUSE_S}
        self._last[device] = at
        self._free = max(self._free, now) + SPACING_S
        self.counts.followed += 1
        return at
