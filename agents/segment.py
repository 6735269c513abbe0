"""One segment: a file of records of one boot, their numbers ascending. Appended to, read, unlinked; never edited.

Its name says its boot and first number and, once it is closed, its last one: nothing else says how many records a
damaged end held, since the segments behind it may have been freed before it. It also says when its records are alarms,
which have a budget of their own.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from contract.intervals import IntervalSet
from contract.messages import boot_text
from contract.wire import MAX_SEQ, crcs_of

_NAME = re.compile(r"([0-9a-f]{16})-([0-9a-f]{16})(?:-([0-9a-f]{16}))?(\.alarms)?\.seg")


def boot_of_alarms(boot: int) -> int:
    """Return the boot of the alarms of a process, by that of the process: as random, and never the same."""
    return boot ^ (1 << 64) - 1


class Name(NamedTuple):
    """What a file name says; `last` is None while the segment is not closed."""

    boot: int
    first: int
    last: int | None
    alarms: bool = False

    @classmethod
    def parse(cls, name: str) -> "Name | None":
        """Return what a file name says, or None when it is no segment's."""
        match = _NAME.fullmatch(name)
        if match is None:
            return None
        boot, first, last = (None if part is None else int(part, 16) for part in match.groups()[:3])
        if boot is None or first is None or not first <= (first if last is None else last) < MAX_SEQ:
            return None
        return cls(boot, first, last, match[4] is not None)

    def __str__(self) -> str:
        last = "" if self.last is None else f"-{self.last:016x}"
        return f"{boot_text(self.boot)}-{self.first:016x}{last}{'.alarms' if self.alarms else ''}.seg"


class Segment:
    """What is known of one file. Not thread-safe: the spool's lock guards it."""

    __slots__ = ("_crcs", "_offsets", "_seqs", "_settled", "alarms", "boot", "first", "path", "size", "unsettled")

    def __init__(self, path: Path, name: Name) -> None:
        """The name's `first` is the number of the first record that belongs here."""
        self.path, self.boot, self.first, self.alarms = path, name.boot, name.first, name.alarms
        self.size = 0
        self.unsettled = 0
        self._seqs = array("Q")
        self._crcs = array("L")
        self._offsets = array("L")
        self._settled = bytearray()

    def __len__(self) -> int:
        return len(self._seqs)

    def add(self, seq: int, crc: int, offset: int) -> None:
        """Note a record that is in the file at `offset`; its number is above the last."""
        self._seqs.append(seq)
        self._crcs.append(crc)
        self._offsets.append(offset)
        self._settled.append(0)
        self.unsettled += 1

    def extend(self, first: int, packed: Sequence[bytes]) -> None:
        """Note records that were appended to the file, numbered from `first`."""
        *offsets, self.size = accumulate(map(len, packed), initial=self.size)
        self._seqs.extend(range(first, first + len(packed)))
        self._crcs.extend(crcs_of(packed))
        self._offsets.extend(offsets)
        self._settled.extend(bytes(len(packed)))
        self.unsettled += len(packed)

    @property
    def name(self) -> Name:
        """The name that it has once it is closed; it must hold a record."""
        return Name(self.boot, self.first, self._seqs[-1], self.alarms)

    def seqs(self) -> Sequence[int]:
        """Return the numbers of its records, ascending."""
        return self._seqs

    def find(self, first: int, last: int) -> tuple[int, int]:
        """Return the index range [start, stop) of the records numbered `first` to `last`."""
        return bisect_left(self._seqs, first), bisect_left(self._seqs, last + 1)

    def xor(self, start: int, stop: int) -> int:
        """Return the XOR of the CRCs of an index range."""
        out = 0
        for crc in self._crcs[start:stop]:
            out ^= crc
        return out

    def settle(self, start: int, stop: int) -> None:
        """Mark an index range as needed no more."""
        self.unsettled -= self._settled.count(0, start, stop)
        self._settled[start:stop] = b"\1" * (stop - start)

    def is_settled(self, index: int) -> bool:
        """Whether a record is needed no more."""
        return self._settled[index] == 1

    def offset(self, index: int) -> int:
        """Return where a record begins in the file."""
        return self._offsets[index]

    def spooled(self, into: IntervalSet) -> None:
        """Add the numbers that are still needed."""
        if not self.unsettled:
            return
        if self.unsettled == len(self._seqs) == self._seqs[-1] - self._seqs[0] + 1:
            into.add(self._seqs[0], self._seqs[-1])
            return
        for seq, settled in zip(self._seqs, self._settled, strict=True):
            if not settled:
                into.add(seq)
