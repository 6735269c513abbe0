"""One lane of the spool: polls, or alarms. Each has a boot, numbers, segments and a budget of its own.

So neither can push the other out, and whoever hears of a batch has one boot more to keep books of, and nothing to know
of lanes.
"""

from collections.abc import Callable, Sequence
from itertools import count, repeat
from pathlib import Path

from agents.appender import Appender
from agents.folder import BLOCK, Limits
from agents.holdings import Spooled
from agents.segment import Segment, boot_of_alarms
from contract.intervals import IntervalSet
from contract.wire import pack


class Lane:
    """Not thread-safe: the spool's lock guards it."""

    def __init__(
        self, folder: Path, boot: int, limits: Limits, closed: list[Segment], *, alarms: bool, expected: bool
    ) -> None:
        """`boot` is that of the process; `closed` are the segments that earlier ones left in this lane. `expected`:
        there will be batches."""
        self.boot = boot_of_alarms(boot) if alarms else boot
        self.budget = limits.alarms if alarms else limits.budget
        self.expected, self.next = expected, 0
        self.closed = closed
        self.bytes = sum(segment.size for segment in closed)
        largest = min(limits.segment, max(self.budget // 4, BLOCK))
        self._appender = Appender(folder, self.boot, alarms=alarms, max_bytes=largest, max_age_s=limits.age_s)

    def append(self, bodies: Sequence[bytes]) -> list[Spooled]:
        """Append the bodies as records and make them durable.

        Raises:
            OSError: the disk is full or failing: nothing of them is accepted.
        """
        boot, first = self.boot, self.next
        packed = [pack(boot, seq, body) for seq, body in enumerate(bodies, first)]
        size = sum(map(len, packed))
        if self._appender.is_due(size):
            self.close_active()
        try:
            self._appender.append(first, packed)
        except OSError:
            self.close_active()
            raise
        self.next += len(packed)
        self.bytes += size
        return list(map(Spooled._make, zip(repeat(boot), count(first), packed, strict=False)))

    def produced(self) -> IntervalSet:
        """Return the numbers of all that was made durable."""
        return IntervalSet([(0, self.next - 1)] if self.next else [])

    def segments(self) -> list[Segment]:
        """Return all of them, oldest first."""
        active = self._appender.segment
        return [*self.closed, active] if active is not None else list(self.closed)

    def close_active(self) -> None:
        """Close the segment that grows, so that it can be freed."""
        segment = self._appender.take()
        if segment is not None:
            self.closed.append(segment)

    def close_if_old(self) -> None:
        """Close it when its time is over."""
        if self._appender.is_due(0):
            self.close_active()

    def oldest(self) -> Segment | None:
        """Return the oldest one that still holds what is needed, closed; None when there is none."""
        if not any(segment.unsettled for segment in self.closed):
            self.close_active()
        return next((segment for segment in self.closed if segment.unsettled), None)

    def keep_within_budget(self, drop: Callable[[Segment], bool]) -> int:
        """Drop the oldest ones until the budget holds. Returns how many at the begin could not be dropped: to drop
        others in their place would free nothing."""
        at = stuck = 0
        while self.bytes - stuck + BLOCK * (len(self.closed) - at) > self.budget:
            if at == len(self.closed):
                self.close_active()
            if at == len(self.closed):
                break
            segment = self.closed[at]
            if not drop(segment):
                at, stuck = at + 1, stuck + segment.size
        return at

    def gone(self, segment: Segment) -> None:
        """Forget a closed segment that is no longer on the disk."""
        self.closed.remove(segment)
        self.bytes -= segment.size

    def share(self) -> float:
        """Return how much of its budget it has: the room that a disk lacks is taken from who has more of his own."""
        return (self.bytes + BLOCK * len(self.closed)) / max(self.budget, 1)
