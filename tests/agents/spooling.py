"""What the tests of the spool share: opening one, making bodies, acknowledging."""

import os
from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from operator import xor
from pathlib import Path

from agents.folder import Limits
from agents.holdings import Spooled
from agents.segment import Segment
from agents.spool import Spool
from contract.intervals import IntervalSet
from contract.messages import Acked
from contract.wire import unpack

LIMITS = Limits(budget=1 << 20, alarms=1 << 20, segment=1 << 16, free=0, age_s=60.0)
BOOT = 0xB007


def opened(folder: Path, boot: int = BOOT, **limits: int | float | Path) -> Spool:
    """A spool with small limits, some of them changed."""
    return Spool(folder, boot, replace(LIMITS, **limits))  # type: ignore[arg-type]


def bodies(count: int, size: int = 20) -> list[bytes]:
    """Different bodies that no magic is in."""
    return [f"{n:0{size}}".encode() for n in range(count)]


def acked(batches: Iterable[Spooled]) -> Acked:
    """The range of neighbouring batches."""
    listed = list(batches)
    return listed[0].seq, listed[-1].seq, reduce(xor, (unpack(batch.data).crc for batch in listed))


def close_by_age(spool: Spool) -> None:
    """Close the active segments as their age does, whether anything of them is settled or not."""
    for lane in spool._lanes:
        lane.close_active()
    spool.close_if_old()


def killed(spool: Spool) -> None:
    """Leave the folder as a killed process would: nothing is closed in order."""
    os.close(spool._guard)
    for lane in spool._lanes:
        if lane._appender._fd is not None:
            os.close(lane._appender._fd)


def closed(spool: Spool) -> list[Segment]:
    """The segments of both lanes that are closed."""
    return [segment for lane in spool._lanes for segment in lane.closed]


def segments(folder: Path) -> list[Path]:
    """The files, in the order of their names."""
    return sorted(folder.glob("*.seg"))


def spooled(spool: Spool) -> set[tuple[int, int]]:
    """The names of what is still needed."""
    return {(boot, seq) for boot, state in spool.state().items() for seq in state.spooled}


def dropped(spool: Spool) -> set[tuple[int, int]]:
    """The names of what was given up."""
    return {(boot, seq) for boot, state in spool.state().items() for seq in state.dropped}


def back(spool: Spool) -> dict[tuple[int, int], bytes]:
    """All that would be sent again."""
    return {(batch.boot, batch.seq): batch.data for batch in spool.unsettled()}


def numbers(*pairs: tuple[int, int]) -> IntervalSet:
    """A set of numbers."""
    return IntervalSet(pairs)
