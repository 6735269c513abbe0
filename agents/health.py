"""The agent's own health as a `self` batch: what it did since the last one, and what it holds."""

import resource
from pathlib import Path

from agents.committer import Committer
from agents.desk import Desk
from agents.host_clock import HostClock
from agents.pollers import Pollers
from agents.publisher import Publisher
from agents.sensors.hearing import Sensors
from agents.snmp.transport import Transport
from agents.spool import Spool
from contract.batch import Batch, Table

PAGE = resource.getpagesize()


class Health:
    """Remembers the counters of the last report, since deltas are stored."""

    def __init__(
        self,
        spool: Spool,
        committer: Committer,
        publisher: Publisher,
        pollers: Pollers,
        transport: Transport,
        sensors: Sensors,
        desk: Desk,
        clock: HostClock,
    ) -> None:
        self._spool, self._committer, self._publisher = spool, committer, publisher
        self._pollers, self._transport, self._sensors, self._desk = pollers, transport, sensors, desk
        self._clock = clock
        self._last: dict[str, int] = {}  # what earlier processes dropped is not in `Spool.dropped`
        self.rows_left_out = 0

    def batch(self) -> Batch:
        """Return what there is to say now."""
        seen = self._transport.counters
        totals = {
            "polls": self._pollers.counts.polls,
            "polls_failed": self._pollers.counts.failed,
            "beats_missed": self._pollers.beats.missed,
            "beats_late": self._pollers.beats.late,
            "batches_sent": self._publisher.sent,
            "batches_resent": self._publisher.resent,
            "batches_dropped": self._spool.dropped(),
            "batches_unspooled": self._committer.unspooled,
            "acks_ignored": self._desk.acks_ignored,
            "rows_left_out": self.rows_left_out,
            "datagrams_ignored": seen.received - seen.delivered,
            "sensor_messages": self._sensors.counts.messages,
            "sensor_messages_refused": self._sensors.counts.refused,
            "sensor_messages_ignored": self._sensors.counts.ignored,
            "sensor_messages_dropped": self._sensors.dropped,
        }
        deltas = {name: max(0, total - self._last.get(name, 0)) for name, total in totals.items()}
        self._last = totals
        usage = resource.getrusage(resource.RUSAGE_SELF)
        gauges: dict[str, float | int] = {
            "devices": float(len(self._pollers)),
            "spool_batches": float(self._spool.batches()),
            "spool_bytes": float(self._spool.size),
            "cpu_s": usage.ru_utime + usage.ru_stime,
            "rss_bytes": float(rss_bytes()),
        }
        row, stamp = {**deltas, **gauges}, self._clock.now()
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
