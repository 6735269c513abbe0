"""The echoes of one device in one interval, and what they say of the way there and back. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from contract.batch import Table, Value

FIELDS = (
    "sent",
    "received",
    "loss_pct",
    "rtt_min_ms",
    "rtt_mean_ms",
    "rtt_max_ms",
    "jitter_ms",
    "duplicates",
    "icmp_errors",
)
_MS = 1e-6  # of a nanosecond


@dataclass(slots=True)
class Round:
    """Times are nanoseconds of the monotonic clock. A reply that takes longer than `timeout_ns` is none."""

    timeout_ns: int
    sent: list[int] = field(default_factory=list)
    """When each request was sent."""
    rtts: list[int | None] = field(default_factory=list)
    """How long each took to be answered."""
    waiting: int = 0
    """Requests with neither reply nor error."""
    duplicates: int = 0
    errors: int = 0
    _failed: set[int] = field(default_factory=set)

    def send(self, now_ns: int) -> int:
        """Note a request and return its number in the round."""
        self.sent.append(now_ns)
        self.rtts.append(None)
        self.waiting += 1
        return len(self.sent) - 1

    def answer(self, number: int, now_ns: int, waited_ns: int = 0) -> Literal["taken", "duplicate", "late"]:
        """Note a reply, which has waited for us. It cannot have waited for longer than since its request: then the
        clock by which that is known was set meanwhile, and is not believed."""
        took = now_ns - self.sent[number]
        took -= waited_ns if 0 <= waited_ns <= took else 0
        if self.rtts[number] is not None:
            self.duplicates += 1
            return "duplicate"
        if took > self.timeout_ns:
            return "late"
        self.rtts[number] = took
        self._settle(number)
        return "taken"

    def fail(self, number: int) -> None:
        """Note an ICMP error about a request, such as that the host cannot be reached."""
        self.errors += 1
        if self.rtts[number] is None:
            self._settle(number)
            self._failed.add(number)

    def _settle(self, number: int) -> None:
        self.waiting -= number not in self._failed

    def table(self) -> Table:
        """Return the row of it. Where nothing was sent there is no loss, without a reply no time, and without two
        replies to successive requests no jitter.

        Loss is that of RFC 2680 and ITU-T Y.1540 (IPLR) of both ways together. Jitter is the mean absolute difference
        between the round-trip times of successive requests: the delay variation of RFC 3393 with its selection of
        consecutive packets, of both ways together, over this interval alone (RFC 3550 smooths over the past).
        """
        known = [rtt for rtt in self.rtts if rtt is not None]
        steps = [abs(after - before) for before, after in self._successive()]
        values: list[Value] = [
            len(self.sent),
            len(known),
            100 * (len(self.sent) - len(known)) / len(self.sent) if self.sent else None,
            min(known) * _MS if known else None,
            sum(known) / len(known) * _MS if known else None,
            max(known) * _MS if known else None,
            sum(steps) / len(steps) * _MS if steps else None,
            self.duplicates,
            self.errors,
        ]
        return Table(measurement="echo", fields=list(FIELDS), rows=[values])

    def _successive(self) -> Iterator[tuple[int, int]]:
        for before, after in pairwise(self.rtts):
            if before is not None and after is not None:
                yield before, after
