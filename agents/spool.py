"""The spool: an agent's batches on its own disk until the collector says that the database holds them.

Constraints first. A batch is published only after its fsync. A segment is unlinked only when all of it is settled or
its loss has been reported; there is no read cursor and no index that could be wrong. The bytes on disk stay within a
budget and leave free space to others. It never refuses to start because of what it finds, and is never deleted.
"""

import fcntl
import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents import recovery
from agents.appender import Appender
from agents.losses import Losses
from agents.segment import Segment
from contract import durable
from contract.intervals import IntervalSet
from contract.messages import Acked, boot_text
from contract.wire import DamagedError, pack, read

log = logging.getLogger(__name__)


class SpoolError(Exception):
    """The spool's folder cannot be used; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes, and seconds after which a segment is closed."""

    budget: int = 256 << 20
    segment: int = 4 << 20
    free: int = 64 << 20
    age_s: float = 15.0
    archive: Path | None = None  # where freed segments are kept, for audits


@dataclass(frozen=True, slots=True)
class Spooled:
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


class Spool:
    """Thread-safe. One process a folder."""

    def __init__(self, folder: Path, boot: int, limits: Limits = Limits()) -> None:
        """Open the folder and find what earlier processes left.

        Raises:
            SpoolError: another process has the folder, or it cannot be read or written.
        """
        self.boot, self._folder, self._limits = boot, folder, limits
        self._lock = threading.Lock()
        self._next = 0
        largest = min(limits.segment, max(limits.budget // 4, 4096))
        self._appender = Appender(folder, boot, max_bytes=largest, max_age_s=limits.age_s)
        try:
            for each in (folder, limits.archive or folder):
                each.mkdir(parents=True, exist_ok=True)
            self._guard = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
            now_ms = time.time_ns() // 1_000_000
            self._losses = Losses(folder, now_ms)
            self._closed = recovery.recover(folder, self._losses, now_ms)
            self.replaces = self._take_over()
        except BlockingIOError as error:
            raise SpoolError(f"{folder} is in use by another agent: give each agent a folder of its own") from error
        except OSError as error:
            raise SpoolError(f"{folder} cannot be used as a spool: {error}") from error
        self._found = self._numbers_of(self._closed)
        self._bytes = sum(segment.size for segment in self._closed)

    def _take_over(self) -> list[str]:
        path = self._folder / "boot"
        before = path.read_text("ascii", errors="replace").strip() if path.exists() else ""
        try:
            durable.replace(path, boot_text(self.boot).encode())
        except OSError as error:
            log.warning("%s cannot be written: %s; the ledger may show batches as spooled twice", path, error)
        found = {boot_text(segment.boot) for segment in self._closed} | {before}
        return sorted(name for name in found if len(name) == 16)

    def commit(self, bodies: Sequence[bytes]) -> list[Spooled]:
        """Append the bodies as records and make them durable.

        Raises:
            OSError: the disk is full or failing: nothing of them is accepted, call again later.
        """
        with self._lock:
            packed = [pack(self.boot, self._next + i, body) for i, body in enumerate(bodies)]
            if self._appender.is_due(sum(map(len, packed))):
                self._close_active()
            try:
                self._appender.append(self._next, packed)
            except OSError:
                self._close_active()
                raise
            first = self._next
            self._next += len(packed)
            self._bytes += sum(map(len, packed))
            return [Spooled(self.boot, first + i, data) for i, data in enumerate(packed)]

    def keep_within_limits(self, *, full: bool = False) -> None:
        """Drop the oldest closed segments until the budget and the free space hold; with `full`, at least one.

        Raises:
            OSError: a loss cannot be reported, so nothing is dropped.
        """
        with self._lock:
            while self._over() or full:
                if not self._closed:
                    self._close_active()
                if not self._closed:
                    return
                self._drop(self._closed[0])
                full = False

    def free(self, boot: int, ranges: Sequence[Acked]) -> int:
        """Take an acknowledgement: settle what is stored, unlink what is settled. Returns how many ranges were ignored,
        because they name numbers that are not here or have another XOR."""
        ignored = 0
        with self._lock:
            for first, last, xor in ranges:
                ignored += not self._settle(boot, first, last, xor)
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
        has damaged meanwhile is quarantined and reported instead.

        Raises:
            OSError: a segment cannot be read, or a loss not be reported.
        """
        with self._lock:
            segments = self._segments()
        for segment in segments:
            try:
                data = segment.path.read_bytes() if segment.unsettled else b""
            except FileNotFoundError:
                continue  # freed meanwhile
            for index, seq in enumerate(list(segment.seqs()) if data else []):
                if segment.is_settled(index) or (segment.boot == self.boot and seq >= below):
                    continue
                offset = segment.offset(index)
                try:
                    record = read(data, offset)
                except DamagedError as error:
                    self._lose(segment, index, data[offset:], error)
                else:
                    yield Spooled(segment.boot, seq, data[offset : offset + record.size])

    def state(self) -> dict[int, BootState]:
        """Return what there is to say of every boot: numbers of durable batches only."""
        with self._lock:
            spooled: dict[int, IntervalSet] = {}
            for segment in self._segments():
                segment.spooled(spooled.setdefault(segment.boot, IntervalSet()))
            produced = dict(self._found)
            produced[self.boot] = IntervalSet([(0, self._next - 1)] if self._next else [])
            dropped = self._losses.dropped
            return {
                boot: BootState(
                    produced.get(boot, IntervalSet()) | dropped.get(boot, IntervalSet()),
                    spooled.get(boot, IntervalSet()),
                    dropped.get(boot, IntervalSet()),
                )
                for boot in produced.keys() | dropped.keys()
            }

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
        """Return how many batches were dropped or damaged, also by earlier processes of the last 30 days."""
        return sum(map(len, self._losses.dropped.values()))

    def close(self) -> None:
        """Let go of the folder; what is in it stays."""
        with self._lock:
            self._close_active()
            os.close(self._guard)

    def _lose(self, segment: Segment, index: int, data: bytes, why: DamagedError) -> None:
        seq = segment.seqs()[index]
        stop = segment.offset(index + 1) - segment.offset(index) if index + 1 < len(segment) else len(data)
        log.error("%s was damaged on disk (%s): batch %d is lost", segment.path, why, seq)
        with self._lock:
            recovery.quarantine(segment.path, segment.offset(index), data[:stop])
            self._losses.report(segment.boot, IntervalSet([(seq, seq)]), time.time_ns() // 1_000_000)
            segment.settle(index, index + 1)

    # Below, the lock is held.

    def _over(self) -> bool:
        if self._bytes > self._limits.budget:
            return True
        disk = os.statvfs(self._folder)
        return self._bytes > 0 and disk.f_bavail * disk.f_frsize < self._limits.free

    def _segments(self) -> list[Segment]:
        active = self._appender.segment
        return [*self._closed, active] if active is not None else list(self._closed)

    def _close_active(self) -> None:
        segment = self._appender.take()
        if segment is not None:
            self._closed.append(segment)

    def _settle(self, boot: int, first: int, last: int, xor: int) -> bool:
        found, mine = 0, 0
        hits: list[tuple[Segment, int, int]] = []
        for segment in self._segments():
            if segment.boot == boot:
                start, stop = segment.find(first, last)
                if start < stop:
                    hits.append((segment, start, stop))
                    found += stop - start
                    mine ^= segment.xor(start, stop)
        if found != last - first + 1 or mine != xor:
            return False
        for segment, start, stop in hits:
            segment.settle(start, stop)
        return True

    def _drop(self, segment: Segment) -> None:
        numbers = IntervalSet()
        segment.spooled(numbers)
        if len(numbers):
            self._losses.report(segment.boot, numbers, time.time_ns() // 1_000_000)
            log.error("the spool is over its limits: %d batches of %s were dropped", len(numbers), segment.path.name)
        self._unlink(segment)
        self._losses.refill()

    def _unlink(self, segment: Segment) -> None:
        if self._limits.archive:
            segment.path.rename(self._limits.archive / segment.path.name)
        else:
            segment.path.unlink(missing_ok=True)
        self._closed.remove(segment)
        self._bytes -= segment.size

    def _unlink_settled(self) -> None:
        for segment in [segment for segment in self._closed if not segment.unsettled]:
            self._unlink(segment)

    @staticmethod
    def _numbers_of(segments: Sequence[Segment]) -> dict[int, IntervalSet]:
        out: dict[int, IntervalSet] = {}
        for segment in segments:
            segment.spooled(out.setdefault(segment.boot, IntervalSet()))
        return out
