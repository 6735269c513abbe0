"""What is counted of notifications."""

from collections import Counter
from dataclasses import dataclass, field

from agents.traps.refused import Reason


@dataclass(slots=True)
class InformCounts:
    """Since the start: answered; let go without an answer since the disk took nothing; and copies of others."""

    answered: int = 0
    unanswered: int = 0
    again: int = 0


@dataclass(slots=True)
class TrapCounts:
    """Since the start: datagrams; what of them was refused, by reason; alarms; notifications that no definition knows;
    datagrams that a bug of ours passed over."""

    datagrams: int = 0
    refused: Counter[Reason] = field(default_factory=Counter)
    alarms: int = 0
    unknown: int = 0
    bugs: int = 0
    informs: InformCounts = field(default_factory=InformCounts)
