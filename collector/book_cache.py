"""The interval sets of the books in memory: read when first asked for, written when a transaction ends."""

import json
import logging
from collections.abc import Callable
from typing import Literal

from contract.intervals import IntervalSet

log = logging.getLogger(__name__)

MAX_CACHED = 5_000
MAX_INTERVALS = 50_000  # of what an agent says of one boot
Kind = Literal["produced", "seen", "stored", "refused", "held", "dropped", "earlier"]
Key = tuple[str, str, Kind]  # agent, boot, kind


class BookCache:
    """Not thread-safe: the state's lock guards it. It is never ahead of the file but inside a transaction."""

    def __init__(self, read: Callable[[Key], str | None], write: Callable[[list[tuple[Key, str]]], None]) -> None:
        """`read` and `write` move sets as JSON from and to the file."""
        self._read, self._write = read, write
        self._sets: dict[Key, IntervalSet] = {}
        self._touched: set[Key] = set()

    def get(self, key: Key) -> IntervalSet:
        """Return a set; it is not to be changed but by the methods here."""
        if key not in self._sets:
            text = self._read(key)
            if len(self._sets) >= MAX_CACHED:
                self.write()
                self._sets.clear()
            self._sets[key] = IntervalSet(json.loads(text) if text else ())
        return self._sets[key]

    def add(self, key: Key, seq: int) -> bool:
        """Add a number. False: it was there."""
        numbers = self.get(key)
        if seq in numbers:
            return False
        numbers.add(seq)
        self._touched.add(key)
        return True

    def extend(self, key: Key, more: IntervalSet) -> None:
        """Add what an agent says, unless that would make the set too large."""
        numbers = self.get(key)
        if not len(more - numbers):
            return
        both = numbers | more
        if len(both.pairs()) > MAX_INTERVALS:
            log.error("agent %s: what it says of boot %s is in too many pieces and was left out", *key[:2])
            return
        self._sets[key] = both
        self._touched.add(key)

    def write(self) -> None:
        """Write what has changed."""
        self._write([(key, json.dumps(self._sets[key].pairs())) for key in self._touched])
        self._touched.clear()

    def clear(self) -> None:
        """Forget everything, also what was not written."""
        self._sets.clear()
        self._touched.clear()
