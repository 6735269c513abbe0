"""What cells say of themselves: the newest report of each. In memory.

A report is of the past: that of a performance file of a period which ended up to a quarter of an hour before the file
was written. It counts while it is fresh; what is late is history, which the database has, and says nothing of now.
"""

from dataclasses import dataclass

from contract.batch import Batch, Table

MEASUREMENT = "cell"  # of the catalog
HOLDS, FRESH = 2.5, 2  # periods, as of any reading
GONE_PCT = 1  # of a period in which a cell may have been available, by its clocks, and yet was out of service
NEVER = 2**63


@dataclass(frozen=True, slots=True)
class Report:
    """Whether a cell was in service in a period that ended at `at`; times in ms since 1970 UTC."""

    at: int
    is_up: bool
    holds_until: int


class Reports:
    """Not thread-safe: the watcher's. By id of the cell, or of the device that is one."""

    def __init__(self) -> None:
        self._known: dict[str, Report] = {}
        self._before: dict[str, Report | None] = {}
        self._next = NEVER  # when the first of them ceases to count, at the earliest
        self._changed = False

    def hear(self, batch: Batch, now_ms: int) -> bool:
        """Take what performance files say of a cell. False: it came too late to say anything of now."""
        periods = [found for table in batch.tables if table.measurement == MEASUREMENT for found in _periods(table)]
        if batch.kind != "pm" or not periods:
            return True
        at, seconds, available = max(periods)
        at, period_ms = min(at, now_ms), 1000 * seconds
        if now_ms - at > FRESH * period_ms:
            return False
        self._take(batch.device, Report(at, 100 * available > GONE_PCT * seconds, at + int(HOLDS * period_ms)))
        return True

    def polled(self, batch: Batch, at: int, holds_until: int) -> None:
        """Take what a poll of a small cell says of it."""
        for table in batch.tables:
            if table.measurement == MEASUREMENT and "status" in table.fields:
                place = len(table.tags) + table.fields.index("status")
                states = [row[place] for row in table.rows if row[place] is not None]
                if states:
                    self._take(batch.device, Report(at, 1 in states, holds_until))

    def of(self, name: str, now_ms: int) -> Report | None:
        """Return the report of a cell or a device that counts now."""
        report = self._known.get(name)
        return report if report is not None and now_ms <= report.holds_until else None

    def turned(self, now_ms: int) -> bool:
        """Whether any was taken, or has ceased to count, since this was last asked."""
        if now_ms > self._next:
            self._known = {name: one for name, one in self._known.items() if now_ms <= one.holds_until}
            self._next = min((one.holds_until for one in self._known.values()), default=NEVER)
            self._changed = True
        changed, self._changed = self._changed, False
        return changed

    def begin(self) -> None:
        """Begin what may be put back."""
        self._before.clear()

    def put_back(self) -> None:
        """What was taken since it was begun was not."""
        for name, report in self._before.items():
            if report is None:
                self._known.pop(name, None)
            else:
                self._known[name] = report
        self._changed |= bool(self._before)
        self._before.clear()

    def forget(self, after_ms: int = -NEVER) -> None:
        """Forget those that are of later than a time."""
        self._known = {name: one for name, one in self._known.items() if one.at <= after_ms}
        self._before.clear()
        self._changed = True

    def _take(self, name: str, report: Report) -> None:
        before = self._known.get(name)
        if before is None or report.at > before.at:
            self._before.setdefault(name, before)
            self._known[name], self._changed = report, True
            self._next = min(self._next, report.holds_until)


def _periods(table: Table) -> list[tuple[int, int, int]]:
    """Return end, length and time available (s) of each period that has them."""
    if not {"reported_s", "available_s"} <= set(table.fields):
        return []
    length, available = (len(table.tags) + table.fields.index(name) for name in ("reported_s", "available_s"))
    return [
        (time, seconds, up)
        for time, row in zip(table.times or (), table.rows, strict=False)
        if isinstance(seconds := row[length], int) and isinstance(up := row[available], int) and seconds > 0
    ]
