"""Acknowledgements as they are sent: ranges, and for stored ones the XOR of their CRCs. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from contract.intervals import IntervalSet
from contract.messages import Ack, boot_text

MAX_RANGES = 1_000  # of each kind in one message: about 40 KB


@dataclass(frozen=True, slots=True, order=True)
class Named:
    """A batch by its name."""

    agent: str
    boot: int
    seq: int
    crc: int


Ranges = list[tuple[int, int, int]]


def acks(state: str, seen: Iterable[Named], stored: Iterable[Named]) -> list[tuple[str, Ack]]:
    """Return (agent, ack) for each agent and boot, more than one when there are over MAX_RANGES ranges."""
    numbers: dict[tuple[str, int], IntervalSet] = {}
    for name in seen:
        numbers.setdefault((name.agent, name.boot), IntervalSet()).add(name.seq)
    groups: dict[tuple[str, int], list[Named]] = {}
    for name in sorted(set(stored)):
        groups.setdefault((name.agent, name.boot), []).append(name)
    out: list[tuple[str, Ack]] = []
    for key in sorted(numbers.keys() | groups.keys()):
        agent, boot = key
        pairs, ranges = numbers.get(key, IntervalSet()).pairs(), _ranges(groups.get(key, []))
        for at in range(0, max(len(pairs), len(ranges)), MAX_RANGES):
            part = slice(at, at + MAX_RANGES)
            out.append((agent, Ack(state=state, boot=boot_text(boot), seen=pairs[part], stored=ranges[part])))
    return out


def _ranges(names: list[Named]) -> Ranges:
    """Join neighbours, unless two batches share a number (a cloned machine): one range would then fit neither twin."""
    join = len({name.seq for name in names}) == len(names)
    out: Ranges = []
    for name in names:
        if join and out and out[-1][1] == name.seq - 1:
            first, _, xor = out[-1]
            out[-1] = first, name.seq, xor ^ name.crc
        else:
            out.append((name.seq, name.seq, name.crc))
    return out
