"""What was read of every element, and the rows of availability that come of it: remembered, corrected, forgotten."""

from collections.abc import Mapping, Set

from collector.store import Point
from collector.watch.memory import Memory
from collector.watch.network import Network
from collector.watch.periods import KEPT_MS, Periods
from collector.watch.planned import Planned
from collector.watch.spans import Spans
from contract.intervals import Pair

CLOSED = "closed period"


class History:
    """Not thread-safe: the watcher's."""

    def __init__(self, memory: Memory, period_s: float) -> None:
        """Take up what is remembered."""
        self._memory = memory
        self._spans = memory.spans()
        self._touched: set[str] = set()
        self._closed = memory.number(CLOSED)
        self._periods = Periods(period_s, self._closed, memory.dirty())

    @property
    def spans(self) -> Mapping[str, Spans]:
        """Return the availability of every element that was read."""
        return self._spans

    def observe(self, element: str, site: str, at: int, interval_s: float, *, is_up: bool) -> None:
        """Take a reading of an element that is at a site now."""
        changed = self._spans.setdefault(element, Spans()).observe(at, interval_s, is_up=is_up)
        if changed is not None:
            self._touched.add(element)
            self._periods.touch(site, changed)

    def touch(self, subject: str, changed: Pair) -> None:
        """What was planned for a subject has changed."""
        self._periods.touch(subject, changed)

    def rows(self, now_ms: int, network: Network, planned: Planned) -> list[Point]:
        """Return the rows that are due."""
        self._periods.close(now_ms)
        return list(self._periods.due(network, self._spans, planned))

    def trim(self, now_ms: int, elements: Set[str]) -> None:
        """Forget what is older than any reading that is accepted; what is not in the inventory goes with it."""
        for name, spans in list(self._spans.items()):
            spans.trim(now_ms - KEPT_MS)
            if name not in elements and not spans.up and not spans.down:
                del self._spans[name]
                self._memory.forget_spans(name)

    def flush(self) -> None:
        """Write what has changed."""
        self._memory.keep_spans((name, self._spans[name]) for name in self._touched if name in self._spans)
        self._touched.clear()
        self._memory.keep_dirty(self._periods.begun, self._periods.done)
        self._periods.begun.clear()
        self._periods.done.clear()
        if self._periods.closed is not None and self._periods.closed != self._closed:
            self._closed = self._periods.closed
            self._memory.keep_number(CLOSED, self._closed)
