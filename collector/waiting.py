"""Accepted batches that wait for the database, the newest first: a backlog keeps no fresh reading late."""

import threading
from collections.abc import Iterable, Sequence

from collector.intake import Accepted


class Waiting:
    """Thread-safe. Bounded by number and by what the batches unpack to."""

    def __init__(self) -> None:
        self._batches: list[tuple[int, Accepted]] = []  # by time, the newest at the end
        self._weight = 0
        self._filled = threading.Condition()

    def __len__(self) -> int:
        return len(self._batches)

    def add(self, accepted: Sequence[Accepted], most: int, most_bytes: int, now_ms: int) -> int:
        """Add batches, and let go of the oldest of more than `most`, or than unpack to `most_bytes`; returns how many.
        One always has room. None is newer than now, whatever its agent's clock says."""
        with self._filled:
            self._put((min(one.batch.time, now_ms), one) for one in accepted)
            let_go = 0
            weight = self._weight
            while len(self._batches) - let_go > (most if weight <= most_bytes else 1):
                weight -= self._batches[let_go][1].weight
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
                group.append(self._batches.pop()[1])
                taken += group[-1].weight
            self._weight -= taken
        return group

    def put_back(self, group: Sequence[Accepted]) -> None:
        """Take back what could not be written."""
        with self._filled:
            self._put((one.batch.time, one) for one in group)

    def _put(self, batches: Iterable[tuple[int, Accepted]]) -> None:
        before = len(self._batches)
        self._batches.extend(batches)
        self._weight += sum(one.weight for _, one in self._batches[before:])
        self._batches.sort(key=lambda one: one[0])  # nearly all is in order: about as quick as to look
