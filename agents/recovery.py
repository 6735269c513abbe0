"""What a start finds on disk: whole records come back, damaged ranges are quarantined and counted."""

import logging
import os
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from agents.folder import refuse_pipe
from agents.losses import Losses
from agents.segment import Name, Segment
from contract import durable
from contract.intervals import IntervalSet
from contract.messages import boot_text
from contract.wire import DamagedError, Gap, read, scan, starts

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
    for at, content in enumerate(_contents([path for _, path in names])):
        name, path = names[at]
        following = names[at + 1][0] if at + 1 < len(names) else None
        try:
            data = content.result()
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


def _contents(paths: Sequence[Path]) -> Iterator[Future[bytes]]:
    """Yield what is in each file, while the next one is read: one waits for the disk, the other for the processor."""
    with ThreadPoolExecutor(1) as reader:
        ahead: deque[Future[bytes]] = deque()
        for path in paths:
            ahead.append(reader.submit(_durable, path))
            if len(ahead) > 1:
                yield ahead.popleft()
        yield from ahead


def _durable(path: Path) -> bytes:
    """Return what is in a file, now also after a power cut."""
    refuse_pipe(path)
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return file.read()


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 1 << 64


def _read(path: Path, data: bytes, name: Name, limit: int | None, losses: Losses, now_ms: int) -> Segment:
    """`limit` is the first number of the segment behind this one, if there is one."""
    segment = Segment(path, name)
    segment.size = len(data)
    beyond = limit if name.last is None else name.last + 1
    expected = name.first
    lost = IntervalSet()
    gaps: list[Gap] = []
    known = 0  # how many of the gaps have a record behind them, whose number says what was in them
    for found in scan(data):
        if isinstance(found, Gap):
            gaps.append(found)
            continue
        if found.boot != name.boot:
            gaps.append(Gap(found.start, found.stop))  # what was within a body, or got here by a broken file system
            continue
        if found.seq < expected or (beyond is not None and found.seq >= beyond):
            continue  # of a write that failed: its number was given again
        if found.seq > expected:
            lost.add(expected, found.seq - 1)
        segment.add(found.seq, found.crc, found.start)
        expected, known = found.seq + 1, len(gaps)
    end = beyond if name.last is not None else _end(data, name.boot, expected, gaps[known:], limit)
    if end is not None and end > expected:
        lost.add(expected, end - 1)
    if gaps or lost:
        where = ", ".join(f"{gap.start}-{gap.stop}" for gap in gaps[:10]) or "its end"
        log.error("%s is damaged at bytes %s: %d records are lost", path, where, len(lost))
        quarantine(segment, gaps, data)
        losses.note(name.boot, lost, now_ms)
    for pair in losses.dropped.get(name.boot, IntervalSet()).within(name.first, expected).pairs():
        segment.settle(*segment.find(*pair))  # what was reported as dropped, and kept by a power cut, stays so
    return segment


def _end(data: bytes, boot: int, expected: int, gaps: Sequence[Gap], limit: int | None) -> int:
    """Return the number behind the last record that a damaged end has held: nothing else says how many there were."""
    if not gaps:
        return expected
    end = expected + starts(data, Gap(gaps[0].start, gaps[-1].stop), boot)
    return end if limit is None else min(end, limit)


def reread(segment: Segment, wanted: Iterable[int], data: bytes) -> dict[int, bytes]:
    """Return the bytes of those of the wanted records, by index, that are still there, whole, in the segment's data."""
    records: dict[int, bytes] = {}
    for index in wanted:
        offset = segment.offset(index)
        try:
            found = read(data, offset)
        except DamagedError:
            continue
        if found.crc == segment.xor(index, index + 1):  # it covers the name, too
            records[index] = data[offset : offset + found.size]
    return records


def quarantine_records(segment: Segment, damaged: Iterable[int], data: bytes) -> IntervalSet:
    """Keep copies of damaged records, given by index, and return their numbers."""
    numbers = IntervalSet()
    ranges: list[Gap] = []
    for index in damaged:
        start = segment.offset(index)
        ranges.append(Gap(start, segment.offset(index + 1) if index + 1 < len(segment) else len(data)))
        numbers.add(segment.seqs()[index])
    quarantine(segment, ranges, data)
    return numbers


def quarantine(segment: Segment, ranges: Sequence[Gap], data: bytes) -> None:
    """Keep one copy of a segment's damaged ranges in `quarantine/`, once, within a bound on the folder's bytes."""
    folder = segment.path.parent / "quarantine"
    copied = b"".join(data[each.start : each.stop] for each in ranges)
    try:
        if not copied:
            return
        copy = folder / f"{boot_text(segment.boot)}-{segment.first:016x}-{ranges[0].start}-{zlib.crc32(copied):08x}"
        if copy.exists():
            return
        folder.mkdir(exist_ok=True)
        if sum(file.stat().st_size for file in folder.iterdir()) + len(copied) > MAX_QUARANTINE:
            log.warning("%s is full: no copy is kept of %d damaged bytes", folder, len(copied))
            return
        durable.replace(copy, copied)
    except OSError as error:
        log.warning("no copy is kept of %d damaged bytes: %s", len(copied), error)
