"""Accepted batches that wait for the database, the newest first: a backlog keeps no fresh reading late."""

import threading
from collections.abc import Sequence

from collector.intake import Accepted


class Waiting:
    """Thread-safe. Bounded by number and by what the batches unpack to."""

    def __init__(self, most: int) -> None:
        """Bound the number of batches."""
        self._most = most
        self._batches: list[Accepted] = []  # by time, the newest at the end
        self._weight = 0
        self._filled = threading.Condition()

    def __len__(self) -> int:
        return len(self._batches)

    def add(self, accepted: Sequence[Accepted], most_bytes: int) -> int:
        """Add batches, and let go of the oldest that there is no room for; returns how many. One always has room."""
        with self._filled:
            self._put(accepted)
            let_go = 0
            weight = self._weight
            while len(self._batches) - let_go > (self._most if weight <= most_bytes else 1):
                weight -= self._batches[let_go].weight
                let_go += 1
            del self._batches[:let_go]
            self._weight = weight
            self._filled.notify()
            return let_go

    def gather(self, count: int, weight: int, wait_s: float) -> None:
        """Wait until so many batches, or bytes of them, are there, but no longer than `wait_s`."""
        with self._filled:
            self._filled.wait_for(lambda: len(self._batches) >= count or self._weight >= weight, max(0.0, wait_s))

    def take(self, count: int, weight: int) -> list[Accepted]:
        """Return the newest, up to so many and about so many bytes."""
        group: list[Accepted] = []
        taken = 0
        with self._filled:
            while self._batches and len(group) < count and taken < weight:
                group.append(self._batches.pop())
                taken += group[-1].weight
            self._weight -= taken
        return group

    def put_back(self, group: Sequence[Accepted]) -> None:
        """Take back what could not be written."""
        with self._filled:
            self._put(group)

    def _put(self, batches: Sequence[Accepted]) -> None:
        self._batches.extend(batches)
        self._batches.sort(key=lambda one: one.batch.time)  # nearly all is in order: about as quick as to look
        self._weight += sum(one.weight for one in batches)
