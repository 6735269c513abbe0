"""What a start finds on disk: whole records come back, damaged ranges are quarantined and counted."""

import logging
import os
from collections.abc import Iterable
from pathlib import Path

from agents.losses import Losses
from agents.segment import Name, Segment
from contract import durable
from contract.intervals import IntervalSet
from contract.messages import boot_text
from contract.wire import MAGIC, DamagedError, Gap, read, scan

log = logging.getLogger(__name__)

MAX_QUARANTINE = 64 << 20


def recover(folder: Path, losses: Losses, now_ms: int) -> list[Segment]:
    """Return the closed segments of earlier processes, those of the oldest process first, all durable.

    Raises:
        OSError: the folder cannot be listed.
    """
    names = [(name, path) for path in folder.iterdir() if (name := Name.parse(path.name))]
    age: dict[int, int] = {}  # a boot is random: only its files tell which one came first
    for name, path in names:
        age[name.boot] = min(age.get(name.boot, 1 << 64), _modified(path))
    names.sort(key=lambda found: (age[found[0].boot], found[0].boot, found[0].first))
    segments: list[Segment] = []
    for at, (name, path) in enumerate(names):
        following = names[at + 1][0] if at + 1 < len(names) else None
        try:
            data = path.read_bytes()
            with path.open("rb") as file:
                os.fsync(file.fileno())
        except OSError as error:
            losses.unreadable += 1
            log.error("%s cannot be read: %s; it is left as it is and tried again at the next start", path, error)
            continue
        limit = following.first if following and following.boot == name.boot else None
        segments.append(_read(path, data, name, limit, losses, now_ms))
    durable.sync_folder(folder)
    try:
        losses.save()
    except OSError as error:
        log.error("the losses of %s cannot be written now: %s; the damaged segments stay until they can", folder, error)
    return segments


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 1 << 64


def _read(path: Path, data: bytes, name: Name, limit: int | None, losses: Losses, now_ms: int) -> Segment:
    """`limit` is the first number of the segment behind this one, if there is one."""
    segment = Segment(path, name.boot, name.first)
    segment.size = len(data)
    beyond = limit if name.last is None else name.last + 1
    expected = name.first
    gap: Gap | None = None
    for found in scan(data):
        if isinstance(found, Gap):
            gap = found
            continue
        offset, record = found
        if record.boot != name.boot or record.seq < expected or (beyond is not None and record.seq >= beyond):
            continue  # of a write that failed: its number was given again
        if record.seq > expected or gap:
            _lost(segment, data, gap or Gap(offset, offset), _range(expected, record.seq), losses, now_ms)
        segment.add(record, offset)
        expected, gap = record.seq + 1, None
    if name.last is not None:
        end = name.last + 1
    else:
        # Nothing says how many records a damaged end held: one for each magic in it, and at least one.
        end = expected + max(1, data.count(MAGIC, gap.start, gap.stop)) if gap else expected
        end = end if limit is None else min(end, limit)
    if gap or end > expected:
        _lost(segment, data, gap or Gap(len(data), len(data)), _range(expected, end), losses, now_ms)
    return segment


def _range(first: int, stop: int) -> IntervalSet:
    return IntervalSet([(first, stop - 1)] if first < stop else [])


def _lost(segment: Segment, data: bytes, gap: Gap, numbers: IntervalSet, losses: Losses, now_ms: int) -> None:
    quarantine(segment, gap.start, data[gap.start : gap.stop])
    log.error("%s is damaged at bytes %d to %d: %d records are lost", segment.path, gap.start, gap.stop, len(numbers))
    losses.note(segment.boot, numbers, now_ms)


def reread(segment: Segment, wanted: Iterable[int], data: bytes) -> dict[int, bytes]:
    """Return the bytes of those of the wanted records, by index, that are still whole in the segment's data."""
    records: dict[int, bytes] = {}
    for index in wanted:
        offset = segment.offset(index)
        try:
            records[index] = data[offset : offset + read(data, offset).size]
        except DamagedError:
            continue
    return records


def quarantine_records(segment: Segment, damaged: Iterable[int], data: bytes) -> IntervalSet:
    """Keep copies of damaged records, given by index, and return their numbers."""
    numbers = IntervalSet()
    for index in damaged:
        start = segment.offset(index)
        stop = segment.offset(index + 1) if index + 1 < len(segment) else len(data)
        quarantine(segment, start, data[start:stop])
        numbers.add(segment.seqs()[index])
    return numbers


def quarantine(segment: Segment, offset: int, data: bytes) -> None:
    """Keep a copy of a damaged range in `quarantine/`, once, within a bound on the folder's bytes."""
    folder = segment.path.parent / "quarantine"
    copy = folder / f"{boot_text(segment.boot)}-{segment.first:016x}-{offset}"
    try:
        if not data or copy.exists():
            return
        folder.mkdir(exist_ok=True)
        if sum(file.stat().st_size for file in folder.iterdir()) + len(data) > MAX_QUARANTINE:
            log.warning("%s is full: no copy is kept of %d damaged bytes", folder, len(data))
            return
        durable.replace(copy, data)
    except OSError as error:
        log.warning("no copy is kept of %d damaged bytes: %s", len(data), error)
