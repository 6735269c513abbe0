"""The numbers that an agent keeps of hints; a part of the table in agents/counters.py."""

from agents.pollers import Pollers
from contract.metrics import Metric

OF_HINTS: tuple[Metric[Pollers], ...] = (
    Metric(
        "polls_hinted",
        "counter",
        "Readings begun out of turn because something was heard of the device",
        lambda pollers: pollers.beats.out_of_turn,
    ),
    Metric(
        "hints",
        "counter",
        "Reasons to read a device out of turn",
        lambda pollers: {("followed",): pollers.hints.followed, ("merged",): pollers.hints.merged},
        ("as",),
    ),
)
