"""The storer's loop: accepted batches to points to the database, and past its horizon to *stored*.

A batch is stored when the database has held it longer than the database may forget. What cannot be written now is let
go: it is on its agent's disk, and all agents send again when the store becomes ready.
"""

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from collector.write import write_all

from collector.acks import Named
from collector.dead_letter import DeadLetters
from collector.intake import Accepted
from collector.points import points
from collector.state import State
from collector.store import Point, Retry, Stop, Store
from collector.watcher import name_of
from contract.catalog import Catalog

log = logging.getLogger(__name__)

MAX_WAITING = 2_000
MAX_WAITING_BYTES = 32 << 20
GROUP = 200
STOPPED_PAUSE_S = 5.0
MAX_LATENCIES = 10_000


@dataclass(frozen=True, slots=True)
class Pending:
    """Batches that the database said yes to and may still forget, with how many values each has; `incarnation` is what
    ran before the write."""

    due: float
    incarnation: str | None
    values: dict[Named, int]


class Storer:
    """Runs in a thread of its own; `offer` may be called from another."""

    def __init__(
        self,
        store: Store,
        state: State,
        dead_letters: DeadLetters,
        catalog: Catalog,
        *,
        acknowledge: Callable[[list[Named], list[Named]], None],
        on_ready: Callable[[bool], None],
    ) -> None:
        """`on_ready` is told when the store becomes ready and when it can take nothing."""
        self._store, self._state, self._dead_letters, self._catalog = store, state, dead_letters, catalog
        self._acknowledge, self._on_ready = acknowledge, on_ready
        self._waiting: deque[Accepted] = deque()
        self._bytes = 0
        self._filled = threading.Condition()
        self._pending: deque[Pending] = deque()
        self._not_before = 0.0
        self._why = ""
        self.ready = False
        self.counts: Counter[str] = Counter()
        self.latencies_ms: deque[int] = deque(maxlen=MAX_LATENCIES)

    def offer(self, accepted: list[Accepted]) -> None:
        """Take batches as far as there is room. Never waits."""
        with self._filled:
            for one in accepted:
                if len(self._waiting) >= MAX_WAITING or self._bytes > MAX_WAITING_BYTES:
                    self.counts["let_go"] += 1
                    continue
                self._waiting.append(one)
                self._bytes += one.record.size
            self._filled.notify()

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set."""
        while not stop.is_set():
            group = self._take(0.2)
            now = time.monotonic()
            if now < self._not_before:
                stop.wait(min(self._not_before - now, 0.2))
                self._put_back(group)
            elif group:
                self._write(group)
            self._settle_pending()

    def _take(self, wait_s: float) -> list[Accepted]:
        with self._filled:
            if not self._waiting:
                self._filled.wait(wait_s)
            group = [self._waiting.popleft() for _ in range(min(GROUP, len(self._waiting)))]
            self._bytes -= sum(one.record.size for one in group)
            return group

    def _put_back(self, group: list[Accepted]) -> None:
        with self._filled:
            self._waiting.extendleft(reversed(group))
            self._bytes += sum(one.record.size for one in group)

    def _write(self, group: list[Accepted]) -> None:
        incarnation: str | None = None
        if self._store.horizon_s > 0 and (incarnation := self._store.incarnation()) is None:
            self._pause(group, Retry(1.0, "the database does not say when it was started"))
            return
        owners: list[int] = []
        every: list[Point] = []
        for number, one in enumerate(group):
            made = points(one, self._catalog)
            every += made
            owners += [number] * len(made)
        outcome = write_all(self._store, every)
        if isinstance(outcome, Retry | Stop):
            self._pause(group, outcome)
            return
        if not self.ready:
            log.warning("the store is ready")
            self.ready, self._why = True, ""
            self._on_ready(True)
        reasons = {owners[index]: reason for index, reason in outcome.refused}
        self._refuse([(group[number], reason) for number, reason in reasons.items()])
        values = {name_of(one): 0 for number, one in enumerate(group) if number not in reasons}
        for number, point in zip(owners, every, strict=True):
            if number not in reasons:
                values[name_of(group[number])] += len(point.fields)
        self._note_latencies(group)
        self._pending.append(Pending(time.monotonic() + self._store.horizon_s, incarnation, values))

    def _pause(self, group: list[Accepted], answer: Retry | Stop) -> None:
        self._put_back(group)
        wait = answer.after_s if isinstance(answer, Retry) else STOPPED_PAUSE_S
        self._not_before = time.monotonic() + wait
        if self.ready or answer.reason != self._why:
            level = logging.WARNING if isinstance(answer, Retry) else logging.ERROR
            log.log(level, "nothing can be stored now, the agents keep it: %s", answer.reason)
        self._why = answer.reason
        if self.ready:
            self.ready = False
            self._on_ready(False)

    def _refuse(self, refused: list[tuple[Accepted, str]]) -> None:
        for one, reason in refused:
            try:
                kept = self._dead_letters.add(one.agent, one.record, reason)
            except OSError as error:
                log.error("a dead letter could not be written, its batch stays with the agent: %s", error)
                continue
            self._state.settle("refused" if kept else "dropped", [name_of(one)])
            self._acknowledge([], [name_of(one)])

    def _settle_pending(self) -> None:
        now = time.monotonic()
        while self._pending and self._pending[0].due <= now:
            pending = self._pending[0]
            if pending.incarnation is not None:
                running = self._store.incarnation()
                if running is None:
                    return  # asked again soon
                if running != pending.incarnation:
                    self._take_back()
                    return
            self._pending.popleft()
            if pending.values:
                new = self._state.settle("stored", pending.values)
                self.counts["stored"] += len(new)
                self.counts["values"] += sum(pending.values[name] for name in new)
                self._acknowledge([], list(pending.values))

    def _take_back(self) -> None:
        """The database was restarted within the horizon of a write: it may have forgotten it, and all after it."""
        count = sum(len(pending.values) for pending in self._pending)
        log.warning("the database was restarted: %d batches are asked for again", count)
        self._pending.clear()
        self.ready = False
        self._on_ready(False)  # and ready again with the next write, which makes the agents send again

    def _note_latencies(self, group: list[Accepted]) -> None:
        now_ms = time.time_ns() // 1_000_000
        self.latencies_ms.extend(max(0, now_ms - one.batch.time) for one in group if one.batch.kind == "poll")
