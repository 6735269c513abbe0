"""What the running collector says, as the demo shows it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypedDict, cast

from collector.ledger import LedgerRow


class DeviceWords(TypedDict):
    """A device as the collector tells it."""

    agent: str
    time: int
    outcome: str
    reason: str
    took_ms: int


class AgentWords(TypedDict):
    """An agent as the collector tells it; `time` is that of its last heartbeat, ms since 1970, `skew_ms` how far it
    was ahead of the collector's clock."""

    time: int
    skew_ms: int | None
    synced: bool
    anchored: bool
    assignment: str
    devices: int


class Stats(TypedDict):
    """The collector's answer to `stats`."""

    state: str
    store_ready: bool
    connected: bool
    intake: dict[str, int]
    storer: dict[str, int]
    polls: int
    kinds: dict[str, int]
    latencies_ms: list[int]
    devices: dict[str, DeviceWords]
    agents: dict[str, AgentWords]
    assigned: int
    ledger: list[LedgerRow]


class Ask(Protocol):
    """Asks the collector."""

    def __call__(self, question: str, **more: object) -> object:
        """Return its answer."""


def stats(ask: Ask) -> Stats:
    """Return the collector's numbers.

    Raises:
        ControlError: it does not answer.
    """
    return cast("Stats", ask("stats"))


@dataclass(frozen=True, slots=True)
class Totals:
    """The ledger, added up."""

    produced: int
    stored: int
    refused: int
    held: int
    dropped: int
    spooled: int
    balanced: bool


def totals(rows: Sequence[LedgerRow]) -> Totals:
    """Add up the ledger; no book at all is no balance."""
    sums: Counter[str] = Counter()
    for row in rows:
        for name in ("produced", "stored", "refused", "held", "dropped", "spooled"):
            sums[name] += row[name]
    return Totals(
        sums["produced"],
        sums["stored"],
        sums["refused"],
        sums["held"],
        sums["dropped"],
        sums["spooled"],
        bool(rows) and all(row["balanced"] for row in rows),
    )


def percentile(values: Sequence[int], share: float) -> int:
    """Return the smallest value that `share` of the values do not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0


def by_outcome(devices: Mapping[str, DeviceWords], assigned: int) -> Counter[str]:
    """Return how many devices are in which state; those not heard yet are `waiting`."""
    counts = Counter(device["outcome"] for device in devices.values())
    counts["waiting"] = max(0, assigned - len(devices))
    return counts
