"""Derived rows from their outbox into the database, and out of it past the horizon. Lives in the storer's thread.

Trouble with them is theirs alone: batches are written all the same.
"""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from collector.database import StateError
from collector.derived import MAX_ROWS, DerivedOutbox
from collector.store import Retry, Stop, Store
from collector.write import Settled, write_all
from contract import crash_point

log = logging.getLogger(__name__)

GROUP = 5_000
MAX_PENDING = 50_000
PAUSE_S = 5.0  # after trouble that the database gives no time for


@dataclass(frozen=True, slots=True)
class _Written:
    due: float
    incarnation: str | None
    ids: list[int]


class DerivedWriter:
    """Remembers what the database has said yes to and may still forget."""

    def __init__(self, outbox: DerivedOutbox, store: Store, clock: Callable[[], float]) -> None:
        self._outbox, self._store, self._clock = outbox, store, clock
        self._pending: deque[_Written] = deque()
        self._after = 0
        self._not_before = 0.0
        self._why: Retry | Stop | None = None
        self._is_said = False
        self.refused = self.written = 0

    def step(self) -> None:
        """Write what waits and settle what is durable, unless there was trouble a moment ago. Trouble is said once, and
        when it comes again: most is the database's, which the batches meet too."""
        if self._clock() < self._not_before:
            return
        before = self._why
        try:
            self._settle()
            self._why = self._write()
        except StateError as error:
            self._why = Retry(PAUSE_S, str(error))
        if self._why is None:
            self._is_said = False
            return
        self._not_before = self._clock() + (self._why.after_s if isinstance(self._why, Retry) else PAUSE_S)
        if before is not None and not self._is_said:
            self._is_said = True
            level = logging.WARNING if isinstance(self._why, Retry) else logging.ERROR
            log.log(level, "derived rows wait, up to %d of them: %s", MAX_ROWS, self._why.reason)

    def counts(self) -> dict[str, int]:
        """Return how many rows wait, were refused, and were dropped from a full outbox, since the start.

        Raises:
            StateError: the file cannot be read.
        """
        return {"waiting": self._outbox.waiting(), "refused": self.refused, "dropped": self._outbox.dropped}

    def begin_anew(self) -> None:
        """The database may have forgotten what is not settled: all of it is written again."""
        self._pending.clear()
        self._after = 0

    def _write(self) -> Retry | Stop | None:
        if sum(len(one.ids) for one in self._pending) >= MAX_PENDING:
            return None
        rows = self._outbox.take(self._after, GROUP)
        if not rows:
            return None
        incarnation = self._store.incarnation() if self._store.horizon_s > 0 else None
        if self._store.horizon_s > 0 and incarnation is None:
            return Retry(1.0, "the database does not say when it was started")
        try:
            outcome = write_all(self._store, [point for _, point in rows])
        except Exception as error:
            log.exception("a bug: derived rows were not written")  # they are worked out, not measured: none holds us up
            outcome = Settled((), tuple((index, f"a bug: {error}") for index in range(len(rows))))
        if isinstance(outcome, Retry | Stop):
            return outcome
        crash_point.reach("derived.after_write")
        if outcome.refused:
            count, (index, reason) = len(outcome.refused), outcome.refused[0]
            self.refused += count
            one = rows[index][1].measurement
            log.error("%d derived rows are refused and left out; one of %s: %s", count, one, reason)
        ids = [number for number, _ in rows]
        self._after = ids[-1]
        self._pending.append(_Written(self._clock() + self._store.horizon_s, incarnation, ids))
        return None

    def _settle(self) -> None:
        while self._pending and self._pending[0].due <= self._clock():
            first = self._pending[0]
            if first.incarnation is not None:
                running = self._store.incarnation()
                if running is None:
                    return  # asked again soon
                if running != first.incarnation:
                    self.begin_anew()
                    return
            self._outbox.done(first.ids)
            crash_point.reach("derived.after_settle")
            self.written += len(first.ids)
            self._pending.popleft()
