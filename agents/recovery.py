"""What a start finds on disk: whole records come back, damaged ranges are quarantined and counted."""

import logging
import os
from pathlib import Path

from contract import durable
from agents.losses import Losses
from agents.segment import Segment
from contract.intervals import IntervalSet
from contract.wire import MAGIC, Gap, scan

log = logging.getLogger(__name__)

MAX_QUARANTINE = 64 << 20


def recover(folder: Path, losses: Losses, now_ms: int) -> list[Segment]:
    """Return the closed segments of earlier processes, by boot and number, all durable.

    Raises:
        OSError: the folder cannot be listed.
    """
    names = sorted((key, path) for path in folder.glob("*.seg") if (key := Segment.parse_name(path.name)))
    segments: list[Segment] = []
    for at, ((boot, first), path) in enumerate(names):
        following = names[at + 1][0] if at + 1 < len(names) else None
        end = following[1] if following and following[0] == boot else None
        try:
            data = path.read_bytes()
            with path.open("rb") as file:
                os.fsync(file.fileno())
        except OSError as error:
            log.error("%s cannot be read: %s; it is left as it is and tried again at the next start", path, error)
            continue
        segments.append(_read(path, data, boot, first, end, losses, now_ms))
    durable.sync_folder(folder)
    return segments


def _read(path: Path, data: bytes, boot: int, first: int, end: int | None, losses: Losses, now_ms: int) -> Segment:
    segment = Segment(path, boot, first)
    segment.size = len(data)
    expected = first
    gap: Gap | None = None
    for found in scan(data):
        if isinstance(found, Gap):
            gap = found
            continue
        offset, record = found
        if record.boot != boot or record.seq < expected:
            continue  # written twice after a failed write: the first copy counts
        if record.seq > expected or gap:
            _lost(
                path, data, gap or Gap(offset, offset), boot, IntervalSet(_range(expected, record.seq)), losses, now_ms
            )
        segment.add(record, offset)
        expected, gap = record.seq + 1, None
    if end is not None and end > expected:
        _lost(path, data, gap or Gap(len(data), len(data)), boot, IntervalSet([(expected, end - 1)]), losses, now_ms)
    elif gap and end is None:
        # Nothing says how many records a damaged tail held: one for each magic in it, and at least one.
        count = max(1, data.count(MAGIC, gap.start, gap.stop))
        _lost(path, data, gap, boot, IntervalSet([(expected, expected + count - 1)]), losses, now_ms)
    elif gap:
        quarantine(path, gap.start, data[gap.start : gap.stop])
    return segment


def _range(first: int, stop: int) -> list[tuple[int, int]]:
    return [(first, stop - 1)] if first < stop else []


def _lost(path: Path, data: bytes, gap: Gap, boot: int, numbers: IntervalSet, losses: Losses, now_ms: int) -> None:
    quarantine(path, gap.start, data[gap.start : gap.stop])
    log.error("%s is damaged at bytes %d to %d: %d records are lost", path, gap.start, gap.stop, len(numbers))
    if len(numbers):
        losses.report(boot, numbers, now_ms)


def quarantine(path: Path, offset: int, data: bytes) -> None:
    """Keep a copy of a damaged range in `quarantine/`, once, within a bound on the folder's bytes."""
    folder = path.parent / "quarantine"
    copy = folder / f"{path.stem}-{offset}"
    if not data or copy.exists():
        return
    try:
        folder.mkdir(exist_ok=True)
        if sum(file.stat().st_size for file in folder.iterdir()) + len(data) > MAX_QUARANTINE:
            log.warning("%s is full: no copy is kept of %d damaged bytes", folder, len(data))
            return
        durable.replace(copy, data)
    except OSError as error:
        log.warning("no copy is kept of %d damaged bytes: %s", len(data), error)
