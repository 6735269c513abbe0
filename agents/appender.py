"""The end of the spool that grows: the active segment and its file. What is written is durable on return."""

import logging
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from agents.segment import Name, Segment
from contract import crash_point, durable

log = logging.getLogger(__name__)


class Appender:
    """Not thread-safe: the spool's lock guards it."""

    def __init__(self, folder: Path, boot: int, *, alarms: bool, max_bytes: int, max_age_s: float) -> None:
        """A segment is closed when it would grow over `max_bytes`, or is older than `max_age_s` and something of it is
        settled: till then it could not be freed, and days without a collector would cut what there is into small files,
        each of which takes a block of the budget."""
        self._folder, self._boot, self._are_alarms = folder, boot, alarms
        self._max_bytes, self._max_age_s = max_bytes, max_age_s
        self._fd: int | None = None
        self._opened = 0.0
        self._unnamed: Segment | None = None
        self.segment: Segment | None = None

    def is_due(self, coming: int) -> bool:
        """Whether the active segment should be closed before `coming` more bytes."""
        if self.segment is None or not len(self.segment):
            return False
        if self.segment.size + coming > self._max_bytes:
            return True
        return self.segment.unsettled < len(self.segment) and time.monotonic() - self._opened > self._max_age_s

    def append(self, first: int, packed: Sequence[bytes]) -> None:
        """Write records numbered from `first` and make them durable.

        Raises:
            OSError: the disk is full or failing: none of them counts, and `take` must be called before the next append.
        """
        if self._fd is None or self.segment is None:
            if self._unnamed is not None:  # what a failed write left in it has the numbers that are given now
                self._name(self._unnamed)
            name = Name(self._boot, first, None, self._are_alarms)
            path = self._folder / str(name)
            self._fd = _new(path)
            self.segment = Segment(path, name)
            self._opened = time.monotonic()
            durable.sync_folder(self._folder)
        segment = self.segment
        try:
            _write(self._fd, b"".join(packed))
            crash_point.reach("spool.after_write")
            os.fdatasync(self._fd)
            crash_point.reach("spool.after_fsync")
        except OSError:
            # Nothing is sure of the bytes behind the last good record any more.
            try:
                os.ftruncate(self._fd, segment.size)
            except OSError as error:
                log.warning("%s keeps a torn end: %s", segment.path, error)
            raise
        segment.extend(first, packed)

    def take(self) -> Segment | None:
        """Close the active segment and return it, or None when it holds no record. Its new name is durable when the
        next segment is made; until then it is the last of its boot, and nothing follows that could mislead."""
        fd, self._fd = self._fd, None
        segment, self.segment = self.segment, None
        self._unnamed = segment if segment is not None and len(segment) else self._unnamed
        try:
            if fd is not None:
                os.close(fd)
            if self._unnamed is not None:
                self._name(self._unnamed)
        except OSError as error:
            log.warning("%s was not closed cleanly: %s", segment.path if segment else self._folder, error)
        return segment if segment is not None and len(segment) else None

    def _name(self, segment: Segment) -> None:
        with suppress(FileNotFoundError):  # freed meanwhile
            segment.path = segment.path.rename(segment.path.with_name(str(segment.name)))
        self._unnamed = None


def _new(path: Path) -> int:
    """Return the descriptor of a new file. What a failed write left under its name goes: of a file that is only cut to
    nothing its blocks could come back among those that are written now."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        return os.open(path, flags, 0o600)
    except FileExistsError:
        path.unlink()
        return os.open(path, flags, 0o600)


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
