"""What a spool holds, by number: what an acknowledgement settles, and what there is to say of each boot. No I/O."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from agents.segment import Segment
from contract.intervals import IntervalSet


class Spooled(NamedTuple):
    """A durable batch: its name, and the bytes that are sent."""

    boot: int
    seq: int
    data: bytes


@dataclass(frozen=True, slots=True)
class BootState:
    """What the spool says of one boot, for the heartbeat."""

    produced: IntervalSet
    spooled: IntervalSet
    dropped: IntervalSet


def settle(segments: Iterable[Segment], boot: int, first: int, last: int, xor: int) -> bool:
    """Settle the numbers `first` to `last` of a boot. False, and nothing is settled, unless all of them are here and
    the XOR of their CRCs is `xor`: else the range is another machine's, or not of one round."""
    mine = found = 0
    hits: list[tuple[Segment, int, int]] = []
    for segment in segments:
        if segment.boot == boot and segment.first <= last:
            start, stop = segment.find(first, last)
            if start < stop:
                hits.append((segment, start, stop))
                found += stop - start
                mine ^= segment.xor(start, stop)
    if not hits or found != last - first + 1 or mine != xor:
        return False
    for segment, start, stop in hits:
        segment.settle(start, stop)
    return True


def spooled(segments: Iterable[Segment]) -> dict[int, IntervalSet]:
    """Return the numbers that are still needed, by boot."""
    out: dict[int, IntervalSet] = {}
    for segment in segments:
        segment.spooled(out.setdefault(segment.boot, IntervalSet()))
    return out


def states(
    segments: Sequence[Segment], produced: Mapping[int, IntervalSet], dropped: Mapping[int, IntervalSet]
) -> dict[int, BootState]:
    """Return what there is to say of every boot, in the order of `produced`. What was dropped had been produced."""
    needed, nothing = spooled(segments), IntervalSet()
    return {
        boot: BootState(
            produced.get(boot, nothing) | dropped.get(boot, nothing),
            needed.get(boot, nothing),
            dropped.get(boot, nothing),
        )
        for boot in {**produced, **dropped}
    }
