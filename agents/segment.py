"""One segment: a file of records of one boot, their numbers ascending. Appended to, read, unlinked; never edited."""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

from contract.intervals import IntervalSet
from contract.messages import boot_text
from contract.wire import Record


class Segment:
    """What is known of one file. Not thread-safe: the spool's lock guards it."""

    __slots__ = ("_crcs", "_offsets", "_seqs", "_settled", "boot", "first", "path", "size", "unsettled")

    def __init__(self, path: Path, boot: int, first: int) -> None:
        """`first` is the number of the first record that belongs here, as the file's name says."""
        self.path, self.boot, self.first = path, boot, first
        self.size = 0
        self.unsettled = 0
        self._seqs = array("Q")
        self._crcs = array("L")
        self._offsets = array("L")
        self._settled = bytearray()

    @staticmethod
    def name(boot: int, first: int) -> str:
        """Return the file name."""
        return f"{boot_text(boot)}-{first:016x}.seg"

    @staticmethod
    def parse_name(name: str) -> tuple[int, int] | None:
        """Return (boot, first) of a file name, or None."""
        stem, dot, end = name.partition(".")
        boot, dash, first = stem.partition("-")
        if (dot + end, dash, len(boot), len(first)) != (".seg", "-", 16, 16):
            return None
        try:
            return int(boot, 16), int(first, 16)
        except ValueError:
            return None

    def __len__(self) -> int:
        return len(self._seqs)

    def add(self, record: Record, offset: int) -> None:
        """Note a record that is in the file at `offset`. One whose number is not above the last is passed over."""
        if self._seqs and record.seq <= self._seqs[-1]:
            return
        self._seqs.append(record.seq)
        self._crcs.append(record.crc)
        self._offsets.append(offset)
        self._settled.append(0)
        self.unsettled += 1

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
