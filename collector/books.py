"""The books of one boot of one agent, and whether they balance. Pure.

At any heartbeat: what the agent has produced is stored, refused, dropped, settled before these books were opened, or
still spooled. Sets, not sums, so that no mistake can hide another.
"""

from dataclasses import dataclass, field

from contract.intervals import IntervalSet


@dataclass(slots=True)
class Book:
    """`produced`, `spooled` and `dropped` are the agent's word, the rest is ours. `dropped` has also what our full
    dead-letter folder could not keep; `earlier` was settled under books before these."""

    produced: IntervalSet = field(default_factory=IntervalSet)
    seen: IntervalSet = field(default_factory=IntervalSet)
    stored: IntervalSet = field(default_factory=IntervalSet)
    refused: IntervalSet = field(default_factory=IntervalSet)
    held: IntervalSet = field(default_factory=IntervalSet)
    dropped: IntervalSet = field(default_factory=IntervalSet)
    earlier: IntervalSet = field(default_factory=IntervalSet)
    spooled: IntervalSet = field(default_factory=IntervalSet)


@dataclass(frozen=True, slots=True)
class Balance:
    """How many batches of the produced ones are where; each counted once, in the order of the fields. `missing` are the
    numbers that are nowhere: the books balance when there are none."""

    produced: int
    seen: int
    stored: int
    refused: int
    dropped: int
    earlier: int
    held: int
    spooled: int
    missing: IntervalSet

    @property
    def balanced(self) -> bool:
        """Whether nothing is missing."""
        return len(self.missing) == 0


def balance(book: Book) -> Balance:
    """Draw the balance at the agent's last heartbeat."""
    rest = book.produced
    counts: list[int] = []
    for part in (book.stored, book.refused, book.dropped, book.earlier, book.held & book.spooled, book.spooled):
        left = rest - part
        counts.append(len(rest) - len(left))
        rest = left
    stored, refused, dropped, earlier, held, spooled = counts
    seen = len(book.produced & book.seen)
    return Balance(len(book.produced), seen, stored, refused, dropped, earlier, held, spooled, rest)
