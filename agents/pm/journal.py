"""Which performance files were read: their digests and, while they are still in the folder, their names. On disk.

A line is appended and fsynced once what a file says is durable. A file whose line was lost is read again, and its
values land where they were. Only the newest are remembered.
"""

import errno
import json
import logging
import os
from collections.abc import Set
from pathlib import Path

from pydantic import TypeAdapter

from agents.folder import refuse_pipe
from agents.pm.drop import Mark
from contract import durable

log = logging.getLogger(__name__)

MAX_DIGESTS = 100_000  # 10 MB of memory; three days of 300 sites that write a file each quarter of an hour
MAX_MARKS = 200_000

_LINE = TypeAdapter(tuple[str, str, int, int])


class Journal:
    """Used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Read what earlier processes noted. What cannot be read is forgotten, with a line in the log."""
        self._path = path
        self._digests: dict[bytes, None] = {}
        self._marks: dict[Mark, bytes] = {}
        self._lines = 0
        self._torn = False  # a line without an end is the last one
        try:
            refuse_pipe(path)
            data = path.read_bytes()
            self._torn = bool(data) and not data.endswith(b"\n")
            for line in data.splitlines():
                self._take(line)
        except FileNotFoundError:
            pass
        except OSError as error:
            log.error("%s cannot be read: %s; performance files that are still there are read again", path, error)

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._digests

    def of(self, mark: Mark) -> bytes | None:
        """Return the digest under which this very file was read, nothing when it was refused; None: neither."""
        return self._marks.get(mark)

    def note(self, mark: Mark, digest: bytes) -> None:
        """Note that a file was read; durable on return. With no digest: that it was refused.

        Raises:
            OSError: it is noted in memory only.
        """
        self._add(mark, digest)
        line = b"\n" * self._torn + json.dumps([digest.hex(), *mark]).encode() + b"\n"
        is_new = not self._path.exists()
        fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        self._torn = True
        try:
            if os.write(fd, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))
            self._torn = False
            os.fsync(fd)
        finally:
            os.close(fd)
        if is_new:
            durable.sync_folder(self._path.parent)
        self._lines += 1

    def keep(self, present: Set[str]) -> None:
        """Forget the names of files that are no longer there, and the oldest digests; write the file anew where it has
        grown.

        Raises:
            OSError: it cannot be written; what is there stays.
        """
        self._marks = {mark: digest for mark, digest in self._marks.items() if mark.name in present}
        if self._lines <= 2 * MAX_DIGESTS:
            return
        known = set(self._marks.values())
        lines = [[digest.hex(), *mark] for mark, digest in self._marks.items()]
        lines += [[digest.hex(), "", 0, 0] for digest in self._digests if digest not in known]
        durable.replace(self._path, b"".join(json.dumps(line).encode() + b"\n" for line in lines))
        self._lines, self._torn = len(lines), False

    def _take(self, line: bytes) -> None:
        if not line:
            return
        try:
            digest, name, size, mtime_ns = _LINE.validate_json(line)
            self._add(Mark(name, size, mtime_ns), bytes.fromhex(digest))
        except ValueError:
            log.warning("%s has a damaged line; that file is read again if it is still there", self._path)
        self._lines += 1

    def _add(self, mark: Mark, digest: bytes) -> None:
        if mark.name:
            self._marks[mark] = digest
        if digest:
            self._digests.pop(digest, None)
            self._digests[digest] = None
        while len(self._digests) > MAX_DIGESTS:
            del self._digests[next(iter(self._digests))]
        while len(self._marks) > MAX_MARKS:
            del self._marks[next(iter(self._marks))]
