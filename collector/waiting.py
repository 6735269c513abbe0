"""Accepted batches that wait for the database: what is fresh before any backlog, each in the order in which it came."""

import threading
from collections import deque
from collections.abc import Sequence

from collector.intake import Accepted

FRESH_MS = 60_000


class Waiting:
    """Thread-safe. Bounded by number and by what the batches unpack to."""

    def __init__(self) -> None:
        self._fresh: deque[Accepted] = deque()
        self._backlog: deque[Accepted] = deque()
        self._weight = 0
        self._filled = threading.Condition()

    def __len__(self) -> int:
        return len(self._fresh) + len(self._backlog)

    def add(self, accepted: Sequence[Accepted], most: int, most_bytes: int, now_ms: int) -> int:
        """Add batches, and let go of more than `most`, or than unpack to `most_bytes`: of a backlog what came last,
        then what is least fresh; returns how many. One always has room."""
        with self._filled:
            for one in accepted:
                (self._fresh if now_ms - one.batch.time < FRESH_MS else self._backlog).append(one)
                self._weight += one.weight
            let_go = 0
            while len(self) > (most if self._weight <= most_bytes else 1):
                gone = self._backlog.pop() if self._backlog else self._fresh.popleft()
                self._weight -= gone.weight
                let_go += 1
            self._filled.notify()
            return let_go

    def gather(self, count: int, weight: int, wait_s: float) -> None:
        """Wait until so many batches, or bytes of them, are there, but no longer than `wait_s`."""
        with self._filled:
            self._filled.wait_for(lambda: len(self) >= count or self._weight >= weight, max(0.0, wait_s))

    def take(self, count: int, weight: int) -> list[Accepted]:
        """Return the next ones, up to so many and about so many bytes."""
        group: list[Accepted] = []
        taken = 0
        with self._filled:
            while len(self) and len(group) < count and taken < weight:
                group.append(self._fresh.popleft() if self._fresh else self._backlog.popleft())
                taken += group[-1].weight
            self._weight -= taken
        return group

    def put_back(self, group: Sequence[Accepted]) -> None:
        """Take back what could not be written: it is the next, behind what is fresh."""
        with self._filled:
            self._backlog.extendleft(reversed(group))
            self._weight += sum(one.weight for one in group)
