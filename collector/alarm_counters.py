"""The numbers that a collector keeps of alarms; a part of the table in collector/counters.py."""

from collector.alarms import AlarmBook
from contract.metrics import Metric

TOLD = ("raised", "cleared", "event")

OF_ALARMS: tuple[Metric[AlarmBook], ...] = (
    Metric(
        "alarms_told",
        "counter",
        "Alarms that devices have told, by what became of them",
        lambda book: {(state,): book.counts[state] for state in TOLD},
        ("as",),
    ),
    Metric("traps_unknown", "counter", "Notifications that no definition knows", lambda book: book.counts["unknown"]),
    Metric(
        "alarms_let_go",
        "counter",
        "Alarms and unknown notifications that were forgotten to make room",
        lambda book: book.counts["let_go"],
    ),
)
