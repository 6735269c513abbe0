"""The agent's own health as a `self` batch: what it did since the last one, and what it holds."""

import resource
from pathlib import Path

from agents.counters import METRICS, Parts
from contract.batch import Batch, Table
from contract.metrics import Report

PAGE = resource.getpagesize()


class Health:
    """Remembers the counters of the last report, since deltas are stored."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._report = Report(METRICS, parts)  # what earlier processes dropped is not in `Spool.dropped`

    def batch(self) -> Batch:
        """Return what there is to say now."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        of_process = {"cpu_s": usage.ru_utime + usage.ru_stime, "rss_bytes": float(rss_bytes())}
        row = self._report.fields() | of_process
        self._report.done()
        stamp = self._parts.clock.now()
        return Batch(
            kind="self",
            time=stamp.time,
            mono=stamp.mono,
            synced=stamp.synced,
            tables=[Table(measurement="agent", fields=list(row), rows=[list(row.values())])],
        )


def rss_bytes() -> int:
    """Return the resident memory of this process (proc(5), statm)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
