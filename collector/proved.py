"""A database whose yes is believed only while it can be proved: by a canary, a point of our own that is written and
must be read back, and by the rows that it says it has ignored.

What lies between (a proxy, a full disk, a wrong retention) may say yes and keep nothing. The canary sees that within
EVERY_S + PATIENCE_S; from then on nothing is written and nothing acknowledged until one is read back. VictoriaMetrics
ignores single rows and says yes: when its counters grow, all that is within its horizon is asked for again, and for a
while each request is followed by a look at the counters, so that `write_all` finds the rows and they are refused.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from collector.store import Answer, Point, QueryError, Refused, Retry, Row, Store, Written
from collector.victoria_metrics import METRICS_AGE_S

log = logging.getLogger(__name__)

EVERY_S = 10.0
PATIENCE_S = 15.0
LOOK_S = 1.0
CAREFUL_S = 60.0
"""How long after its horizon a database that has ignored rows is written to with care."""
SAY_AGAIN_S = 3600.0


class Provable(Store, Protocol):
    """A store that can be asked for one point, and for what it ignored."""

    def holds(self, point: Point) -> bool:
        """Say whether a point with one field can be read back.

        Raises:
            QueryError: it cannot be asked.
        """

    def ignored(self) -> Mapping[str, int] | None:
        """Return how many rows it has ignored since its start, by reason; None when it does not count them, or cannot
        be asked."""


class ProvedStore:
    """A store for the storer's thread, and `run` for a thread of its own."""

    def __init__(
        self,
        store: Provable,
        beside: Provable,
        name: str,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        """`beside` is the same database by connections of its own, for the canary of the collector `name`."""
        self.horizon_s, self.linger_s = store.horizon_s, store.linger_s
        self.counts: Counter[str] = Counter()
        self._store, self._beside, self._name, self._clock, self._wait = store, beside, name, clock, wait
        self._lock = threading.Lock()
        self._seen: Mapping[str, int] | None = None
        self._seen_of: str | None = None  # which incarnation
        self._times_asked_again = 0
        self._careful_until = 0.0
        self._is_settled = False
        self._lost = ""
        self._flying: Point | None = None
        self._number = 0
        self._since = self._good = clock()
        self._due = self._said_at = self._since - SAY_AGAIN_S
        self._incarnation: str | None = None

    def write(self, points: Sequence[Point]) -> Answer:
        """As `Store.write`; also Refused when the database says yes and ignores some, and Retry while its yes is not
        to be believed."""
        if self._lost:
            return Retry(LOOK_S, self._lost)
        if self._clock() < self._careful_until and points:
            return self._write_with_care(points)
        if self._seen is None and self.horizon_s > 0:  # else what is ignored of this would not be seen to grow
            self._note_ignored(self._store)
        self._is_settled = False
        return self._store.write(points)

    def incarnation(self) -> str | None:
        """As `Store.incarnation`. It is another one, too, since it was seen that rows were ignored or a canary lost."""
        running = self._store.incarnation()
        return running and f"{running}#{self._times_asked_again}"

    def query(self, text: str) -> list[Row]:
        """As `Store.query`."""
        return self._store.query(text)

    def close(self) -> None:
        """As `Store.close`."""
        self._store.close()
        self._beside.close()

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set."""
        while not stop.wait(LOOK_S):
            self.step()

    def step(self) -> None:
        """Send a canary or look for the one that flies, and look at what was ignored."""
        now = self._clock()
        if self._flying is None:
            if now >= self._due:
                self._due = now + EVERY_S
                self._send(now)
                if now >= self._careful_until:
                    self._note_ignored(self._beside)
        else:
            self._look_for(self._flying, now)

    def _send(self, now: float) -> None:
        self._number += 1
        point = Point.of(
            "canary", (("collector", self._name),), (("number", self._number),), time.time_ns() // 1_000_000
        )
        self._incarnation = self._beside.incarnation()
        answer = self._beside.write([point])
        if isinstance(answer, Written):
            self._flying, self._since = point, now
        elif isinstance(answer, Refused):
            self._say(f"the database refuses the canary: {answer.reason}")

    def _look_for(self, point: Point, now: float) -> None:
        unread = ""
        try:
            found = self._beside.holds(point)
        except QueryError as error:
            found, unread = False, str(error)
        if found:
            self._flying, self._good = None, self._since
            self.counts["canaries_found"] += 1
            if self._lost:
                log.warning("the canary is found again: the store is believed")
            self._lost = ""
        elif now - self._since >= PATIENCE_S:
            self._flying, self._due = None, now
            if unread:
                self.counts["canaries_unread"] += 1
                self._say(f"the canary cannot be read back, so a loss in silence would not be seen: {unread}")
            elif self._beside.incarnation() == self._incarnation:  # a restart may forget: the horizon is for that
                self._lose()

    def _lose(self) -> None:
        self.counts["canaries_lost"] += 1
        if not self._lost:
            self._lost = "the database said yes to a canary that cannot be read back: look at what is in between"
            seconds = self._clock() - self._good
            fate = "is asked for again" if self.horizon_s > seconds else "may be lost"
            log.error("%s; what was stored in the last %.0f s %s", self._lost, seconds, fate)
            self._times_asked_again += 1

    def _say(self, what: str) -> None:
        if self._clock() - self._said_at >= SAY_AGAIN_S:
            self._said_at = self._clock()
            log.warning("%s", what)

    def _write_with_care(self, points: Sequence[Point]) -> Answer:
        if not self._is_settled:
            self._wait(METRICS_AGE_S)
        self._note_ignored(self._store, is_ours=False)  # of another's rows, or of what is asked for again already
        answer = self._store.write(points)
        if not isinstance(answer, Written):
            return answer
        self._wait(METRICS_AGE_S)
        grown = self._note_ignored(self._store, is_ours=False)
        self._is_settled = grown is not None
        if grown is None:
            return Retry(LOOK_S, "the database does not say what it has ignored")
        if not grown:
            return answer
        count = sum(grown.values())
        whole = count >= sum(len(point.fields) for point in points)
        dropped = f" dropped={len(points)}" if whole else ""
        return Refused(f"the database said yes and ignored {count} rows ({', '.join(grown)}){dropped}")

    def _note_ignored(self, store: Provable, *, is_ours: bool = True) -> dict[str, int] | None:
        """Return how many more rows were ignored since the last look, by reason; None when it cannot be seen."""
        with self._lock:
            running = store.incarnation()  # before the counters: at a restart in between they are looked at again
            now = store.ignored()
            if now is None or running is None:
                return None
            if self._seen is not None and running != self._seen_of:
                self._seen = {}
            before, self._seen, self._seen_of = now if self._seen is None else self._seen, now, running
            was = {why: before.get(why, 0) for why in now}
            # Fewer than before: it was restarted just now and began at zero.
            grown = {why: count - was[why] if count >= was[why] else count for why, count in now.items()}
            grown = {why: count for why, count in grown.items() if count}
            if not grown:
                return {}
            self.counts["ignored_rows"] += sum(grown.values())
            self._careful_until = self._clock() + self.horizon_s + CAREFUL_S
            if is_ours:
                self._times_asked_again += 1
                said = ", ".join(f"{count} {why}" for why, count in grown.items())
                log.error("the database said yes and ignored rows (%s): all since are asked for again, with care", said)
            return grown
