"""The collector's word about itself: a derived row each half minute, and what of its state file may be asked for.

Whatever goes wrong here is told and tried again: nothing waits for it.
"""

import logging
import resource
import time
from collections import Counter
from collections.abc import Callable, Mapping

from collector.books import balance
from collector.counters import METRICS
from collector.database import StateError
from collector.derived import DerivedOutbox
from collector.parts import Looked, Parts, agents_of
from collector.state import State
from collector.store import Point
from contract.catalog import Catalog
from contract.metrics import Report

log = logging.getLogger(__name__)

REPORT_EVERY_S = 30.0
LOOK_EVERY_S = 5.0
REST = 20  # times as long as a look at the state file took, at least, until the next one
MEASUREMENT = "collector"
COLUMNS = ("produced", "seen", "stored", "refused", "held", "dropped", "spooled", "earlier")


class Health:
    """Not thread-safe: `step` is one thread's. `parts` is for whoever asks, from any thread."""

    def __init__(
        self,
        name: str,
        parts: Parts,
        state: State,
        outbox: DerivedOutbox,
        notices: Callable[[], Mapping[str, int]],
        catalog: Catalog,
    ) -> None:
        """`name` is the collector's id. A catalog of an earlier version may lack fields: those are not written."""
        self.parts, self._report = parts, Report(METRICS, parts)
        self._name, self._state, self._outbox, self._notices = name, state, outbox, notices
        known = catalog.measurements.get(MEASUREMENT)
        self._known = frozenset(known.fields) if known else frozenset[str]()
        self._look_at = self._report_at = 0.0
        self._why = ""

    def step(self, now_s: float) -> None:
        """Do what is due at `now_s`, seconds of a monotonic clock."""
        try:
            if now_s >= self._look_at:
                began = time.monotonic()
                self.parts.looked = self._look()
                self._look_at = now_s + max(LOOK_EVERY_S, REST * (time.monotonic() - began))
            if now_s >= self._report_at:
                self._report_at = now_s + REPORT_EVERY_S
                self._write(time.time_ns() // 1_000_000)
            self._why = ""
        except StateError as error:
            self._look_at = now_s + LOOK_EVERY_S
            if self._why != str(error):
                log.error("the collector's own numbers wait: %s", error)
            self._why = str(error)

    def _look(self) -> Looked:
        known = agents_of(self.parts.versions)
        sums: Counter[tuple[str, ...]] = Counter()
        for (agent, _), book in self._state.books().items():
            if agent in known:
                drawn = balance(book)
                for column in COLUMNS:
                    sums[agent, column] += getattr(drawn, column)
                sums[agent, "missing"] += len(drawn.missing)
        return Looked(self._outbox.waiting(), dict(self._notices()), dict(sums))

    def _write(self, now_ms: int) -> None:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        row = self._report.fields() | {"cpu_s": usage.ru_utime + usage.ru_stime}
        fields = tuple((name, value) for name, value in sorted(row.items()) if name in self._known)
        if fields:
            with self._state.together():
                self._outbox.add([Point.of(MEASUREMENT, (("collector", self._name),), fields, now_ms)])
        self._report.done()
