"""The numbers that an agent keeps of its spool; a part of the table in agents/counters.py."""

from agents.spool import Spool
from contract.metrics import Metric

OF_SPOOL: tuple[Metric[Spool], ...] = (
    Metric("spool_batches", "gauge", "Batches on the agent's disk", lambda spool: spool.batches()),
    Metric("spool_bytes", "gauge", "Bytes on the agent's disk", lambda spool: spool.size),
    Metric("spool_alarms_bytes", "gauge", "Of the bytes on disk, those of alarms", lambda spool: spool.alarms_size),
    Metric("batches_dropped", "counter", "Batches dropped from the disk", lambda spool: spool.dropped()),
    Metric(
        "alarms_dropped",
        "counter",
        "Of the batches dropped, alarms that went for room",
        lambda spool: spool.alarms_dropped,
    ),
    Metric(
        "batches_damaged",
        "counter",
        "Of the batches dropped, those that the disk had damaged",
        lambda spool: spool.damaged,
    ),
    Metric(
        "spool_unreadable",
        "counter",
        "Segments that the disk did not give back, at the start or for a resend",
        lambda spool: spool.unreadable,
    ),
)
