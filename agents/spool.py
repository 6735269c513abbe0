"""The spool: an agent's batches on its own disk until the collector says that the database holds them.

Constraints first. A batch is published only after its fsync. A segment is unlinked only when all of it is settled or
its loss has been reported; there is no read cursor and no index that could be wrong. The bytes on disk stay within a
budget and leave free space to others. It never refuses to start because of what it finds, and is never deleted.
"""

import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import count, repeat
from pathlib import Path

from agents import folder as folders
from agents import holdings, opening, recovery
from agents.appender import Appender
from agents.folder import BLOCK, Limits
from agents.holdings import BootState, Spooled
from agents.segment import Segment
from contract import crash_point
from contract.intervals import IntervalSet
from contract.messages import Acked, boot_text
from contract.wire import pack

log = logging.getLogger(__name__)


class Spool:
    """Thread-safe. One process a folder. All but `next_seq` and `size` may wait for the disk."""

    def __init__(self, folder: Path, boot: int, limits: Limits) -> None:
        """Open the folder and find what earlier processes left.

        Raises:
            SpoolError: another process has the folder, or it cannot be read or written.
        """
        self.boot, self._folder, self._limits = boot, folder, limits
        self._lock = threading.Lock()
        self._next = 0
        self._stuck = False
        largest = min(limits.segment, max(limits.budget // 4, BLOCK))
        self._appender = Appender(folder, boot, max_bytes=largest, max_age_s=limits.age_s)
        opened = opening.opened(folder, boot, limits.archive)
        self._guard, self._losses, self._closed = opened.guard, opened.losses, opened.segments
        self.replaces = sorted(opened.before | {boot_text(segment.boot) for segment in self._closed})
        self.unreadable = self._losses.unreadable  # how often the disk did not give a segment back
        self.damaged = self.dropped()  # how many of the batches that were dropped the disk had damaged
        self._found = holdings.spooled(self._closed)
        self._bytes = sum(segment.size for segment in self._closed)

    def commit(self, bodies: Sequence[bytes]) -> list[Spooled]:
        """Append the bodies as records and make them durable.

        Raises:
            OSError: the disk is full or failing: nothing of them is accepted, call again later.
        """
        with self._lock:
            boot, first = self.boot, self._next
            packed = [pack(boot, seq, body) for seq, body in enumerate(bodies, first)]
            size = sum(map(len, packed))
            if self._appender.is_due(size):
                self._close_active()
            try:
                self._appender.append(first, packed)
            except OSError:
                self._close_active()
                raise
            self._next += len(packed)
            self._bytes += size
            return list(map(Spooled._make, zip(repeat(boot), count(first), packed, strict=False)))

    def keep_within_limits(self) -> None:
        """Drop the oldest segments until the budget holds, and closed ones for the free space that is missing.

        Raises:
            OSError: a loss cannot be reported, so nothing is dropped.
        """
        with self._lock:
            at = stuck = 0  # those before it cannot be unlinked: to drop others in their place would free nothing
            while self._bytes - stuck + BLOCK * (len(self._closed) - at) > self._limits.budget:
                if at == len(self._closed):
                    self._close_active()
                if at == len(self._closed):
                    break
                segment = self._closed[at]
                if not self._drop(segment):
                    at, stuck = at + 1, stuck + segment.size
            # Not more than is missing, since a disk may say late what was freed; and never what was just written, or
            # nothing at all would be kept on a disk that others have filled.
            missing = self._limits.free - folders.free_bytes(self._folder)
            while missing > 0 and at < len(self._closed):
                missing -= self._closed[at].size
                at += not self._drop(self._closed[at])

    def drop_oldest(self) -> int:
        """Drop one segment, since a write has found no room. Returns how many bytes that has freed, 0 if there is none.

        Raises:
            OSError: the loss cannot be reported, so nothing is dropped.
        """
        with self._lock:
            if not any(segment.unsettled for segment in self._closed):
                self._close_active()
            oldest = next((segment for segment in self._closed if segment.unsettled), None)
            return max(oldest.size, BLOCK) if oldest is not None and self._drop(oldest) else 0

    def free(self, boot: int, ranges: Sequence[Acked]) -> int:
        """Take an acknowledgement: settle what is stored, unlink what is settled. Returns how many ranges were ignored,
        because they name numbers that are not here or have another XOR."""
        with self._lock:
            segments = self._segments()
            ignored = sum(not holdings.settle(segments, boot, *each) for each in ranges)
            self._unlink_settled()
        return ignored

    def close_if_old(self) -> None:
        """Close the active segment when its time is over, so that it can be freed."""
        with self._lock:
            if self._appender.is_due(0):
                self._close_active()
            self._unlink_settled()

    def unsettled(self, below: int) -> Iterator[Spooled]:
        """Yield what is not stored yet, oldest first, of this boot only numbers below `below`. A record that the disk
        has damaged meanwhile is quarantined and reported instead; a segment that cannot be read is passed over."""
        with self._lock:
            segments = self._segments()
        for segment in segments:
            try:
                data, wanted = self._read(segment, below)
            except OSError as error:
                self.unreadable += 1
                log.error("%s cannot be read: %s; it is tried again", segment.path, error)
                continue
            records = recovery.reread(segment, wanted, data)
            if damaged := [index for index in wanted if index not in records]:
                self._lose(segment, damaged, data)
            for index, record in records.items():
                if not segment.is_settled(index):  # freed or dropped meanwhile
                    yield Spooled(segment.boot, segment.seqs()[index], record)

    def state(self) -> dict[int, BootState]:
        """Return what there is to say of every boot: numbers of durable batches only."""
        with self._lock:
            own = IntervalSet([(0, self._next - 1)] if self._next else [])
            return holdings.states(self._segments(), {**self._found, self.boot: own}, self._losses.dropped)

    @property
    def next_seq(self) -> int:
        """The number that the next batch of this boot will have."""
        return self._next

    @property
    def size(self) -> int:
        """Bytes of all segments."""
        return self._bytes

    def batches(self) -> int:
        """Return how many batches are not stored yet."""
        with self._lock:
            return sum(segment.unsettled for segment in self._segments())

    def dropped(self) -> int:
        """Return how many batches were dropped or found damaged since this process began."""
        with self._lock:
            return sum(map(len, self._losses.dropped.values())) - self._losses.earlier

    def close(self) -> None:
        """Let go of the folder; what is in it stays."""
        with self._lock:
            self._close_active()
            os.close(self._guard)

    def _read(self, segment: Segment, below: int) -> tuple[bytes, list[int]]:
        """Return the bytes of a segment and the indices of the records that are wanted of it."""
        with self._lock:
            seqs = segment.seqs()
            stop = len(seqs) if segment.boot != self.boot else segment.find(0, below - 1)[1]
            wanted = [index for index in range(stop) if not segment.is_settled(index)]
            if not wanted:
                return b"", []
            try:
                file = segment.path.open("rb")
            except FileNotFoundError:
                return b"", wanted  # somebody has deleted it: that is damage, too
        with file:
            return file.read(), wanted

    def _lose(self, segment: Segment, damaged: list[int], data: bytes) -> None:
        with self._lock:
            lost = [index for index in damaged if not segment.is_settled(index)]
            if not lost:
                return
            numbers = recovery.quarantine_records(segment, lost, data)
            log.error("%s was damaged on disk: batches %s are lost", segment.path, numbers.pairs())
            try:
                self._losses.report(segment.boot, numbers, time.time_ns() // 1_000_000)
            except OSError as error:
                log.error("that loss cannot be written: %s; it is tried again", error)
                return
            self.damaged += len(lost)
            for index in lost:
                segment.settle(index, index + 1)

    # Below, the lock is held.

    def _segments(self) -> list[Segment]:
        active = self._appender.segment
        return [*self._closed, active] if active is not None else list(self._closed)

    def _close_active(self) -> None:
        segment = self._appender.take()
        if segment is not None:
            self._closed.append(segment)

    def _drop(self, segment: Segment) -> bool:
        """Report and free a segment; False when it cannot be unlinked now."""
        numbers = IntervalSet()
        segment.spooled(numbers)
        if len(numbers):
            self._losses.report(segment.boot, numbers, time.time_ns() // 1_000_000)
            log.error("the spool is over its limits: %d batches of %s were dropped", len(numbers), segment.path.name)
        segment.settle(0, len(segment))
        gone = self._unlink(segment)
        self._losses.refill()
        return gone

    def _unlink(self, segment: Segment) -> bool:
        try:
            self._losses.save()  # the segment may be all that shows what was lost of it
            crash_point.reach("spool.before_unlink")
            if self._limits.archive:
                segment.path.rename(self._limits.archive / segment.path.name)
            else:
                segment.path.unlink(missing_ok=True)
        except OSError as error:
            if not self._stuck:
                log.error("%s cannot be freed: %s; it is tried again", segment.path, error)
            self._stuck = True
            return False
        crash_point.reach("spool.after_unlink")
        self._closed.remove(segment)
        self._bytes -= segment.size
        return True

    def _unlink_settled(self) -> None:
        gone = [self._unlink(segment) for segment in list(self._closed) if not segment.unsettled]
        self._stuck = not all(gone)
