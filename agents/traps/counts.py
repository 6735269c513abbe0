"""What is counted of notifications."""

from collections import Counter
from dataclasses import dataclass, field

from agents.traps.refused import Reason
from contract.batch import Batch


@dataclass(slots=True)
class InformCounts:
    """Since the start: answered; let go without an answer since the disk took nothing; and copies of others."""

    answered: int = 0
    unanswered: int = 0
    again: int = 0


@dataclass(slots=True)
class TrapCounts:
    """Since the start: datagrams; what of them was refused, by reason; alarms; notifications that no definition knows;
    what of version 3 was answered with a report; what a bug of ours passed over.

    Each datagram that is read leaves in one of these ways, or as a copy of an inform, or its source sent too many.
    """

    datagrams: int = 0
    refused: Counter[Reason] = field(default_factory=Counter)
    alarms: int = 0
    unknown: int = 0
    reported: int = 0
    bugs: int = 0
    informs: InformCounts = field(default_factory=InformCounts)

    def heard(self, batch: Batch) -> None:
        """Count the notification that a batch was made of."""
        known = batch.trap is not None and batch.trap.alarm is not None
        self.alarms += known
        self.unknown += not known
