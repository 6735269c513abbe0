"""The spool: an agent's batches on its own disk until the collector says that the database holds them.

Constraints first. A batch is published only after its fsync. A segment is unlinked only when all of it is settled or
its loss has been reported; there is no read cursor and no index that could be wrong. Polls and alarms are two lanes,
each within a budget of its own, and leave free space to others. It never refuses to start because of what it finds, and
is never deleted.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from agents import folder as folders
from agents import holdings, opening, recovery
from agents.folder import BLOCK, Limits
from agents.holdings import BootState, Spooled
from agents.lane import Lane
from agents.segment import Segment
from contract import crash_point
from contract.intervals import IntervalSet
from contract.messages import Acked

log = logging.getLogger(__name__)


class Spool:
    """Thread-safe. One process a folder. Only methods may wait for the disk."""

    def __init__(self, folder: Path, boot: int, limits: Limits, *, expects_alarms: bool = False) -> None:
        """Open the folder and find what earlier processes left. `boot` is this process's, and that of its polls. When
        it `expects_alarms` their boot is told before there are any: who hears of a batch knows its clock by its boot.

        Raises:
            SpoolError: another process has the folder, or it cannot be read or written.
        """
        self.boot, self._folder, self._limits = boot, folder, limits
        self._lock = threading.Lock()
        self._stuck = False
        opened = opening.opened(folder, boot, limits.archive)
        self._guard, self._losses, self.replaces = opened.guard, opened.losses, opened.replaces
        self.unreadable = self._losses.unreadable  # how often the disk did not give a segment back
        self.damaged = self.dropped()  # how many of the batches that were dropped the disk had damaged
        self.alarms_dropped = 0
        self._found = holdings.spooled(opened.segments)
        polls, alarms = ([one for one in opened.segments if one.alarms == which] for which in (False, True))
        self._polls = Lane(folder, boot, limits, polls, alarms=False, expected=True)
        self._alarms = Lane(folder, boot, limits, alarms, alarms=True, expected=expects_alarms)
        self._lanes = self._polls, self._alarms

    def commit(self, bodies: Sequence[bytes], *, alarms: bool = False) -> list[Spooled]:
        """Append the bodies to a lane as records and make them durable.

        Raises:
            OSError: the disk is full or failing: nothing of them is accepted, call again later.
        """
        with self._lock:
            return self._lanes[alarms].append(bodies)

    def keep_within_limits(self) -> None:
        """Drop the oldest segments of each lane until its budget holds, and closed ones for the free space that is
        missing, of the lane that has more of its budget.

        Raises:
            OSError: a loss cannot be reported, so nothing is dropped.
        """
        with self._lock:
            passed = {lane: lane.keep_within_budget(self._drop) for lane in self._lanes}
            # Not more than is missing, since a disk may say late what was freed; and never what was just written, or
            # nothing at all would be kept on a disk that others have filled.
            missing = self._limits.free - folders.free_bytes(self._folder)
            while missing > 0 and (left := [lane for lane in self._lanes if passed[lane] < len(lane.closed)]):
                lane = max(left, key=Lane.share)
                segment = lane.closed[passed[lane]]
                missing -= segment.size
                passed[lane] += not self._drop(segment)

    def drop_oldest(self) -> int:
        """Drop one segment, since a write has found no room. Returns how many bytes that has freed, 0 if there is none.

        Raises:
            OSError: the loss cannot be reported, so nothing is dropped.
        """
        with self._lock:
            lanes = sorted(self._lanes, key=Lane.share, reverse=True)
            oldest = next((one for lane in lanes if (one := lane.oldest()) is not None), None)
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
            for lane in self._lanes:
                lane.close_if_old()
            self._unlink_settled()

    def unsettled(self, below: Mapping[int, int] | None = None) -> Iterator[Spooled]:
        """Yield what is not stored yet, of each lane in turn and oldest first; of this process's boots only numbers
        lower than `below` says. A record that the disk has damaged meanwhile is quarantined and reported instead; a
        segment that cannot be read is passed over."""
        below = below or self.ends
        with self._lock:
            sweeps = deque(self._unsettled(lane.segments(), below) for lane in self._lanes)
        while sweeps:
            batch = next(sweeps[0], None)
            if batch is None:
                sweeps.popleft()
            else:
                sweeps.rotate()  # so that what is held of one lane keeps the other waiting no longer than itself
                yield batch

    def state(self) -> dict[int, BootState]:
        """Return what there is to say of every boot, this process's first: numbers of durable batches only."""
        with self._lock:
            own = {lane.boot: lane.produced() for lane in self._lanes if lane.expected or lane.next}
            return holdings.states(self._segments(), own | self._found, self._losses.dropped)

    @property
    def ends(self) -> dict[int, int]:
        """The number that the next batch of each of this process's boots will have."""
        return {lane.boot: lane.next for lane in self._lanes}

    @property
    def accepted(self) -> int:
        """How many batches this process has made durable."""
        return sum(lane.next for lane in self._lanes)

    @property
    def size(self) -> int:
        """Bytes of all segments."""
        return sum(lane.bytes for lane in self._lanes)

    @property
    def alarms_size(self) -> int:
        """Bytes of those of alarms."""
        return self._alarms.bytes

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
            for lane in self._lanes:
                lane.close_active()
            os.close(self._guard)

    def _unsettled(self, segments: Sequence[Segment], below: Mapping[int, int]) -> Iterator[Spooled]:
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

    def _read(self, segment: Segment, below: Mapping[int, int]) -> tuple[bytes, list[int]]:
        """Return the bytes of a segment and the indices of the records that are wanted of it."""
        with self._lock:
            seqs = segment.seqs()
            stop = segment.find(0, below[segment.boot] - 1)[1] if segment.boot in below else len(seqs)
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
        return [segment for lane in self._lanes for segment in lane.segments()]

    def _drop(self, segment: Segment) -> bool:
        """Report and free a segment; False when it cannot be unlinked now."""
        numbers = IntervalSet()
        segment.spooled(numbers)
        if len(numbers):
            self._losses.report(segment.boot, numbers, time.time_ns() // 1_000_000)
            log.error("the spool is over its limits: %d batches of %s were dropped", len(numbers), segment.path.name)
            self.alarms_dropped += segment.alarms * len(numbers)
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
        self._lanes[segment.alarms].gone(segment)
        return True

    def _unlink_settled(self) -> None:
        closed = [segment for lane in self._lanes for segment in lane.closed]
        gone = [self._unlink(segment) for segment in closed if not segment.unsettled]
        self._stuck = not all(gone)
