"""The storer's loop: accepted batches to points to the database, and past its horizon to *stored*.

A batch is stored when the database has held it longer than the database may forget. What cannot be written now is let
go: it is on its agent's disk, and all agents send again when the store becomes ready.
"""

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from collector.acks import Named
from collector.database import StateError
from collector.dead_letter import DeadLetters
from collector.derived import DerivedOutbox
from collector.derived_writer import DerivedWriter
from collector.intake import Accepted
from collector.points import Enricher
from collector.series_guard import SeriesGuard
from collector.state import State
from collector.store import Retry, Stop, Store
from collector.waiting import Waiting
from collector.watcher import name_of
from collector.write import write_all
from contract import crash_point

log = logging.getLogger(__name__)

MAX_WAITING = 2_000
MAX_WAITING_BYTES = 20 << 20
MAX_PAUSED_BYTES = 4 << 20  # what waits is written first, and fresh batches behind it
MAX_PENDING = 100_000
GROUP = 500
GROUP_WEIGHT = 2 << 20  # bytes: two requests, before what was made for them leaves the processor's cache
STOPPED_PAUSE_S = 5.0
SAY_AGAIN_S = 60.0
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
        guard: SeriesGuard,
        *,
        acknowledge: Callable[[list[Named], list[Named]], None],
        on_ready: Callable[[bool], None],
        derived: DerivedOutbox,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`on_ready` is told when the store becomes ready and when it can take nothing; `derived` is emptied beside."""
        self.derived = DerivedWriter(derived, store, clock)
        self._store, self._state, self._dead_letters = store, state, dead_letters
        self._enricher = Enricher(guard)
        self._acknowledge, self._on_ready, self._clock = acknowledge, on_ready, clock
        self._waiting = Waiting()
        self._pending: deque[Pending] = deque()
        self._not_before = 0.0
        self._why: Retry | Stop | None = None
        self._said_at = 0.0
        self.ready, self.written_ms = False, 0
        self.counts: Counter[str] = Counter()
        self.latencies_ms: deque[int] = deque(maxlen=MAX_LATENCIES)

    def offer(self, accepted: list[Accepted]) -> None:
        """Take batches. What there is no room for is let go: of a backlog first. Never waits."""
        most_bytes = MAX_WAITING_BYTES if self.ready else MAX_PAUSED_BYTES
        self.counts["let_go"] += self._waiting.add(accepted, MAX_WAITING, most_bytes, time.time_ns() // 1_000_000)

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set."""
        while not stop.is_set():
            if self._may_write():
                self.step(0.2, self._store.linger_s)
            else:
                stop.wait(0.2)
                self.step(0.0)

    def step(self, wait_s: float, linger_s: float = 0.0) -> None:
        """Write a group, if one may be written now, and settle what is past its horizon. A group waits `wait_s` to
        begin, and `linger_s` for others to join: each write costs the database much the same. Derived rows are written
        while it gathers, which no batch waits for."""
        if self._may_write():
            self._waiting.gather(1, GROUP_WEIGHT, wait_s)
            begun = time.monotonic()
            if self._why is None or not self._waiting:  # else a group is the first to find out what the store can take
                self.derived.step()
            if linger_s and self._waiting:
                self._waiting.gather(GROUP, GROUP_WEIGHT, linger_s - (time.monotonic() - begun))
            if group := self._waiting.take(GROUP, GROUP_WEIGHT):
                self._try(group)
        self._settle_pending()

    def _may_write(self) -> bool:
        return self._clock() >= self._not_before and sum(len(one.values) for one in self._pending) < MAX_PENDING

    def _try(self, group: list[Accepted]) -> None:
        """Write a group. Where one of it meets a bug of ours, the others are written without it."""
        try:
            self._write(list({name_of(one): one for one in group}.values()))
        except StateError as error:
            self._pause(group, Retry(STOPPED_PAUSE_S, str(error)))
        except Exception:
            if len(group) == 1:
                self.counts["bugs"] += 1  # it was not acknowledged: it is on its agent's disk, and comes again
            log.exception("a bug: %d batches were not written", len(group))
            for at, one in enumerate(group if len(group) > 1 else []):
                if not self._may_write():
                    self._waiting.put_back(group[at:])
                    return
                self._try([one])

    def _write(self, group: list[Accepted]) -> None:
        incarnation: str | None = None
        if self._store.horizon_s > 0 and (incarnation := self._store.incarnation()) is None:
            self._pause(group, Retry(1.0, "the database does not say when it was started"))
            return
        made = self._enricher.all(group, time.time_ns() // 1_000_000)
        self.counts["later"] += len(group) - len(made.batches)
        crash_point.reach("store.before_write")
        outcome = write_all(self._store, made.points)
        if isinstance(outcome, Retry | Stop):
            self._pause(group, outcome)
            return
        crash_point.reach("store.after_204")
        reasons = {made.batch_of(point): reason for point, reason in outcome.refused} | made.left_out
        self._refuse([(made.batches[number], reason) for number, reason in reasons.items()])
        values = {name_of(one): made.values(n) for n, one in enumerate(made.batches) if n not in reasons}
        self._note_latencies(made.batches)
        if values:
            self._pending.append(Pending(self._clock() + self._store.horizon_s, incarnation, values))
        if made.points and not self.ready:  # without points nobody was asked
            log.warning("the store is ready")
            self.ready, self._why = True, None
            self._on_ready(True)

    def _pause(self, group: Sequence[Accepted], answer: Retry | Stop) -> None:
        """Keep the group for later. The kind of trouble is said at once, other words for it once a minute."""
        self._waiting.put_back(group)
        now = self._clock()
        self._not_before = now + (answer.after_s if isinstance(answer, Retry) else STOPPED_PAUSE_S)
        self.counts["retries" if isinstance(answer, Retry) else "stops"] += 1
        before, self._why = self._why, answer
        new = type(answer) is not type(before)
        if new or (before is not None and answer.reason != before.reason and now - self._said_at >= SAY_AGAIN_S):
            level = logging.WARNING if isinstance(answer, Retry) else logging.ERROR
            log.log(level, "nothing can be stored now, the agents keep it: %s", answer.reason)
            self._said_at = now
        if self.ready:
            self.ready = False
            self._on_ready(False)

    def _refuse(self, refused: list[tuple[Accepted, str]]) -> None:
        ended: dict[bool, list[Named]] = {True: [], False: []}
        for one, reason in refused:
            try:
                ended[self._dead_letters.add(one.agent, one.record, reason)].append(name_of(one))
            except OSError as error:
                log.error("a dead letter could not be written, its batch stays with the agent: %s", error)
        if any(ended.values()):
            with self._state.together():
                self._state.settle("refused", ended[True])
                self._state.settle("dropped", ended[False])
            self._acknowledge([], ended[True] + ended[False])

    def _settle_pending(self) -> None:
        due = [pending for pending in self._pending if pending.due <= self._clock()]
        if not due:
            return
        if any(pending.incarnation is not None for pending in due):
            if (running := self._store.incarnation()) is None:  # after the horizon of all of them
                return  # asked again soon
            if any(pending.incarnation not in (None, running) for pending in due):
                self._take_back()
                return
        values: dict[Named, int] = {}
        for pending in due:
            values |= pending.values
        crash_point.reach("store.before_settle")
        try:
            new = self._state.settle("stored", values)
        except StateError as error:
            self._pause([], Retry(STOPPED_PAUSE_S, str(error)))
            return
        crash_point.reach("store.after_settle")
        for _ in due:
            self._pending.popleft()
        self._dead_letters.stored(values)
        self.counts["stored"] += len(new)
        self.counts["values"] += sum(values[name] for name in new)
        self._acknowledge([], list(values))

    def _take_back(self) -> None:
        """The database was restarted within the horizon of a write: it may have forgotten it, and all after it. That
        the store is announced as paused and then ready makes the agents send again."""
        count = sum(len(pending.values) for pending in self._pending)
        log.warning("the database was restarted: %d batches are asked for again", count)
        self.counts["taken_back"] += count
        self._pending.clear()
        self.derived.begin_anew()
        if self.ready:
            for ready in (False, True):
                self.ready = ready
                self._on_ready(ready)

    def _note_latencies(self, group: list[Accepted]) -> None:
        self.written_ms = now_ms = time.time_ns() // 1_000_000
        self.latencies_ms.extend(max(0, now_ms - one.batch.time) for one in group if one.batch.kind == "poll")
